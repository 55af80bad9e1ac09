//! State of the guard process, as the question before a fault shows it.

/// State of the guard of this dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum GuardState {
    /// No guard, and no need for one yet.
    #[default]
    Absent,
    /// The process is being started.
    Starting,
    /// Running in a process of its own, with this process id.
    Running(u32),
    /// No process could be started, for this reason: the guard runs inside this process and ends with it.
    Fallback(String),
    /// Turned off by the option `--leave`.
    Off,
}

/// The guard, as the question before a fault shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuardStatus {
    /// State of the guard process.
    pub state: GuardState,
    /// Why an intent cannot be written to disk. `None` if it can, or if that is not known yet.
    pub intent_fails: Option<String>,
    /// Process id of another blackout that guards this cluster. `None` if there is none.
    pub watched_by: Option<u32>,
}
