//! The transitions between the states of one outage, one function for each kind of event.
//!
//! The diagram is in `state`. A transition only moves forward or, when a recovery proves void, back to `Open`; it knows
//! of no journal, tally or other outage.

use chrono::Duration;

use super::{
    state::{Open, OutageState, Recovering, Requested},
    steps::{ConfirmedBy, DownSteps, RestoreSteps},
};
use crate::observation::{EngineAction, FaultAction, HealthCheck, HealthProbe, ProbeOutcome, Time};

impl OutageState {
    /// The operator requested a fault. That voids a recovery.
    pub(super) fn fault_requested(&mut self, at: Time, fault: FaultAction) {
        match self {
            Self::Suspected => *self = Self::Requested(Requested { fault, at, restore: RestoreSteps::default() }),
            Self::Requested(requested) => requested.restore = RestoreSteps::default(),
            Self::Open(_) | Self::Recovering(_) => {
                self.relapse();
                if let Some(open) = self.open_mut() {
                    open.down.requested.get_or_insert(at);
                }
            }
            Self::Subsided { .. } | Self::Recovered { .. } => {}
        }
    }

    /// The operator requested a restore.
    pub(super) fn restore_requested(&mut self, at: Time) {
        if let Some(restore) = self.restore_mut() {
            restore.requested.get_or_insert(at);
        }
    }

    /// The engine reported a signal, a pause, a disconnect or the end of the container's process. Returns true if that
    /// ends a recovery.
    pub(super) fn engine_reported_down(&mut self, at: Time, action: EngineAction, fault: Option<FaultAction>) -> bool {
        let Some(open) = self.confirm(ConfirmedBy::Engine) else { return false };
        if open.down.engine_event.is_none() {
            open.down.engine_event = Some(at);
            open.down.engine_fault = fault;
        }
        open.down.exited |= action == EngineAction::Die;
        if action == EngineAction::Kill {
            return false;
        }
        open.down.container_down.get_or_insert(at);
        let down_again = open.restore.container_up.is_some_and(|up| up < at);
        if open.restore.container_up.is_none() {
            open.count_renewals_since(None);
        }
        if down_again {
            open.down.container_down = Some(at);
            self.relapse();
        }
        down_again
    }

    /// The engine reported a start, an unpause or a connect.
    pub(super) fn engine_reported_up(&mut self, at: Time, action: EngineAction) {
        if let Some(open) = self.open_mut() {
            open.down.exited &= action != EngineAction::Start;
            // `docker start` connects the network first and starts the process a second later
            if open.down.exited {
                return;
            }
            open.container_up(at);
        } else if let Some(restore) = self.restore_mut() {
            restore.container_up.get_or_insert(at);
        }
    }

    /// An inspection found the container down since `since`, as it may be when blackout starts.
    pub(super) fn container_found_down(&mut self, since: Time) {
        if let Some(open) = self.confirm(ConfirmedBy::Engine) {
            open.down.container_down.get_or_insert(since);
        }
    }

    /// An inspection at `at` found the container running since `since`. That is its start: a container that was only
    /// paused or disconnected has started long before.
    pub(super) fn container_found_up(&mut self, at: Time, since: Time) {
        if let Some(open) = self.open_mut()
            && let Some(down) = open.down.container_down
        {
            open.container_up(if since < down { at } else { since });
        }
    }

    /// A health check failed, its outcome arriving at `at`. A suspected outage is confirmed, and a recovery voided,
    /// only if the failure is `certain`.
    pub(super) fn check_failed(&mut self, at: Time, probe: &HealthProbe, certain: bool) {
        if *self == Self::Suspected && !certain {
            return;
        }
        let was_ready = self.ready_since().is_some();
        let Some(open) = self.confirm(ConfirmedBy::Health) else { return };
        open.down.first_failed_check.get_or_insert(at);
        let unanswered = certain && !matches!(probe.outcome, ProbeOutcome::Status(_));
        // a container that came up can't have lost a renewal since, unless its API server went away again
        if open.renewals_since.is_none() || (unanswered && (was_ready || open.restore.container_up.is_none())) {
            open.count_renewals_since(Some(sent(at, probe)));
        }
        match probe.check {
            HealthCheck::Port => {}
            HealthCheck::Livez => open.restore.livez = None,
            HealthCheck::Readyz => {
                if let Self::Recovering(recovering) = self
                    && certain
                {
                    (recovering.readyz, recovering.nodes_ready) = (None, None);
                }
            }
        }
    }

    /// A health check passed, its outcome arriving at `at`. That is a step back only after one has failed, or if the
    /// container went down and came up again between two checks.
    pub(super) fn check_passed(&mut self, at: Time, probe: &HealthProbe) {
        let sent = sent(at, probe);
        let Some(open) = self.open_mut() else { return };
        let failed = open.down.first_failed_check.is_some();
        let restarted = open.down.container_down.is_some() && open.restore.container_up.is_some_and(|up| sent >= up);
        match probe.check {
            // the port that the engine publishes is open whenever the container runs
            HealthCheck::Port if failed && open.restore.container_up.is_some() => {
                open.restore.port_open.get_or_insert(at);
            }
            HealthCheck::Port => {}
            HealthCheck::Livez if failed => {
                open.restore.livez.get_or_insert(at);
            }
            HealthCheck::Livez => {}
            HealthCheck::Readyz if failed || restarted => {
                open.renewals_since.get_or_insert(sent);
                if let Some(recovering) = self.recover() {
                    recovering.readyz.get_or_insert(at);
                }
            }
            HealthCheck::Readyz => {}
        }
    }

