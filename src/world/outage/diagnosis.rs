//! The probable cause of an outage by its journal alone, with a confidence, clues and doubts.
//!
//! Decided from the failure ladder: the symptom that opened it, those that followed, and those that never came. Each
//! fault of a kind cluster leaves its own order (recorded in `tests/fixtures/logs`). Pure; reads nothing but an
//! [`Outage`] and the time that its journals cover.

use chrono::Duration;

use super::{
    cause::Cause,
    clues::{Clue, clues},
    ladder::Ladder,
    record::Outage,
};
use crate::{
    kubelet::ErrorDetail,
    observation::{FaultAction, Time},
    world::journal::LaneId,
};

/// A probable cause and its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// The most probable cause.
    pub cause: Cause,
    /// Confidence in the cause from 0 to 1, in hundredths.
    pub confidence: f64,
    /// Evidence for the cause, in the order of time.
    pub clues: Vec<Clue>,
    /// Reasons to be less certain, for a person.
    pub doubts: Vec<&'static str>,
}

/// The time that the journals of an outage cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalCoverage {
    /// Time of the first line of any kind. `None` if it is not known.
    pub from: Option<Time>,
    /// Time of the last line of any kind. `None` if it is not known.
    pub to: Option<Time>,
}

/// Time within which both heartbeats of a kubelet write a line if they fail: the status is reported every 10 s, the
/// lease every 7 s, plus 1 s. A symptom that lasts longer is seen.
const HEARTBEAT: Duration = Duration::seconds(11);

/// Time after which a refused port is no stop: `docker stop` kills after 10 s, and the name is gone with the container.
const STOP_TAKES: Duration = Duration::seconds(20);

/// Failures below which the order of the lanes means little.
const FEW_FAILURES: u64 = 8;

/// Failures below which there is no order.
const TOO_FEW_FAILURES: u64 = 3;

/// Confidence in each pattern if nothing casts doubt on it, with the run below `tests/fixtures` that has this diagnosis
/// (`diagnosis/tests.rs` holds them). A pattern without a recorded run is a judgment.
mod confidence {
    /// `logs/lease-1.30-network-disconnect.log`: the errors name the worker's own network.
    pub(super) const OWN_NETWORK: f64 = 0.9;
    /// The same with mostly time-outs, which point at the other end too. No recorded run.
    pub(super) const OWN_NETWORK_SILENT: f64 = 0.6;
    /// An expired certificate is named in the error. No recorded run; nothing else writes that error.
    pub(super) const CERTIFICATE_EXPIRED: f64 = 0.95;
    /// 401 or 403 without a reason. No recorded run.
    pub(super) const REJECTED: f64 = 0.7;
    /// Mostly 5xx and 429. No recorded run.
    pub(super) const SERVER_ERRORS: f64 = 0.75;
    /// `logs/apiserver/worker2`: refused to the end, and no watch line (client-go 1.19 and later retry a refused watch
    /// without logging).
    pub(super) const API_SERVER: f64 = 0.9;
    /// The same with watch lines, from a kubelet before 1.19. No recorded run.
    pub(super) const API_SERVER_WITH_WATCHES: f64 = 0.75;
    /// `logs/pause/worker2-1.33`: TLS handshakes time out, so something accepts connections.
    pub(super) const PAUSE_HANDSHAKE: f64 = 0.9;
    /// `logs/pause/worker2` (1.20): time-outs alone, with no detail about the handshake.
    pub(super) const PAUSE_SILENT: f64 = 0.75;
    /// As many handshake as connect time-outs. No recorded run.
    pub(super) const PAUSE_MIXED: f64 = 0.5;
    /// Connects time out more often than handshakes. No recorded run.
    pub(super) const PACKETS_LOST: f64 = 0.7;
    /// Refused, then no route. No recorded run.
    pub(super) const STOP_UNREACHABLE: f64 = 0.6;
    /// No route from the beginning. No recorded run.
    pub(super) const HOST_GONE: f64 = 0.7;
    /// Refused, then silence, without a name that is lost. No recorded run.
    pub(super) const STOP_SILENT: f64 = 0.5;
    /// `logs/kill/worker2`: the name is lost at once.
    pub(super) const KILL: f64 = 0.9;
    /// `logs/stop/worker2`, `logs/stop/worker2-1.33`, `logs/seed-1.30-worker2.log`: refused for 10 s, then the name is
    /// lost.
    pub(super) const STOP: f64 = 0.95;
    /// The same with calls that got no answer in between. No recorded run.
    pub(super) const STOP_WITH_SILENCE: f64 = 0.8;
    /// `logs/disconnect/worker2`: silence, then the name is lost.
    pub(super) const DISCONNECT: f64 = 0.85;
    /// The same with some refused connections. No recorded run.
    pub(super) const DISCONNECT_MIXED: f64 = 0.5;
    /// Lines that fit no pattern.
    pub(super) const UNCLEAR: f64 = 0.3;
    /// No line with a symptom.
    pub(super) const NOTHING: f64 = 0.0;
}

