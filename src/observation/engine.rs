//! States and events of the nodes' containers, as the engine reports them.

use serde::{Deserialize, Serialize};

use super::{cluster::NodeRole, time::Time};

/// State of a container (`State.Status` of the Docker Engine API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Created and never started.
    Created,
    /// Started, with running processes.
    Running,
    /// Processes are frozen: sockets stay open and nothing answers.
    Paused,
    /// Ended, about to be started again by the engine.
    Restarting,
    /// Being deleted by the engine.
    Removing,
    /// Its first process ended.
    Exited,
    /// Failed to be deleted.
    Dead,
    /// Unknown to the engine.
    Absent,
}

/// The state of one node's container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerState {
    /// Name of the node.
    pub node: String,
    /// Role of the node.
    pub role: NodeRole,
    /// State of the container.
    pub state: RunState,
    /// Exit code of the last run. A stop of a kind node gives 137 or 130. `None` if the container never ended.
    pub exit_code: Option<i64>,
    /// Begin of this state, by the engine's clock. `None` if the engine does not say.
    pub since: Option<Time>,
    /// Whether the container is attached to a network. A detached one runs, and can't be reached or resolved.
    pub attached: bool,
}

/// Kind of an event (`Action` of the engine's events).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineAction {
    /// A signal was sent to the first process.
    Kill,
    /// The first process ended.
    Die,
    /// A stop is complete.
    Stop,
    /// The container was started.
    Start,
    /// The processes were frozen.
    Pause,
    /// The processes were thawed.
    Unpause,
    /// The container left a network, where its name no longer resolves.
    Disconnect,
    /// The container joined a network.
    Connect,
    /// The container was deleted.
    Destroy,
}

/// One event of the engine's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineEvent {
    /// Name of the node.
    pub node: String,
    /// Role of the node.
    pub role: NodeRole,
    /// Kind of the event.
    pub action: EngineAction,
    /// Time of the event, by the engine's clock.
    pub happened: Time,
    /// Signal of a `kill`; 37 (SIGRTMIN+3) is the first step of a stop of a kind node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i64>,
    /// Exit code of a `die`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}

impl ContainerState {
    /// Updates the state from an event that was received at `at`.
    pub fn apply_event(&mut self, at: Time, event: &EngineEvent) {
        let state = match event.action {
            EngineAction::Die => RunState::Exited,
            EngineAction::Start | EngineAction::Unpause => RunState::Running,
            EngineAction::Pause => RunState::Paused,
            EngineAction::Destroy => RunState::Absent,
            // A node may have several networks, and a process may catch a signal: only an inspection gives the state.
            EngineAction::Kill | EngineAction::Stop | EngineAction::Disconnect | EngineAction::Connect => return,
        };
        self.state = state;
        // The clock of an engine on another machine may be ahead.
        self.since = Some(event.happened.min(at));
        self.exit_code = event.exit_code.or(self.exit_code);
    }
}