    /// A node's lease was renewed.
    pub(super) fn lease_renewed(&mut self, node: &str, renewed: Time) {
        if let Some(open) = self.open_mut()
            && open.renewals_since.is_some_and(|since| renewed >= since)
        {
            open.leases.entry(node.to_owned()).or_insert(renewed);
        }
    }

    /// Every node is Ready with a renewed lease. Returns the time at which that was first so. `None` while `/readyz`
    /// has not passed again: what the API server reported before is left over from before the outage.
    pub(super) fn nodes_ready(&mut self, at: Time) -> Option<Time> {
        match self {
            Self::Recovering(recovering) if recovering.readyz.is_some() => {
                Some(*recovering.nodes_ready.get_or_insert(at))
            }
            _ => None,
        }
    }

    /// True if `/readyz` passed again before `at`: a fault at that time is another outage.
    pub(super) fn was_ready_before(&self, at: Time) -> bool {
        matches!(self, Self::Recovering(recovering) if recovering.readyz.is_some_and(|ready| ready < at))
    }

    /// True if nothing has failed since the fault was requested or the signal sent.
    pub(super) fn is_unharmed(&self) -> bool {
        match self {
            Self::Requested(_) => true,
            Self::Open(open) => open.down.container_down.is_none() && open.down.first_failed_check.is_none(),
            _ => false,
        }
    }

    /// Time of the request for the fault, if nothing has come of it. `None` in any state but `Requested`.
    pub(super) fn only_requested(&self) -> Option<Time> {
        match self {
            Self::Requested(requested) => Some(requested.at),
            _ => None,
        }
    }

    /// Goes to `Recovering` without a check of `/readyz`, as there is none without a kubeconfig.
    pub(super) fn recover_unchecked(&mut self) {
        self.recover();
    }

    /// Time at which the container ran again. `None` if it was not down, or is.
    pub(super) fn container_up(&self) -> Option<Time> {
        self.open()?.restore.container_up
    }

    /// Ends the outage at `at`. Only a suspected or a recovering outage can end.
    pub(super) fn end(&mut self, at: Time) {
        *self = match std::mem::replace(self, Self::Suspected) {
            Self::Suspected | Self::Subsided { .. } => Self::Subsided { at },
            Self::Recovering(last) => Self::Recovered { at, last },
            other => other,
        };
    }

    /// Voids a recovery: from `Recovering` back to `Open`, without any step back.
    fn relapse(&mut self) {
        if let Some(open) = self.open_mut() {
            open.restore = RestoreSteps::default();
            open.count_renewals_since(None);
        }
        if let Self::Recovering(recovering) = self {
            *self = Self::Open(recovering.open.clone());
        }
    }

    /// Goes to `Open` from the states before it, and returns its data. `None` if the outage is over.
    fn confirm(&mut self, by: ConfirmedBy) -> Option<&mut Open> {
        match self {
            Self::Suspected => {
                let (down, restore) = (DownSteps::default(), RestoreSteps::default());
                *self = Self::Open(Open::new(by, down, restore));
            }
            Self::Requested(Requested { fault, at, restore }) => {
                let down = DownSteps { requested: Some(*at), ..DownSteps::default() };
                let restore = std::mem::take(restore);
                *self = Self::Open(Open::new(ConfirmedBy::Fault(*fault), down, restore));
            }
            _ => {}
        }
        self.open_mut()
    }

    /// Goes to `Recovering` from `Open`, and returns its data. `None` in any other state.
    fn recover(&mut self) -> Option<&mut Recovering> {
        if let Self::Open(open) = self {
            let open = open.clone();
            *self = Self::Recovering(Recovering { open, readyz: None, nodes_ready: None });
        }
        match self {
            Self::Recovering(recovering) => Some(recovering),
            _ => None,
        }
    }

    fn open_mut(&mut self) -> Option<&mut Open> {
        match self {
            Self::Open(open) | Self::Recovering(Recovering { open, .. }) => Some(open),
            _ => None,
        }
    }

    fn restore_mut(&mut self) -> Option<&mut RestoreSteps> {
        match self {
            Self::Requested(requested) => Some(&mut requested.restore),
            _ => self.open_mut().map(|open| &mut open.restore),
        }
    }
}

/// Time at which a check was sent whose outcome arrived at `at`.
fn sent(at: Time, probe: &HealthProbe) -> Time {
    let latency = Duration::microseconds(i64::try_from(probe.latency_us).unwrap_or(i64::MAX));
    at.checked_sub_signed(latency).unwrap_or(at)
}
