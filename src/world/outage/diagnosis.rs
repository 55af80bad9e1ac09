//! What an outage's journal suggests was done to the control plane, and how sure that is.
//!
//! A guess from the ladder alone: which symptom opened it, which followed, and what never came. Each fault of a kind cluster leaves its own
//! order (measured: `tests/fixtures/logs/README.md`). What is no fault of section 3 of the design (the worker's own network, a certificate,
//! an overloaded server) is said in words and is no [`FaultAction`]. Pure; nothing but an [`Outage`] and the coverage of its journal is looked at.

use chrono::Duration;

use super::steps::Outage;
use crate::{
    kubelet::{Activity, ErrorDetail},
    observation::{FaultAction, Time},
    world::journal::{LaneId, LaneSpan},
};

/// What may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// One of the faults that blackout knows how to bring about.
    Fault(FaultAction),
    /// The worker's own network is gone.
    OwnNetwork,
    /// Packets are lost on the way to the control plane.
    NetworkCut,
    /// The machine of the control plane is gone.
    HostGone,
    /// Certificates, tokens or permissions.
    Certificate,
    /// The API server answers, with errors.
    Overload,
    /// Nothing of these.
    Unclear,
}

impl Cause {
    /// The fault, where it is one.
    pub fn fault(self) -> Option<FaultAction> {
        match self {
            Self::Fault(deed) => Some(deed),
            _ => None,
        }
    }

    /// What happened to the control plane, in a word or two: for a table.
    pub fn brief(self) -> &'static str {
        match self {
            Self::Fault(FaultAction::Stop) => "stopped",
            Self::Fault(FaultAction::Kill) => "killed",
            Self::Fault(FaultAction::Pause) => "frozen",
            Self::Fault(FaultAction::Disconnect) => "disconnected",
            Self::Fault(FaultAction::Apiserver) => "API server gone",
            Self::Fault(FaultAction::Restore) => "started",
            Self::OwnNetwork => "worker's network",
            Self::NetworkCut => "packets lost",
            Self::HostGone => "machine gone",
            Self::Certificate => "not let in",
            Self::Overload => "errors answered",
            Self::Unclear => "no known pattern",
        }
    }

    /// What happened, for a person.
    pub fn says(self) -> &'static str {
        match self {
            Self::Fault(FaultAction::Stop) => "the control plane's container was stopped",
            Self::Fault(FaultAction::Kill) => "the control plane's container was killed",
            Self::Fault(FaultAction::Pause) => "the control plane was frozen (paused, or starved of CPU)",
            Self::Fault(FaultAction::Disconnect) => "the control plane was cut from the network, and its name with it",
            Self::Fault(FaultAction::Apiserver) => "the API server's process was gone, its host was not",
            Self::Fault(FaultAction::Restore) => "the control plane was started",
            Self::OwnNetwork => "the worker's own network was gone",
            Self::NetworkCut => "packets to the control plane were lost (firewall, route)",
            Self::HostGone => "the control plane's machine was gone from the network",
            Self::Certificate => "the API server refused this kubelet (certificate, token, permission)",
            Self::Overload => "the API server answered with errors (overload, etcd)",
            Self::Unclear => "no known pattern",
        }
    }
}

/// One thing that speaks for a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clue {
    /// The lane that it was seen in.
    pub lane: LaneId,
    /// When it was first seen there.
    pub at: Time,
    /// Lines.
    pub lines: u64,
    /// What it tells.
    pub tells: &'static str,
}

/// What an outage's journal suggests.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// What may have happened.
    pub cause: Cause,
    /// How sure that is, from 0 to 1, in hundredths.
    pub confidence: f64,
    /// What speaks for it, in the order of time.
    pub clues: Vec<Clue>,
    /// What makes it less sure.
    pub doubts: Vec<&'static str>,
}

/// From when to when the journals of an outage were heard; nothing where that is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalCoverage {
    /// The first line of any kind.
    pub from: Option<Time>,
    /// The last line of any kind.
    pub to: Option<Time>,
}

/// Both of a kubelet's heartbeats speak once in this time: a symptom that lasts longer is seen.
const HEARTBEAT: Duration = Duration::seconds(11);

