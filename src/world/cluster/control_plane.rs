//! The control plane's container, port and health, and since when they are so.

use std::collections::VecDeque;

use chrono::Duration;

use crate::{
    observation::{
        ContainerState, EngineAction, EngineEvent, FaultAction, HealthCheck, HealthProbe, NamedCheck, NodeRole,
        ProbeError, ProbeOutcome, RunState, Time,
    },
    world::outage::ActionInProgress,
};

/// Health samples kept for the graph: two minutes at one a second.
pub const SAMPLES_KEPT: usize = 120;

/// Without a probe for this long nobody can say how the control plane is: three slots and a time-out.
const SILENT: Duration = Duration::milliseconds(4_500);

/// A control plane that runs and is not ready counts as starting for this long; the slowest start that was measured
/// took 14 s, a cold machine takes a minute or two.
const STARTING: Duration = Duration::seconds(180);

/// What one health check met, and since when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckStatus {
    /// The newest outcome: when, what, and its latency in microseconds.
    pub last: Option<(Time, ProbeOutcome, u64)>,
    /// The last moment at which it passed.
    pub last_ok: Option<Time>,
    /// Since when it has passed without a failure.
    pub ok_since: Option<Time>,
    /// Since when it has failed without a pass.
    pub failing_since: Option<Time>,
    /// Failures in a row.
    pub failures: u32,
}

impl CheckStatus {
    fn fold(&mut self, at: Time, probe: &HealthProbe) {
        if probe.outcome == ProbeOutcome::Ok {
            self.last_ok = Some(at);
            self.ok_since.get_or_insert(at);
            self.failing_since = None;
            self.failures = 0;
        } else {
            self.failing_since.get_or_insert(at);
            self.ok_since = None;
            self.failures += 1;
        }
        self.last = Some((at, probe.outcome.clone(), probe.latency_us));
    }

    /// Whether the newest outcome was a pass.
    pub fn ok(&self) -> bool {
        matches!(self.last, Some((_, ProbeOutcome::Ok, _)))
    }

    /// Whether it fails for certain: one slow answer on a busy machine is no outage, a closed port is.
    fn fails_for_certain(&self) -> bool {
        match &self.last {
            None | Some((_, ProbeOutcome::Ok, _)) => false,
            Some((_, ProbeOutcome::Failed(ProbeError::Timeout), _)) => self.failures >= 2,
            Some(_) => true,
        }
    }
}

/// One second of `/readyz`, for the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyzSample {
    /// When.
    pub at: Time,
    /// Whether it passed.
    pub ok: bool,
    /// How long it took, in microseconds.
    pub latency_us: u64,
}

/// Why the control plane is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownCause {
    /// Its container ended, with this exit code.
    Exited(Option<i64>),
    /// Its container is gone.
    Absent,
    /// Its container runs without a network.
    Detached,
    /// Its container runs, and its health checks fail.
    Unhealthy,
}

/// What the control plane is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nobody can say.
    Unknown,
    /// It answers `/readyz` with 200.
    Up {
        /// Since when.
        since: Time,
    },
    /// It is on its way down: the engine was asked, and its container still runs.
    Stopping {
        /// When the engine was asked.
        since: Time,
    },
    /// It is down.
    Down {
        /// Since when.
        since: Time,
        /// Why.
        cause: DownCause,
    },
    /// Its container is frozen.
    Frozen {
        /// Since when.
        since: Time,
    },
    /// Its container runs again, and it is not ready yet.
    Starting {
        /// Since when its container runs.
        since: Time,
    },
}

/// The control plane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlPlane {
    /// Its container, and when the engine last spoke of it.
    pub container: Option<(Time, ContainerState)>,
    /// The TCP connection to its port.
    pub port: CheckStatus,
    /// `/livez`.
    pub livez: CheckStatus,
    /// `/readyz`.
    pub readyz: CheckStatus,
    /// The named checks of `/readyz`, and when they were last heard.
    pub named: Option<(Time, Vec<NamedCheck>)>,
    /// The newest samples of `/readyz`, oldest first.
    pub samples: VecDeque<ReadyzSample>,
    /// When it last got a signal that ends it, if it has not been started since.
    signalled: Option<Time>,
    /// When it was last started, thawed or connected again.
    resumed: Option<Time>,
}

impl ControlPlane {
    /// Folds the state of a container.
    pub fn container(&mut self, at: Time, state: &ContainerState) {
        if state.role != NodeRole::ControlPlane {
            return;
        }
        let was_running =
            self.container.as_ref().is_some_and(|(_, was)| was.state == RunState::Running && was.attached);
        let runs = state.state == RunState::Running && state.attached;
        if runs && !was_running {
            self.resumed = Some(state.since.unwrap_or(at).max(self.resumed.unwrap_or(at)));
            self.signalled = None;
        }
        self.container = Some((at, state.clone()));
    }

