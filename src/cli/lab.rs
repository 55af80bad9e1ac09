//! Arguments of `blackout lab`.

use std::path::PathBuf;

use clap::Args;

use super::{
    shared::{AppearanceArgs, RecordingArgs},
    values,
};

/// Arguments of `blackout lab`.
#[derive(Debug, Clone, Args)]
pub struct LabArgs {
    /// Number of workers, 1 to 50
    #[arg(long, env = "BLACKOUT_WORKERS", value_name = "N", default_value_t = 3)]
    pub workers: usize,
    /// Seed of the jitter: a run with the same seed repeats it
    #[arg(long, env = "BLACKOUT_SEED", value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Speed relative to real time
    #[arg(long, env = "BLACKOUT_SPEED", value_name = "N", default_value_t = 1.0, value_parser = values::lab_speed)]
    pub speed: f64,
    /// Kubernetes version whose log messages the kubelets write [default: the newest that is known]
    #[arg(long, env = "BLACKOUT_KUBERNETES", value_name = "VERSION")]
    pub kubernetes: Option<crate::lab::KubernetesVersion>,
    /// Write a kubeconfig of the lab's API server to this file; never overwrites one that the lab did not write
    #[arg(long, value_name = "FILE")]
    pub write_kubeconfig: Option<PathBuf>,
    /// Former name of `--write-kubeconfig`
    #[arg(long, value_name = "FILE", hide = true, conflicts_with = "write_kubeconfig")]
    pub kubeconfig: Option<PathBuf>,
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