/// The engine's own time-out of a stop is 10 s; a refused port that lasts longer is no stop.
const STOPPING: Duration = Duration::seconds(20);

/// What an outage suggests.
pub fn diagnose(outage: &Outage, coverage: JournalCoverage) -> Diagnosis {
    let ladder = Ladder { outage };
    let (cause, mut sure) = ladder.cause();
    let mut doubts = Vec::new();
    let mut doubt = |applies: bool, factor: f64, why: &'static str| {
        if applies {
            sure *= factor;
            doubts.push(why);
        }
    };
    let length = outage.last_line() - outage.began;
    doubt(outage.failures < 3, 0.5, "fewer than three failures");
    doubt((3..8).contains(&outage.failures), 0.85, "few failures");
    let cut = coverage.from.is_some_and(|from| outage.began - from < HEARTBEAT) && !ladder.shows_its_beginning();
    doubt(cut, 0.6, "the journal begins in the middle of it");
    let ends = coverage.to.is_some_and(|to| to - outage.last_line() < HEARTBEAT);
    let alone = cause == Cause::Fault(FaultAction::Apiserver);
    doubt(ends && alone && length < STOPPING, 0.5, "the journal ends before a stop would show");
    doubt(!alone && ends && length < HEARTBEAT, 0.8, "the journal ends soon after it began");
    let confidence = (sure * 100.0).round() / 100.0;
    Diagnosis { cause, confidence, clues: ladder.clues(cause), doubts }
}

/// An outage's lanes, asked for their order.
struct Ladder<'a> {
    outage: &'a Outage,
}

