//! What was done to the control plane and by whom: as the operator's key, the engine's events, or the journals have it.

use serde::Serialize;

use crate::{
    observation::{FaultAction, Time},
    world::{Cause, DetectedBy, Diagnosis, JournalCoverage, Outage, diagnose},
};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The operator, with a key.
    Operator,
    /// Somebody or something else.
    SomebodyElse,
    /// A journal alone does not tell.
    Unknown,
}

/// Who says what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseSource {
    /// The operator asked for it.
    Operator,
    /// The engine's first event.
    Engine,
    /// The order of the failures in the journals: a guess.
    Journals,
}

/// How sure it is what was done, and who did it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attribution {
    /// Who did it.
    pub by: Actor,
    /// Who says so; nothing where nobody can say.
    pub told_by: Option<CauseSource>,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// What happened, for a person.
    pub what: &'static str,
    /// What speaks for it, and what makes it less sure.
    pub clues: Vec<String>,
}

pub(super) fn of(outage: &Outage, now: Time) -> (Option<FaultAction>, Attribution) {
    let by = match outage.detected_by {
        DetectedBy::Fault(_) => Actor::Operator,
        DetectedBy::Engine | DetectedBy::Health => Actor::SomebodyElse,
        DetectedBy::Journal => Actor::Unknown,
    };
    let certain = |deed, told_by| {
        let what = Cause::Fault(deed).says();
        (Some(deed), Attribution { by, told_by: Some(told_by), confidence: 1.0, what, clues: Vec::new() })
    };
    match (outage.detected_by, outage.engine_says) {
        (DetectedBy::Fault(deed), _) => certain(deed, CauseSource::Operator),
        (_, Some(deed)) => certain(deed, CauseSource::Engine),
        _ => {
            let until = outage.ended.unwrap_or(now);
            let Diagnosis { cause, confidence, clues, doubts } =
                diagnose(outage, JournalCoverage { from: None, to: Some(until) });
            let clues = clues.iter().map(|clue| {
                let t = super::seconds(clue.at - outage.began);
                format!("lane {} from T{t:+.1} s: {}", clue.lane.name(), clue.tells)
            });
            let clues = clues.chain(doubts.iter().map(|doubt| format!("less sure: {doubt}"))).collect();
            let told_by = (cause != Cause::Unclear).then_some(CauseSource::Journals);
            (cause.fault(), Attribution { by, told_by, confidence, what: cause.says(), clues })
        }
    }
}
