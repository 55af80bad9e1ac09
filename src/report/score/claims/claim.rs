//! A claim, and the phrases that several claims share.

use serde::Serialize;

use crate::{
    observation::{ProbeError, ProbeOutcome, Time},
    report::score::{evidence::EvidenceLine, moments::t_plus},
    units,
    world::{Outage, Tally},
};

/// Whether something worked during an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// Worked all the time.
    Worked,
    /// Worked part of the time.
    Partly,
    /// The evidence shows that it did not work.
    Failed,
    /// Not probed, or not visible.
    Unknown,
}

impl Finding {
    /// The finding that follows from a count of requests.
    pub(super) fn of(tally: Tally) -> Self {
        match tally {
            Tally { sent: 0, .. } => Self::Unknown,
            Tally { answered: 0, .. } => Self::Failed,
            Tally { answered, sent, .. } if answered == sent => Self::Worked,
            _ => Self::Partly,
        }
    }
}

/// A claim about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The subject, such as `API writes`.
    pub subject: String,
    /// Result, as the evidence shows it.
    pub finding: Finding,
    /// The finding in words.
    #[serde(rename = "said")]
    pub statement: String,
    /// Numbers and raw lines that prove it.
    pub evidence: Vec<String>,
}

/// The time in which something failed, as the end of a statement: `, none from T+0.5 s to T+60.5 s`.
pub(super) fn none_between(outage: &Outage, failed: Option<Time>, back: Option<Time>) -> String {
    match (failed, back) {
        (Some(failed), Some(back)) => {
            format!(", none from {} to {}", t_plus(outage, failed), t_plus(outage, back))
        }
        (Some(failed), None) => format!(", none since {}", t_plus(outage, failed)),
        (None, _) => String::new(),
    }
}

/// The outcome of a request, in a word or two.
pub(super) fn outcome(outcome: &ProbeOutcome) -> String {
    let word = match outcome {
        ProbeOutcome::Ok => "accepted",
        ProbeOutcome::Status(status) => return format!("HTTP {status}"),
        ProbeOutcome::Failed(error) => match error {
            ProbeError::Refused => "connection refused",
            ProbeError::Reset => "connection reset",
            ProbeError::Eof => "closed without an answer",
            ProbeError::Timeout => "timed out",
            ProbeError::Tls => "TLS failed",
            ProbeError::Dns => "name not found",
            ProbeError::Unreachable => "no route to host",
            ProbeError::Other => "failed",
        },
    };
    word.to_owned()
}

/// The count of one kind of request, as evidence.
pub(super) fn counts(request: &str, tally: Tally) -> String {
    let Tally { answered, sent, missed } = tally;
    match missed {
        0 => format!("{request}: {answered} of {sent} answered"),
        _ => format!("{request}: {answered} of {sent} answered, {} unknown", units::count(missed, "slot")),
    }
}

/// A journal line, as evidence.
pub(super) fn raw(line: &EvidenceLine) -> String {
    format!("{} {} {}", line.at.format("%H:%M:%S%.3f"), line.worker, line.text)
}