impl Ladder<'_> {
    fn span(&self, id: LaneId) -> Option<&LaneSpan> {
        self.outage.lanes.get(id).map(|lane| &lane.span)
    }

    fn lines(&self, id: LaneId) -> u64 {
        self.span(id).map_or(0, |span| span.lines)
    }

    /// Lines of a lane before a moment.
    fn before(&self, id: LaneId, at: Time) -> u64 {
        self.outage.lanes.get(id).map_or(0, |lane| match lane.span.first < at {
            true => lane.histogram.before(at).max(1),
            false => 0,
        })
    }

    fn nuance(&self, nuance: ErrorDetail) -> u64 {
        self.outage.nuances.get(&nuance).copied().unwrap_or(0)
    }

    /// An update that failed, and then the lowest rung of the lease's ladder, show that the heartbeat was well before.
    fn shows_its_beginning(&self) -> bool {
        self.outage.retries.iter().any(|(id, retries)| {
            id.activity == Activity::Lease
                && retries.opening.is_none()
                && retries.lowest.is_some_and(|rung| rung <= Duration::milliseconds(200))
        })
    }

    fn cause(&self) -> (Cause, f64) {
        let silent = self.lines(LaneId::Timeout) + self.lines(LaneId::Lost);
        let (refused, unreachable) = (self.lines(LaneId::Refused), self.lines(LaneId::Unreachable));
        let answered = self.lines(LaneId::Auth) + self.lines(LaneId::Server);
        let all = silent + refused + unreachable + answered + self.lines(LaneId::Dns);
        if all == 0 {
            return (Cause::Unclear, 0.0);
        }
        let most = |lines: u64| lines * 5 >= all * 4;
        if self.nuance(ErrorDetail::NoNetwork) * 2 >= self.lines(LaneId::Dns) + unreachable
            && self.nuance(ErrorDetail::NoNetwork) > 0
        {
            return (Cause::OwnNetwork, if most(silent) { 0.6 } else { 0.9 });
        }
        if let Some(dns) = self.span(LaneId::Dns).filter(|dns| dns.lines * 10 >= all) {
            return self.nameless(dns.first);
        }
        if most(answered) {
            let auth = self.lines(LaneId::Auth);
            let expired = self.nuance(ErrorDetail::CertificateExpired) > 0;
            return if auth * 2 >= answered {
                (Cause::Certificate, if expired { 0.95 } else { 0.7 })
            } else {
                (Cause::Overload, 0.75)
            };
        }
        if most(refused) {
            // from 1.19 on a reflector does not speak of a refused watch
            let quiet = self.lines(LaneId::Watch) == 0;
            return (Cause::Fault(FaultAction::Apiserver), if quiet { 0.9 } else { 0.75 });
        }
        if most(silent) {
            let (taken, lost) =
                (self.nuance(ErrorDetail::TlsHandshakeTimeout), self.nuance(ErrorDetail::ConnectTimeout));
            return match (taken, lost) {
                (taken, lost) if taken > lost => (Cause::Fault(FaultAction::Pause), 0.9),
                (_, 0) => (Cause::Fault(FaultAction::Pause), 0.75),
                (taken, lost) if lost > taken => (Cause::NetworkCut, 0.7),
                _ => (Cause::Fault(FaultAction::Pause), 0.5),
            };
        }
        if let Some(gone) = self.span(LaneId::Unreachable) {
            if self.before(LaneId::Refused, gone.first) > 0 {
                return (Cause::Fault(FaultAction::Stop), 0.6);
            }
            return (Cause::HostGone, 0.7);
        }
        if refused > 0 && silent > 0 {
            // the port was closed first, then the machine went
            let first = |id| self.span(id).map(|span| span.first);
            let silence = first(LaneId::Timeout).into_iter().chain(first(LaneId::Lost)).min();
            if silence.is_some_and(|at| self.before(LaneId::Refused, at) * 2 > refused) {
                return (Cause::Fault(FaultAction::Stop), 0.5);
            }
        }
        (Cause::Unclear, 0.3)
    }

    /// The name went: what was there before it tells how.
    fn nameless(&self, dns: Time) -> (Cause, f64) {
        let refused = self.before(LaneId::Refused, dns);
        // a call waits 10 s before it gives up: silence that comes together with the lost name is none
        let silence = dns - Duration::seconds(3);
        let silent = self.before(LaneId::Timeout, silence) + self.before(LaneId::Lost, silence);
        match (refused, silent) {
            (0, 0) => (Cause::Fault(FaultAction::Kill), 0.9),
            (refused, silent) if refused > silent => {
                (Cause::Fault(FaultAction::Stop), if silent == 0 { 0.95 } else { 0.8 })
            }
            (0, _) => (Cause::Fault(FaultAction::Disconnect), 0.85),
            _ => (Cause::Fault(FaultAction::Disconnect), 0.5),
        }
    }

    fn clues(&self, cause: Cause) -> Vec<Clue> {
        use LaneId::{Auth, Dns, Lost, Refused, Server, Timeout, Unreachable};
        let dns = self.span(Dns).map(|span| span.first);
        let mut clues = Vec::new();
        for lane in [Refused, Dns, Timeout, Lost, Auth, Unreachable, Server] {
            let Some(span) = self.span(lane) else { continue };
            let late = dns.is_some_and(|dns| lane != Dns && span.first > dns);
            let tells = match (lane, cause) {
                (Dns, Cause::OwnNetwork) => "not even the name server can be reached",
                (Unreachable, Cause::OwnNetwork) => "no way out of this machine",
                (Refused, Cause::Fault(FaultAction::Kill | FaultAction::Disconnect)) if late => {
                    "refused only while it came up again"
                }
                (Refused, Cause::Fault(FaultAction::Apiserver)) => "the host answers for its closed port, to the end",
                (Refused, _) => "the port was closed while the host was still there",
                (Dns, Cause::Fault(FaultAction::Kill)) => "the name was gone at once",
                (Dns, _) => "the name was gone: the container had left the network",
                (Timeout, Cause::Fault(FaultAction::Pause)) if self.nuance(ErrorDetail::TlsHandshakeTimeout) > 0 => {
                    "connections are taken, and nobody speaks"
                }
                (Timeout, Cause::NetworkCut) => "no connection comes about",
                (Timeout, _) => "no answer in time",
                (Lost, _) => "open connections fell silent or broke",
                (Auth, _) if self.nuance(ErrorDetail::CertificateExpired) > 0 => "a certificate is out of date",
                (Auth, _) => "the API server answers, and refuses",
                (Unreachable, _) => "the machine cannot be reached",
                (Server, _) => "the API server answers with an error",
                _ => continue,
            };
            clues.push(Clue { lane, at: span.first, lines: span.lines, tells });
        }
        clues.sort_by_key(|clue| clue.at);
        clues
    }
}
