//! The directory for files that outlive a run: tapes, reports and intents.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

/// Returns the state directory: `$XDG_STATE_HOME/blackout`, or the platform's data directory if it has no state
/// directory. `None` if there is no home directory.
pub fn state_dir() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("blackout"))
}
