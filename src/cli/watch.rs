//! Arguments of the dashboard on a real cluster.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::{
    shared::{AppearanceArgs, ClusterArgs, RecordingArgs},
    values,
};

/// Arguments of `blackout` without a command.
#[derive(Debug, Clone, Args)]
pub struct WatchArgs {
    /// The cluster to watch.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Kubeconfig with the context `kind-NAME` [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, env = "BLACKOUT_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// NodePort of the workload, as the workers map it
    #[arg(long, env = "BLACKOUT_NODE_PORT", value_name = "PORT", default_value_t = 30090)]
    pub node_port: u16,
    /// Start the control plane again automatically after this time
    #[arg(
        long,
        env = "BLACKOUT_RESTORE_AFTER",
        value_name = "TIME",
        default_value = "10m",
        value_parser = values::restore_after
    )]
    pub restore_after: Duration,
    /// Never start the control plane again automatically: not on quit, not on a signal, not after a time
    #[arg(long, env = "BLACKOUT_LEAVE")]
    pub leave: bool,
    /// Print each change of the story as one JSON object a line instead of drawing
    #[arg(long)]
    pub headless: bool,
    /// Whether and where the run is recorded.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// How the dashboard looks.
    #[command(flatten)]
    pub appearance: AppearanceArgs,
    /// Scroll with the mouse wheel; disables the terminal's text selection
    #[arg(long, env = "BLACKOUT_MOUSE")]
    pub mouse: bool,
}
