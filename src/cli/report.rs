//! Arguments of `blackout report`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::{shared::AppearanceArgs, values};
use crate::session::ReportFormat;

/// Arguments of `blackout report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// A file (.jsonl or .jsonl.zst), `-` for standard input, or a built-in tape
    pub tape: String,
    /// Output format of the report
    #[arg(long, value_enum, default_value_t = ReportFormat::Markdown)]
    pub format: ReportFormat,
    /// Position: 90, 1:30 or 1m30s from the start of the tape [default: the end; svg: shortly before the control plane
    /// is started again; cast: the start]
    #[arg(long, value_name = "TIME", value_parser = values::tape_position)]
    pub at: Option<Duration>,
    /// Columns and rows of the dashboard, for svg and cast
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "160x48", value_parser = values::terminal_size)]
    pub size: (u16, u16),
    /// Write to this new file [default: `-`, standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file of --output if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
    /// How the dashboard looks.
    #[command(flatten)]
    pub appearance: AppearanceArgs,
}
