//! Where blackout keeps what outlives a run.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

/// The state folder: `$XDG_STATE_HOME/blackout`, or what the platform has for it. Nothing without a home.
pub fn state_dir() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("blackout"))
}
