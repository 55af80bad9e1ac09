//! The outage that a journal line belongs to, by the time at which the kubelet wrote it.
//!
//! A pure decision: lines arrive late (a worker sends the end of its journal first), so the outage under way is not
//! always the right one. Nothing is changed here; `outages` acts on the answer.

use std::sync::Arc;

use super::{
    record::Outage,
    timing::{JOURNAL_GAP, SLACK},
};
use crate::observation::Time;

/// The outage that a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineOwner {
    /// The outage under way.
    Current,
    /// A new outage, which begins with the line. A suspected outage under way has subsided before it.
    New,
    /// The past outage with this index.
    Past(usize),
    /// No known outage, and older than the newest: an outage that was over when the line arrived.
    NewPast,
}

/// Returns the owner of a line that was written at `when`. `past` holds the outages that are over, oldest first.
pub(super) fn line_owner(when: Time, current: Option<&Outage>, past: &[Arc<Outage>]) -> LineOwner {
    match current {
        Some(outage) if outage.is_suspected() => {
            if when - outage.last_line() > JOURNAL_GAP {
                LineOwner::New
            } else if outage.began - when > JOURNAL_GAP {
                past_owner(when, past)
            } else {
                LineOwner::Current
            }
        }
        Some(outage) if when < outage.began - SLACK => past_owner(when, past),
        Some(_) => LineOwner::Current,
        None if past.last().and_then(|last| last.ended()).is_some_and(|end| when <= end + SLACK) => {
            past_owner(when, past)
        }
        None => LineOwner::New,
    }
}

fn past_owner(when: Time, past: &[Arc<Outage>]) -> LineOwner {
    let holds = |outage: &Arc<Outage>| {
        let end = outage.ended().unwrap_or(outage.began);
        when >= outage.began - JOURNAL_GAP && when <= end + JOURNAL_GAP
    };
    past.iter().rposition(holds).map_or(LineOwner::NewPast, LineOwner::Past)
}
