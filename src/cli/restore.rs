//! Arguments of `blackout restore`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::{shared::ClusterArgs, values};

/// Arguments of `blackout restore`.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// The cluster whose control planes are started.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Kubeconfig with the context `kind-NAME` [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, env = "BLACKOUT_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Maximum time to wait for each control plane to be ready
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = values::duration)]
    pub timeout: Duration,
}