/// Diagnoses an outage from its lanes and the time that its journals cover.
pub fn diagnose(outage: &Outage, coverage: JournalCoverage) -> Diagnosis {
    let ladder = Ladder::new(outage);
    let (cause, mut confidence) = cause(ladder);
    let mut doubts = Vec::new();
    let mut doubt = |applies: bool, factor: f64, reason: &'static str| {
        if applies {
            confidence *= factor;
            doubts.push(reason);
        }
    };
    let length = outage.last_line() - outage.began;
    let failures = outage.failures;
    doubt(failures < TOO_FEW_FAILURES, 0.5, "fewer than three failures");
    doubt((TOO_FEW_FAILURES..FEW_FAILURES).contains(&failures), 0.85, "few failures");
    let begins_late =
        coverage.from.is_some_and(|from| outage.began - from < HEARTBEAT) && !ladder.shows_its_beginning();
    doubt(begins_late, 0.6, "the journal begins during the outage");
    let ends_early = coverage.to.is_some_and(|to| to - outage.last_line() < HEARTBEAT);
    let api_server_alone = cause == Cause::Fault(FaultAction::Apiserver);
    doubt(ends_early && api_server_alone && length < STOP_TAKES, 0.5, "the journal ends before a stop would show");
    doubt(ends_early && !api_server_alone && length < HEARTBEAT, 0.8, "the journal ends soon after the outage began");
    let confidence = (confidence * 100.0).round() / 100.0;
    Diagnosis { cause, confidence, clues: clues(ladder, cause), doubts }
}

/// The first pattern that the ladder fits, and the confidence in it.
fn cause(ladder: Ladder<'_>) -> (Cause, f64) {
    if ladder.all() == 0 {
        return (Cause::Unclear, confidence::NOTHING);
    }
    if ladder.own_network_down() {
        let silent = ladder.is_most(ladder.silent());
        return (Cause::OwnNetwork, if silent { confidence::OWN_NETWORK_SILENT } else { confidence::OWN_NETWORK });
    }
    if let Some(name_lost) = ladder.name_lost() {
        return name_was_lost(ladder, name_lost);
    }
    if ladder.is_most(ladder.answered()) {
        return answered_with_errors(ladder);
    }
    if ladder.is_most(ladder.lines(LaneId::Refused)) {
        let watches = ladder.lines(LaneId::Watch) > 0;
        let sure = if watches { confidence::API_SERVER_WITH_WATCHES } else { confidence::API_SERVER };
        return (Cause::Fault(FaultAction::Apiserver), sure);
    }
    if ladder.is_most(ladder.silent()) {
        return no_answer(ladder);
    }
    if let Some(unreachable) = ladder.span(LaneId::Unreachable) {
        return if ladder.refused_then_unreachable(unreachable.first) {
            (Cause::Fault(FaultAction::Stop), confidence::STOP_UNREACHABLE)
        } else {
            (Cause::HostGone, confidence::HOST_GONE)
        };
    }
    if ladder.refused_then_silent() {
        return (Cause::Fault(FaultAction::Stop), confidence::STOP_SILENT);
    }
    (Cause::Unclear, confidence::UNCLEAR)
}

/// The name stopped resolving at `name_lost`: the symptoms before that show how the container went down.
fn name_was_lost(ladder: Ladder<'_>, name_lost: Time) -> (Cause, f64) {
    match (ladder.refused_before(name_lost), ladder.silent_before(name_lost)) {
        (0, 0) => (Cause::Fault(FaultAction::Kill), confidence::KILL),
        (_, 0) => (Cause::Fault(FaultAction::Stop), confidence::STOP),
        (refused, silent) if refused > silent => (Cause::Fault(FaultAction::Stop), confidence::STOP_WITH_SILENCE),
        (0, _) => (Cause::Fault(FaultAction::Disconnect), confidence::DISCONNECT),
        _ => (Cause::Fault(FaultAction::Disconnect), confidence::DISCONNECT_MIXED),
    }
}

fn answered_with_errors(ladder: Ladder<'_>) -> (Cause, f64) {
    let rejected = ladder.lines(LaneId::Auth) * 2 >= ladder.answered();
    match (rejected, ladder.detail(ErrorDetail::CertificateExpired) > 0) {
        (true, true) => (Cause::Certificate, confidence::CERTIFICATE_EXPIRED),
        (true, false) => (Cause::Certificate, confidence::REJECTED),
        (false, _) => (Cause::Overload, confidence::SERVER_ERRORS),
    }
}

/// No calls are answered: a paused server accepts connections and sends nothing; a cut network loses the connect
/// itself.
fn no_answer(ladder: Ladder<'_>) -> (Cause, f64) {
    let handshakes = ladder.detail(ErrorDetail::TlsHandshakeTimeout);
    let connects = ladder.detail(ErrorDetail::ConnectTimeout);
    if handshakes > connects {
        (Cause::Fault(FaultAction::Pause), confidence::PAUSE_HANDSHAKE)
    } else if connects == 0 {
        (Cause::Fault(FaultAction::Pause), confidence::PAUSE_SILENT)
    } else if connects > handshakes {
        (Cause::NetworkCut, confidence::PACKETS_LOST)
    } else {
        (Cause::Fault(FaultAction::Pause), confidence::PAUSE_MIXED)
    }
}

#[cfg(test)]
mod tests;
