//! The control plane's container, port and health, each with the time since which it is so, and the phase that follows.
//!
//! Phases are derived from the last known facts and a `now`; an outage is none of its business.

use std::collections::VecDeque;

use chrono::Duration;

use crate::{
    observation::{
        ContainerState, EngineAction, EngineEvent, FaultAction, HealthCheck, HealthProbe, NamedCheck, NodeRole,
        ProbeError, ProbeOutcome, RunState, Time,
    },
    world::outage::{
        ActionInProgress, takes_down,
        timing::{SIGNAL_EXPIRES, TIMEOUTS_THAT_COUNT},
    },
};

/// Samples of `/readyz` kept for the graph: two minutes at one a second.
const SAMPLES_KEPT: usize = 120;

/// Silence of the health checks after which the phase is unknown: three checks at one a second, and a time-out of 1.5
/// s.
const SILENT: Duration = Duration::milliseconds(4_500);

/// Time for which a container that runs without being ready counts as starting. The slowest start that was recorded
/// took 14.2 s (`tests/fixtures/logs/stop`); a cold machine takes a minute or two.
const STARTING: Duration = Duration::seconds(180);

/// The recent outcomes of one health check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckStatus {
    /// Time, outcome and latency in microseconds of the newest check. `None` before the first one.
    pub last: Option<(Time, ProbeOutcome, u64)>,
    /// Time at which it last passed. `None` if it never has.
    pub last_ok: Option<Time>,
    /// Time since which it has passed without a failure. `None` if the newest check failed.
    pub ok_since: Option<Time>,
    /// Time since which it has failed without a pass. `None` if the newest check passed.
    pub failing_since: Option<Time>,
    /// Number of failures in a row.
    pub failures: u32,
}

impl CheckStatus {
    fn apply(&mut self, at: Time, probe: &HealthProbe) {
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

    /// True if the newest check passed.
    pub fn ok(&self) -> bool {
        matches!(self.last, Some((_, ProbeOutcome::Ok, _)))
    }

    /// True if it fails and that is no slow answer of a busy machine: any error, or the second time-out in a row.
    fn fails_for_certain(&self) -> bool {
        match &self.last {
            None | Some((_, ProbeOutcome::Ok, _)) => false,
            Some((_, ProbeOutcome::Failed(ProbeError::Timeout), _)) => self.failures >= TIMEOUTS_THAT_COUNT,
            Some(_) => true,
        }
    }
}

/// One check of `/readyz`, for the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyzSample {
    /// Time at which its outcome arrived.
    pub at: Time,
    /// True if it passed.
    pub ok: bool,
    /// Time to the outcome, in microseconds.
    pub latency_us: u64,
}

/// The reason why the control plane is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownCause {
    /// Its container exited, with this exit code. `None` if the engine reported none.
    Exited(Option<i64>),
    /// Its container does not exist.
    Absent,
    /// Its container runs, disconnected from the network.
    Detached,
    /// Its container runs, and its health checks fail.
    Unhealthy,
}

/// The phase of the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No data, or none that is fresh.
    Unknown,
    /// Up: `/readyz` answers 200.
    Up {
        /// Time since which it is so.
        since: Time,
    },
    /// On its way down: a fault was requested or a signal sent, and its container still runs.
    Stopping {
        /// Time of the request or the signal.
        since: Time,
    },
    /// Down, for the reason given.
    Down {
        /// Time since which it is so.
        since: Time,
        /// Reason by the engine or the checks.
        cause: DownCause,
    },
    /// Its container is paused: the port is open, and nothing answers.
    Paused {
        /// Time since which it is so.
        since: Time,
    },
    /// Its container runs again, and `/readyz` does not pass yet.
    Starting {
        /// Time since which its container runs.
        since: Time,
    },
}

/// The last known facts about the control plane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlPlane {
    /// State of its container, and the time of the engine's last report about it. `None` before the first one.
    pub container: Option<(Time, ContainerState)>,
    /// Health check of the TCP connection to its port.
    pub port: CheckStatus,
    /// Health check `GET /livez`.
    pub livez: CheckStatus,
    /// Health check `GET /readyz?verbose`.
    pub readyz: CheckStatus,
    /// Named checks of the last answer to `/readyz?verbose` that had any, and its time.
    pub named: Option<(Time, Vec<NamedCheck>)>,
    /// The newest samples of `/readyz`, oldest first.
    pub samples: VecDeque<ReadyzSample>,
    /// Time of the first signal since its last start that takes it down. `None` if there was none.
    signalled: Option<Time>,
    /// Time at which it was last started, unpaused or connected.
    resumed: Option<Time>,
    /// True while the source of the engine's facts is not live: the container's state may be an old one.
    engine_silent: bool,
}

