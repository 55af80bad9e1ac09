//! The states of one outage, and what can be read from each. `transitions` moves from one to another.
//!
//! ```text
//!  none ── line ─────────────────▶ Suspected ── silence, or all is well ──▶ Subsided
//!   │                               │     │
//!   │               fault requested │     │ engine event, container down, failed check
//!   │                               ▼     │
//!   ├── fault requested ──────▶ Requested │
//!   │     none ◀── refused ─────┘   │     │      refused with lines: back to Suspected
//!   │                               │     │
//!   │  engine event, container down,│     │
//!   │                  failed check ▼     ▼
//!   └── the same ─────────────────▶ Open ── /readyz passes, or all nodes Ready ──▶ Recovering
//!                                    ▲                                              │    │
//!                                    └───── down again before /readyz passes ─────────┘    │
//!                                            (after it: Recovered, and a new outage)        │
//!                                                               nodes Ready, lanes quiet ▼
//!                                                                                     Recovered
//! ```
//!
//! Each state holds only the steps that it can have, so a lease that was renewed in an outage without recovery, or an
//! end without nodes that are Ready, can't be written down. Pure: no state knows of journals, tallies or other outages.

use std::collections::BTreeMap;

use super::{
    steps::{ConfirmedBy, DownSteps, OutageSteps, RestoreSteps},
    timing::SLACK,
};
use crate::observation::{FaultAction, Time};

/// The state of one outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutageState {
    /// Journal lines are the only evidence: a kubelet may have trouble in which the control plane has no part.
    Suspected,
    /// Over without ever having been confirmed.
    Subsided {
        /// Time of the last line.
        at: Time,
    },
    /// The operator requested a fault, and nothing has failed yet.
    Requested(Requested),
    /// The control plane is down, or on its way down or up.
    Open(Open),
    /// The control plane is back; nodes or lanes are not.
    Recovering(Recovering),
    /// Over: the nodes were Ready and the lanes quiet.
    Recovered {
        /// Time of the last line or, if later, of the moment at which every node was Ready.
        at: Time,
        /// The steps as they were at the end.
        last: Recovering,
    },
}

/// Data of an outage in [`OutageState::Requested`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// The fault that was requested first.
    pub fault: FaultAction,
    /// Time of that request.
    pub at: Time,
    /// Steps back: a restore may be requested before the fault has done anything.
    pub restore: RestoreSteps,
}

/// Data of an outage in [`OutageState::Open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The observation that confirmed the outage.
    pub confirmed_by: ConfirmedBy,
    /// Steps on the way down.
    pub down: DownSteps,
    /// Steps on the way back.
    pub restore: RestoreSteps,
    /// Earliest renewal of a lease that proves that its kubelet reaches the API server again: the start of the
    /// container or, without one, the sending of the last check that got no answer. `None` while it is down.
    pub renewals_since: Option<Time>,
    /// First renewal of each node's lease from then on, by node.
    pub leases: BTreeMap<String, Time>,
}

impl Open {
    pub(super) fn new(confirmed_by: ConfirmedBy, down: DownSteps, restore: RestoreSteps) -> Self {
        Self { confirmed_by, down, restore, renewals_since: None, leases: BTreeMap::new() }
    }

    /// The container runs again. The engine reports an unpause or a connect after it has happened, so a renewal may be
    /// stamped a little earlier, but never before the container was down.
    pub(super) fn container_up(&mut self, at: Time) {
        if self.restore.container_up.is_some() {
            return;
        }
        self.restore.container_up = Some(at);
        let other_bound = self.renewals_since.filter(|_| self.down.container_down.is_none());
        self.count_renewals_since(other_bound.max(self.down.container_down).max(Some(at - SLACK)));
    }

    /// Drops the renewals before `since`, or all if it is `None`.
    pub(super) fn count_renewals_since(&mut self, since: Option<Time>) {
        self.renewals_since = since;
        self.leases.retain(|_, renewed| since.is_some_and(|since| *renewed >= since));
    }
}

/// Data of an outage in [`OutageState::Recovering`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovering {
    /// All that was known while it was open.
    pub open: Open,
    /// Time at which `/readyz` passed again. `None` while the newest check failed, or if none ever did.
    pub readyz: Option<Time>,
    /// Time at which every node was first Ready with a renewed lease. `None` while the newest check failed.
    pub nodes_ready: Option<Time>,
}

impl OutageState {
    pub(super) fn open(&self) -> Option<&Open> {
        match self {
            Self::Open(open) => Some(open),
            Self::Recovering(recovering) | Self::Recovered { last: recovering, .. } => Some(&recovering.open),
            Self::Suspected | Self::Subsided { .. } | Self::Requested(_) => None,
        }
    }

    pub(super) fn recovering(&self) -> Option<&Recovering> {
        match self {
            Self::Recovering(recovering) | Self::Recovered { last: recovering, .. } => Some(recovering),
            _ => None,
        }
    }

    /// Time at which `/readyz` passed again. `None` if it has not, or while the newest check failed.
    pub(super) fn ready_since(&self) -> Option<Time> {
        self.recovering()?.readyz
    }

    /// First renewal of each node's lease since the API server was back. `None` if the control plane was not down.
    pub(super) fn leases(&self) -> Option<&BTreeMap<String, Time>> {
        Some(&self.open()?.leases)
    }

    /// Earliest renewal of a lease that proves a kubelet that reaches the API server again. `None` while it is down.
    pub(super) fn renewals_since(&self) -> Option<Time> {
        self.open()?.renewals_since
    }

    /// The observation that confirmed the outage. `None` if journal lines are the only evidence.
    pub(super) fn confirmed_by(&self) -> Option<ConfirmedBy> {
        match self {
            Self::Requested(requested) => Some(ConfirmedBy::Fault(requested.fault)),
            _ => self.open().map(|open| open.confirmed_by),
        }
    }

    /// Fault that the engine's first event proves. `None` if it proves none.
    pub(super) fn engine_fault(&self) -> Option<FaultAction> {
        self.open()?.down.engine_fault
    }

    /// Time of the end. `None` while the outage is under way.
    pub(super) fn ended(&self) -> Option<Time> {
        match self {
            Self::Subsided { at } | Self::Recovered { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// The steps in one flat list.
    pub(super) fn steps(&self) -> OutageSteps {
        if let Self::Requested(Requested { at, restore, .. }) = self {
            let down = DownSteps { requested: Some(*at), ..DownSteps::default() };
            return flat(&down, restore, None);
        }
        let Some(open) = self.open() else { return OutageSteps::default() };
        flat(&open.down, &open.restore, self.recovering())
    }
}

fn flat(down: &DownSteps, restore: &RestoreSteps, recovering: Option<&Recovering>) -> OutageSteps {
    OutageSteps {
        fault_requested: down.requested,
        engine_event: down.engine_event,
        first_failed_check: down.first_failed_check,
        container_down: down.container_down,
        restore_requested: restore.requested,
        container_up: restore.container_up,
        port_open: restore.port_open,
        livez: restore.livez,
        readyz: recovering.and_then(|recovering| recovering.readyz),
        nodes_ready: recovering.and_then(|recovering| recovering.nodes_ready),
    }
}
