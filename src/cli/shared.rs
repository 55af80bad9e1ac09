//! Arguments that several commands share.

use std::path::PathBuf;

use clap::Args;

use crate::tui::{Language, ThemeName};

/// Options that select the cluster.
#[derive(Debug, Clone, Default, Args)]
pub struct ClusterArgs {
    /// Name of the kind cluster, needed only if there are several
    #[arg(long, env = "BLACKOUT_CLUSTER", value_name = "NAME")]
    pub cluster: Option<String>,
}

/// Selects how the dashboard looks.
#[derive(Debug, Clone, Args)]
pub struct AppearanceArgs {
    /// Colors of the dashboard; NO_COLOR in the environment overrides it
    #[arg(long, env = "BLACKOUT_THEME", value_enum, default_value_t = ThemeName::Dark)]
    pub theme: ThemeName,
    /// Language of the lane captions and of the texts in empty panes; everything else is English
    #[arg(long, env = "BLACKOUT_LANGUAGE", value_enum, default_value_t = Language::En)]
    pub language: Language,
    /// Draw with ASCII only [default: if the locale is not UTF-8]
    #[arg(long, env = "BLACKOUT_ASCII")]
    pub ascii: bool,
}

/// Selects whether and where a run is recorded.
#[derive(Debug, Clone, Default, Args)]
pub struct RecordingArgs {
    /// Write no tape of the run
    #[arg(long, env = "BLACKOUT_NO_RECORD")]
    pub no_record: bool,
    /// Write the tape of the run to this file [default: the state directory, which keeps the newest 20]
    #[arg(long, env = "BLACKOUT_RECORD", value_name = "FILE", conflicts_with = "no_record")]
    pub record: Option<PathBuf>,
    /// Overwrite the file of --record if it exists
    #[arg(long)]
    pub force: bool,
}