    /// Folds one event of the engine.
    pub fn event(&mut self, at: Time, event: &EngineEvent) {
        if event.role != NodeRole::ControlPlane {
            return;
        }
        // the engine's word is enough: an inspection follows, and a busy engine takes its time for it
        if let Some((heard, state)) = &mut self.container {
            *heard = at;
            state.apply_event(at, event);
        }
        match event.action {
            EngineAction::Kill => {
                self.signalled.get_or_insert(at);
            }
            EngineAction::Start | EngineAction::Unpause | EngineAction::Connect => {
                self.signalled = None;
                self.resumed = Some(at);
            }
            EngineAction::Die
            | EngineAction::Stop
            | EngineAction::Pause
            | EngineAction::Disconnect
            | EngineAction::Destroy => {}
        }
    }

    /// Folds one health check.
    pub fn probe(&mut self, at: Time, probe: &HealthProbe) {
        match probe.check {
            HealthCheck::Port => self.port.fold(at, probe),
            HealthCheck::Livez => self.livez.fold(at, probe),
            HealthCheck::Readyz => {
                self.readyz.fold(at, probe);
                if !probe.checks.is_empty() {
                    self.named = Some((at, probe.checks.clone()));
                }
                let ok = probe.outcome == ProbeOutcome::Ok;
                self.samples.push_back(ReadyzSample { at, ok, latency_us: probe.latency_us });
                if self.samples.len() > SAMPLES_KEPT {
                    self.samples.pop_front();
                }
            }
        }
    }

    /// Since when `/readyz` has passed without a failure.
    pub fn ready_since(&self) -> Option<Time> {
        self.readyz.ok_since
    }

    /// Whether it answers `/readyz` with 200 at `now`.
    pub fn is_up(&self, now: Time) -> bool {
        matches!(self.phase(now, None), Phase::Up { .. })
    }

    /// What it is doing at `now`, given the deed under way.
    pub fn phase(&self, now: Time, deed: Option<&ActionInProgress>) -> Phase {
        if let Some((heard, state)) = &self.container {
            let since = state.since.unwrap_or(*heard);
            match state.state {
                RunState::Paused => return Phase::Frozen { since },
                RunState::Exited | RunState::Dead | RunState::Created => {
                    return Phase::Down { since, cause: DownCause::Exited(state.exit_code) };
                }
                RunState::Absent | RunState::Removing => return Phase::Down { since, cause: DownCause::Absent },
                RunState::Running if !state.attached => {
                    return Phase::Down { since: self.failing_since(*heard), cause: DownCause::Detached };
                }
                RunState::Running | RunState::Restarting => {}
            }
        }
        let asked = deed.filter(|deed| deed.deed != FaultAction::Restore).map(|deed| deed.asked);
        if let Some(since) = asked.or(self.signalled) {
            return Phase::Stopping { since };
        }
        let Some((heard, _, _)) = &self.readyz.last else { return self.phase_without_readyz(now) };
        if now - *heard > SILENT {
            return Phase::Unknown;
        }
        if !self.readyz.fails_for_certain() {
            return match self.readyz.last_ok {
                Some(_) => Phase::Up { since: self.readyz.ok_since.or(self.readyz.last_ok).unwrap_or(*heard) },
                None => self.phase_without_readyz(now),
            };
        }
        match self.resumed {
            // it has not been ready since it was started: on its way up
            Some(resumed) if self.readyz.last_ok.is_none_or(|ok| ok <= resumed) && now - resumed < STARTING => {
                Phase::Starting { since: resumed }
            }
            _ => Phase::Down { since: self.failing_since(*heard), cause: DownCause::Unhealthy },
        }
    }

    /// What can be said without an answer of `/readyz`: no kubeconfig, or too early.
    fn phase_without_readyz(&self, now: Time) -> Phase {
        match &self.port.last {
            Some((heard, _, _)) if now - *heard > SILENT => Phase::Unknown,
            Some((_, ProbeOutcome::Ok, _)) | None => Phase::Unknown,
            Some((heard, _, _)) => Phase::Down { since: self.failing_since(*heard), cause: DownCause::Unhealthy },
        }
    }

    fn failing_since(&self, fallback: Time) -> Time {
        self.readyz.failing_since.or(self.port.failing_since).unwrap_or(fallback)
    }
}
