//! Arguments of `blackout replay`.

use std::time::Duration;

use clap::Args;

use super::{shared::AppearanceArgs, values};

/// Arguments of `blackout replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// A file (.jsonl or .jsonl.zst), `-` for standard input, or a built-in tape; without it the known tapes are listed
    pub tape: Option<String>,
    /// Speed relative to the recorded run
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, value_parser = values::replay_speed)]
    pub speed: f64,
    /// Start position: 90, 1:30 or 1m30s from the start of the tape
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = values::tape_position)]
    pub at: Duration,
    /// Print each change of the story as one JSON object a line instead of drawing
    #[arg(long)]
    pub headless: bool,
    /// How the dashboard looks.
    #[command(flatten)]
    pub appearance: AppearanceArgs,
    /// Scroll with the mouse wheel; disables the terminal's text selection
    #[arg(long, env = "BLACKOUT_MOUSE")]
    pub mouse: bool,
}
