//! The cause of an outage and who acted: by the operator's request, the engine's events, or the journals.

use serde::Serialize;

use super::moments::t_plus;
use crate::{
    observation::{FaultAction, Time},
    world::{Cause, ConfirmedBy, Diagnosis, JournalCoverage, Outage, diagnose},
};

/// Who caused the outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The operator, with a key of blackout.
    Operator,
    /// Somebody or something outside blackout.
    SomebodyElse,
    /// Not known: journals do not show it.
    Unknown,
}

/// How the cause is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseSource {
    /// The operator requested it.
    Operator,
    /// The engine's first event proves it.
    Engine,
    /// The order of the failures in the journals suggests it.
    Journals,
}

/// The cause of an outage, who acted, how that is known and how certain it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attribution {
    /// Actor that caused the outage.
    #[serde(rename = "by")]
    pub actor: Actor,
    /// How the cause is known. `None` if it is not.
    #[serde(rename = "told_by")]
    pub source: Option<CauseSource>,
    /// Confidence in the cause, from 0 to 1.
    pub confidence: f64,
    /// The cause, as a clause in the past tense.
    #[serde(rename = "what")]
    pub cause: &'static str,
    /// Evidence for the cause, and reasons to be less certain.
    pub clues: Vec<String>,
}

/// Attributes `outage` at `now`. The fault is `None` if the cause is not one that blackout can inject.
pub(super) fn of(outage: &Outage, now: Time) -> (Option<FaultAction>, Attribution) {
    let actor = match outage.confirmed_by() {
        Some(ConfirmedBy::Fault(_)) => Actor::Operator,
        Some(ConfirmedBy::Engine | ConfirmedBy::Health) => Actor::SomebodyElse,
        None => Actor::Unknown,
    };
    let certain = |fault, source| {
        let cause = Cause::Fault(fault).clause();
        (Some(fault), Attribution { actor, source: Some(source), confidence: 1.0, cause, clues: Vec::new() })
    };
    match (outage.confirmed_by(), outage.engine_fault()) {
        (Some(ConfirmedBy::Fault(fault)), _) => certain(fault, CauseSource::Operator),
        (_, Some(fault)) => certain(fault, CauseSource::Engine),
        _ => by_journals(outage, actor, now),
    }
}

fn by_journals(outage: &Outage, actor: Actor, now: Time) -> (Option<FaultAction>, Attribution) {
    let coverage = JournalCoverage { from: None, to: Some(outage.ended().unwrap_or(now)) };
    let Diagnosis { cause, confidence, clues, doubts } = diagnose(outage, coverage);
    let clues = clues
        .iter()
        .map(|clue| format!("lane {} from {}: {}", clue.lane.name(), t_plus(outage, clue.at), clue.meaning));
    let clues = clues.chain(doubts.iter().map(|doubt| format!("less certain: {doubt}"))).collect();
    let source = (cause != Cause::Unclear).then_some(CauseSource::Journals);
    (cause.fault(), Attribution { actor, source, confidence, cause: cause.clause(), clues })
}
