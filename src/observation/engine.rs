//! What the container engine says of a node's container: its state, and what happened to it.

use serde::{Deserialize, Serialize};

use super::{NodeRole, Time};

/// The engine's word for what a container is doing (`State.Status` of the Docker Engine API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Made, never started.
    Created,
    /// Its processes run.
    Running,
    /// Its processes are frozen: sockets stay open and nobody answers.
    Paused,
    /// On its way up again.
    Restarting,
    /// On its way to being deleted.
    Removing,
    /// Ended.
    Exited,
    /// Could not be taken down whole.
    Dead,
    /// The engine no longer has it.
    Absent,
}

/// The state of one node's container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerState {
    /// The node.
    pub node: String,
    /// What it is in the cluster.
    pub role: NodeRole,
    /// What its container is doing.
    pub state: RunState,
    /// Exit code of the last run, where there was one. 137 and 130 are what a stop of a kind node gives.
    pub exit_code: Option<i64>,
    /// When it came into this state, by the engine's clock.
    pub since: Option<Time>,
    /// Whether it is attached to a network. A container that is cut off runs on and cannot be reached or resolved.
    pub attached: bool,
}

/// What happened to a container (`Action` of the engine's events).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineAction {
    /// A signal was sent to its first process.
    Kill,
    /// Its first process ended.
    Die,
    /// A stop is complete.
    Stop,
    /// It was started.
    Start,
    /// It was frozen.
    Pause,
    /// It runs on after a freeze.
    Unpause,
    /// It left a network: its name no longer resolves there.
    Disconnect,
    /// It joined a network.
    Connect,
    /// It was deleted.
    Destroy,
}

/// One event of the engine's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineEvent {
    /// The node.
    pub node: String,
    /// What it is in the cluster.
    pub role: NodeRole,
    /// What happened.
    pub action: EngineAction,
    /// When, by the engine's clock.
    pub happened: Time,
    /// The signal of a `kill`, 37 (SIGRTMIN+3) for the first step of a kind node's stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i64>,
    /// The exit code of a `die`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}

impl ContainerState {
    /// What an event of the engine, heard at `at`, says about this container's state.
    pub fn told(&mut self, at: Time, event: &EngineEvent) {
        let state = match event.action {
            EngineAction::Die => RunState::Exited,
            EngineAction::Start | EngineAction::Unpause => RunState::Running,
            EngineAction::Pause => RunState::Paused,
            EngineAction::Destroy => RunState::Absent,
            // a node may have more networks than one, and a signal may be caught: only an inspection tells
            EngineAction::Kill | EngineAction::Stop | EngineAction::Disconnect | EngineAction::Connect => return,
        };
        self.state = state;
        // an engine on another machine may have another clock; nothing is heard before it happened
        self.since = Some(event.happened.min(at));
        self.exit_code = event.exit_code.or(self.exit_code);
    }
}
