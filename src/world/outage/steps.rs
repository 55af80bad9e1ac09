//! The steps of an outage: the moments at which the control plane went down and came back, as they were seen.
//!
//! A step that was not seen is `None`, never a guess. Which steps exist in which state is decided in `state`.

use crate::observation::{EngineAction, EngineEvent, FaultAction, Time};

/// The observation that confirmed an outage: the first one besides journal lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmedBy {
    /// The operator requested a fault.
    Fault(FaultAction),
    /// The engine reported an event, or a container that is down.
    Engine,
    /// A health check failed.
    Health,
}

/// Steps on the way down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DownSteps {
    /// Time of the operator's request for a fault. `None` if none was requested.
    pub requested: Option<Time>,
    /// Time of the engine's first event about the control plane's container.
    pub engine_event: Option<Time>,
    /// Fault that this first event proves. `None` if it may be a crash, or if there was no event.
    pub engine_fault: Option<FaultAction>,
    /// Time of the first health check that failed.
    pub first_failed_check: Option<Time>,
    /// Time at which the container was down, paused or disconnected.
    pub container_down: Option<Time>,
    /// True while the container's process has ended and was not started again.
    pub exited: bool,
}

/// Steps on the way back, before `/readyz` passes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreSteps {
    /// Time of the operator's request for a restore.
    pub requested: Option<Time>,
    /// Time at which the container ran again.
    pub container_up: Option<Time>,
    /// Time at which the published port accepted a connection again.
    pub port_open: Option<Time>,
    /// Time at which `/livez` passed again. `None` while the newest check failed.
    pub livez: Option<Time>,
}

/// All steps that are a single moment, flattened for those who show them. Leases have a time for each node and are read
/// with [`Outage::leases`](super::Outage::leases).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutageSteps {
    /// Time of the operator's request for a fault.
    pub fault_requested: Option<Time>,
    /// Time of the engine's first event about it.
    pub engine_event: Option<Time>,
    /// Time of the first health check that failed.
    pub first_failed_check: Option<Time>,
    /// Time at which the container was down, paused or disconnected.
    pub container_down: Option<Time>,
    /// Time of the operator's request for a restore.
    pub restore_requested: Option<Time>,
    /// Time at which the container ran again.
    pub container_up: Option<Time>,
    /// Time at which the published port accepted a connection again.
    pub port_open: Option<Time>,
    /// Time at which `/livez` passed again.
    pub livez: Option<Time>,
    /// Time at which `/readyz` passed again.
    pub readyz: Option<Time>,
    /// Time at which every node was Ready with a renewed lease.
    pub nodes_ready: Option<Time>,
}

impl OutageSteps {
    /// Each step with its id in JSON, in the order in which the steps are usually reached.
    pub fn named(&self) -> [(&'static str, Option<Time>); 10] {
        [
            ("fault-asked", self.fault_requested),
            ("engine-event", self.engine_event),
            ("first-failed-check", self.first_failed_check),
            ("container-down", self.container_down),
            ("restore-asked", self.restore_requested),
            ("container-up", self.container_up),
            ("port-open", self.port_open),
            ("livez", self.livez),
            ("readyz", self.readyz),
            ("nodes-ready", self.nodes_ready),
        ]
    }
}

/// SIGKILL, which `docker kill` sends.
const SIGKILL: i64 = 9;

/// Signals that `docker stop` sends first: SIGTERM, or SIGRTMIN+3, the `STOPSIGNAL` of kind's node images.
const STOP_SIGNALS: [i64; 2] = [15, 37];

/// Signals that end or freeze a container's process: SIGINT, SIGQUIT, SIGKILL, SIGTERM, SIGSTOP, SIGRTMIN+3. Others,
/// such as SIGHUP, make a program reload or are ignored.
const TAKE_DOWN: [i64; 6] = [2, 3, SIGKILL, 15, 19, 37];

/// True if the event means that the container goes down: it ends, freezes, loses its network, or was sent a signal that
/// does one of these. A signal of which the engine reports no number may be any.
pub(in crate::world) fn takes_down(event: &EngineEvent) -> bool {
    match event.action {
        EngineAction::Kill => event.signal.is_none_or(|signal| TAKE_DOWN.contains(&signal)),
        EngineAction::Pause | EngineAction::Disconnect | EngineAction::Die => true,
        EngineAction::Start
        | EngineAction::Unpause
        | EngineAction::Connect
        | EngineAction::Stop
        | EngineAction::Destroy => false,
    }
}

/// Fault that an event of the engine proves if it is the first one of an outage. `None` if it may be a crash.
pub(super) fn fault_of(event: &EngineEvent) -> Option<FaultAction> {
    match (event.action, event.signal) {
        (EngineAction::Kill, Some(SIGKILL)) => Some(FaultAction::Kill),
        (EngineAction::Kill, Some(signal)) if STOP_SIGNALS.contains(&signal) => Some(FaultAction::Stop),
        (EngineAction::Pause, _) => Some(FaultAction::Pause),
        (EngineAction::Disconnect, _) => Some(FaultAction::Disconnect),
        _ => None,
    }
}
