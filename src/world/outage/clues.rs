//! The clues that support a cause: one for each lit lane of a symptom.

use super::{cause::Cause, ladder::Ladder};
use crate::{
    kubelet::ErrorDetail,
    observation::{FaultAction, Time},
    world::journal::LaneId,
};

/// One lane that supports a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clue {
    /// The lane in which it was seen.
    pub lane: LaneId,
    /// Time of the lane's first line.
    pub at: Time,
    /// Number of the lane's lines.
    pub lines: u64,
    /// The conclusion, as a clause for a person.
    pub meaning: &'static str,
}

/// The lanes that stand for a symptom; the others stand for an activity.
const SYMPTOMS: [LaneId; 7] =
    [LaneId::Refused, LaneId::Dns, LaneId::Timeout, LaneId::Lost, LaneId::Auth, LaneId::Unreachable, LaneId::Server];

/// The clues for `cause`, in the order of time.
pub(super) fn clues(ladder: Ladder<'_>, cause: Cause) -> Vec<Clue> {
    let mut clues: Vec<Clue> = SYMPTOMS
        .into_iter()
        .filter_map(|lane| {
            let span = ladder.span(lane)?;
            Some(Clue { lane, at: span.first, lines: span.lines, meaning: meaning(ladder, lane, cause)? })
        })
        .collect();
    clues.sort_by_key(|clue| clue.at);
    clues
}

/// The meaning of a lit lane if `cause` is the cause. `None` for the lane of an activity.
fn meaning(ladder: Ladder<'_>, lane: LaneId, cause: Cause) -> Option<&'static str> {
    use LaneId::{Auth, Dns, Lease, Lost, Refused, Server, Timeout, Unreachable, Watch};
    let first = |lane| ladder.span(lane).map(|span| span.first);
    let after_dns = first(Dns).is_some_and(|dns| first(lane).is_some_and(|first| first > dns));
    Some(match (lane, cause) {
        (Dns, Cause::OwnNetwork) => "not even the name server can be reached",
        (Unreachable, Cause::OwnNetwork) => "no route out of this machine",
        (Refused, Cause::Fault(FaultAction::Kill | FaultAction::Disconnect)) if after_dns => {
            "refused only while it came up again"
        }
        (Refused, Cause::Fault(FaultAction::Apiserver)) => {
            "the host rejects connections to the closed port, to the end"
        }
        (Refused, _) => "the port was closed while the host was still up",
        (Dns, Cause::Fault(FaultAction::Kill)) => "the name stopped resolving at once",
        (Dns, _) => "the name stopped resolving: the container had left the network",
        (Timeout, Cause::Fault(FaultAction::Pause)) if ladder.detail(ErrorDetail::TlsHandshakeTimeout) > 0 => {
            "connections are accepted, then the TLS handshake times out"
        }
        (Timeout, Cause::NetworkCut) => "connections time out before they are accepted",
        (Timeout, _) => "timed out",
        (Lost, _) => "open connections were lost or reset",
        (Auth, _) if ladder.detail(ErrorDetail::CertificateExpired) > 0 => "a certificate has expired",
        (Auth, _) => "the API server answers 401 or 403",
        (Unreachable, _) => "no route to the host",
        (Server, _) => "the API server answers with an error",
        (Lease | Watch, _) => return None,
    })
}