impl ControlPlane {
    /// Applies the state of a container.
    pub fn apply_container(&mut self, at: Time, state: &ContainerState) {
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

    /// Applies one event of the engine.
    pub fn apply_event(&mut self, at: Time, event: &EngineEvent) {
        if event.role != NodeRole::ControlPlane {
            return;
        }
        // the event alone suffices: the inspection that follows may take seconds on a busy engine
        if let Some((reported, state)) = &mut self.container {
            *reported = at;
            state.apply_event(at, event);
        }
        match event.action {
            EngineAction::Kill if takes_down(event) => {
                self.signalled.get_or_insert(at);
            }
            EngineAction::Start | EngineAction::Unpause | EngineAction::Connect => {
                self.signalled = None;
                self.resumed = Some(at);
            }
            EngineAction::Kill
            | EngineAction::Die
            | EngineAction::Stop
            | EngineAction::Pause
            | EngineAction::Disconnect
            | EngineAction::Destroy => {}
        }
    }

    /// Notes whether the source of the engine's facts is live.
    pub fn apply_engine_health(&mut self, live: bool) {
        self.engine_silent = !live;
    }

    /// Applies one health check.
    pub fn apply_check(&mut self, at: Time, probe: &HealthProbe) {
        match probe.check {
            HealthCheck::Port => self.port.apply(at, probe),
            HealthCheck::Livez => self.livez.apply(at, probe),
            HealthCheck::Readyz => {
                self.readyz.apply(at, probe);
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

    /// Time since which `/readyz` has passed without a failure. `None` if the newest check failed.
    pub fn ready_since(&self) -> Option<Time> {
        self.readyz.ok_since
    }

    /// True if `/readyz` answers 200 at `now`.
    pub fn is_up(&self, now: Time) -> bool {
        matches!(self.phase(now, None), Phase::Up { .. })
    }

    /// Phase at `now`, given the fault or restore in progress.
    pub fn phase(&self, now: Time, action: Option<&ActionInProgress>) -> Phase {
        let overruled = self.container.as_ref().is_some_and(|(reported, _)| self.overruled(*reported));
        if let Some((reported, state)) = self.container.as_ref().filter(|_| !overruled) {
            let since = state.since.unwrap_or(*reported);
            match state.state {
                RunState::Paused => return Phase::Paused { since },
                RunState::Exited | RunState::Dead | RunState::Created => {
                    return Phase::Down { since, cause: DownCause::Exited(state.exit_code) };
                }
                RunState::Absent | RunState::Removing => return Phase::Down { since, cause: DownCause::Absent },
                RunState::Running if !state.attached => {
                    return Phase::Down { since: self.failing_since(*reported), cause: DownCause::Detached };
                }
                RunState::Running | RunState::Restarting => {}
            }
        }
        let requested = action.filter(|action| action.action != FaultAction::Restore).map(|action| action.requested);
        let signalled = self.signalled.filter(|at| !overruled && !self.outlived(*at));
        if let Some(since) = requested.or(signalled) {
            return Phase::Stopping { since };
        }
        let Some((checked, _, _)) = &self.readyz.last else { return self.phase_without_readyz(now) };
        if now - *checked > SILENT {
            return Phase::Unknown;
        }
        if !self.readyz.fails_for_certain() {
            return match self.readyz.last_ok {
                Some(_) => Phase::Up { since: self.readyz.ok_since.or(self.readyz.last_ok).unwrap_or(*checked) },
                None => self.phase_without_readyz(now),
            };
        }
        match self.resumed {
            // not ready since its start
            Some(resumed) if self.readyz.last_ok.is_none_or(|ok| ok <= resumed) && now - resumed < STARTING => {
                Phase::Starting { since: resumed }
            }
            _ => Phase::Down { since: self.failing_since(*checked), cause: DownCause::Unhealthy },
        }
    }

    /// True if `/readyz` passes since the engine's last report at `reported`, and its source is not live.
    fn overruled(&self, reported: Time) -> bool {
        self.engine_silent && self.readyz.ok() && self.readyz.last_ok.is_some_and(|ok| ok > reported)
    }

    /// Time since which the port is open, if that is all that can be seen: no check of `/readyz` was ever made, as
    /// without a kubeconfig. `None` if it is closed, or if the container does not run.
    pub fn port_open_unchecked(&self, now: Time) -> Option<Time> {
        let (checked, _, _) = self.port.last.as_ref()?;
        let runs = self.container.as_ref().is_none_or(|(_, state)| state.state == RunState::Running && state.attached);
        (self.readyz.last.is_none() && runs && now - *checked <= SILENT).then_some(self.port.ok_since).flatten()
    }

    /// True if `/readyz` has passed for longer than a signal at `signalled` takes to have an effect.
    fn outlived(&self, signalled: Time) -> bool {
        let passes = self.readyz.ok_since.zip(self.readyz.last_ok);
        passes.is_some_and(|(since, last)| last - since.max(signalled) > SIGNAL_EXPIRES)
    }

    /// Phase without an answer of `/readyz`: there is no kubeconfig, or it is too early.
    fn phase_without_readyz(&self, now: Time) -> Phase {
        match &self.port.last {
            Some((checked, _, _)) if now - *checked > SILENT => Phase::Unknown,
            Some((_, ProbeOutcome::Ok, _)) | None => Phase::Unknown,
            Some((checked, _, _)) => Phase::Down { since: self.failing_since(*checked), cause: DownCause::Unhealthy },
        }
    }

    /// Time since which the checks fail; `fallback` if none was made.
    fn failing_since(&self, fallback: Time) -> Time {
        self.readyz.failing_since.or(self.port.failing_since).unwrap_or(fallback)
    }
}
