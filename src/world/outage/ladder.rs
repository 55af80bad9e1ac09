//! Questions about the failure ladder of one outage: counts, shares and the order of its lanes.
//!
//! Each predicate names one property of the ladder; which cause follows from it is decided in `diagnosis`.

use chrono::Duration;

use super::record::Outage;
use crate::{
    kubelet::{Activity, ErrorDetail},
    observation::Time,
    world::journal::{LaneId, LaneSpan},
};

/// Longest first wait of a lease that was healthy before: client-go starts at 200 ms and doubles (`baseRetryBackoff`).
const FIRST_LEASE_WAIT: Duration = Duration::milliseconds(200);

/// Time before the first DNS failure that does not count as silence: a call waits 10 s for an answer, so its time-out
/// may be written together with the lost name.
const DNS_SLACK: Duration = Duration::seconds(3);

/// The lanes of one outage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ladder<'a> {
    outage: &'a Outage,
}

impl<'a> Ladder<'a> {
    pub(super) fn new(outage: &'a Outage) -> Self {
        Self { outage }
    }

    pub(super) fn span(&self, id: LaneId) -> Option<&'a LaneSpan> {
        self.outage.lanes.get(id).map(|lane| &lane.span)
    }

    pub(super) fn lines(&self, id: LaneId) -> u64 {
        self.span(id).map_or(0, |span| span.lines)
    }

    pub(super) fn detail(&self, detail: ErrorDetail) -> u64 {
        self.outage.error_details.get(&detail).copied().unwrap_or(0)
    }

    /// Lines of a lane that were written before `at`; at least 1 if its first line was.
    pub(super) fn lines_before(&self, id: LaneId, at: Time) -> u64 {
        self.outage.lanes.get(id).filter(|lane| lane.span.first < at).map_or(0, |lane| lane.histogram.before(at).max(1))
    }

    /// Lines of calls that got no answer: time-outs and lost connections.
    pub(super) fn silent(&self) -> u64 {
        self.lines(LaneId::Timeout) + self.lines(LaneId::Lost)
    }

    /// Lines of calls that the API server answered with an error.
    pub(super) fn answered(&self) -> u64 {
        self.lines(LaneId::Auth) + self.lines(LaneId::Server)
    }

    /// Lines that report a symptom.
    pub(super) fn all(&self) -> u64 {
        [LaneId::Refused, LaneId::Dns, LaneId::Unreachable].map(|id| self.lines(id)).iter().sum::<u64>()
            + self.silent()
            + self.answered()
    }

    /// True if `lines` are at least four fifths of all lines that report a symptom.
    pub(super) fn is_most(&self, lines: u64) -> bool {
        lines * 5 >= self.all() * 4
    }

    /// True if at least half of the DNS and route errors name the lack of a network on this machine.
    pub(super) fn own_network_down(&self) -> bool {
        let no_network = self.detail(ErrorDetail::NoNetwork);
        no_network > 0 && no_network * 2 >= self.lines(LaneId::Dns) + self.lines(LaneId::Unreachable)
    }

    /// Time of the first DNS failure. `None` if DNS failures are less than a tenth of all lines.
    pub(super) fn name_lost(&self) -> Option<Time> {
        self.span(LaneId::Dns).filter(|dns| dns.lines * 10 >= self.all()).map(|dns| dns.first)
    }

    /// Lines of refused connections before the name was lost at `name_lost`.
    pub(super) fn refused_before(&self, name_lost: Time) -> u64 {
        self.lines_before(LaneId::Refused, name_lost)
    }

    /// Lines of calls without an answer before the name was lost at `name_lost`.
    pub(super) fn silent_before(&self, name_lost: Time) -> u64 {
        let before = name_lost - DNS_SLACK;
        self.lines_before(LaneId::Timeout, before) + self.lines_before(LaneId::Lost, before)
    }

    /// True if most refused lines came before the first call without an answer: the port was closed first, then the
    /// machine went.
    pub(super) fn refused_then_silent(&self) -> bool {
        let silence =
            [LaneId::Timeout, LaneId::Lost].into_iter().filter_map(|id| self.span(id)).map(|span| span.first).min();
        let refused = self.lines(LaneId::Refused);
        refused > 0 && silence.is_some_and(|at| self.lines_before(LaneId::Refused, at) * 2 > refused)
    }

    /// True if a connection was refused before the machine became unreachable at `unreachable`.
    pub(super) fn refused_then_unreachable(&self, unreachable: Time) -> bool {
        self.lines_before(LaneId::Refused, unreachable) > 0
    }

    /// True if the lines show that the node's lease was healthy before: its first failure announces no wait, and then
    /// the backoff starts from the bottom.
    pub(super) fn shows_its_beginning(&self) -> bool {
        self.outage.retries.iter().any(|(id, retries)| {
            id.activity == Activity::Lease
                && retries.first_wait.is_none()
                && retries.shortest_wait.is_some_and(|wait| wait <= FIRST_LEASE_WAIT)
        })
    }
}
