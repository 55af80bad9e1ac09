//! What all inputs together tell: the outages, each with what every worker said of it, and the sums.
//!
//! Each worker's outages are found by themselves (`ledger.rs`); those that lie close together in time are one. So the order of files, the number
//! of files, and lines of several workers in one file make no difference.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{Duration, FixedOffset, NaiveDateTime, Offset as _, Utc};

use super::ledger::{Excerpt, Ledger};
use crate::{
    kubelet::{Activity, VersionClues},
    observation::Time,
    world::{Cause, Diagnosis, JournalCoverage, LaneId, Outage, RetryLoop, diagnose, outage::JOURNAL_GAP},
};

/// Every heartbeat that fails at once speaks within this time; a journal that goes on longer in silence has seen the end.
const HEARTBEATS: Duration = Duration::seconds(12);

/// The same where each try waits 10 s for its answer.
const SLOW_HEARTBEATS: Duration = Duration::seconds(30);

/// One outage.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) outage: Outage,
    pub(super) signature: Diagnosis,
    /// The journal ends before the outage does.
    pub(super) open: bool,
    /// From when to when the journals that tell of it reach.
    pub(super) reach: JournalCoverage,
    /// The first line of each symptom.
    pub(super) excerpts: Vec<Excerpt>,
}

/// What all inputs tell.
#[derive(Debug)]
pub(super) struct Story {
    /// Lines, without those that no input has shown to be of a kubelet.
    pub(super) lines: u64,
    pub(super) control_plane: u64,
    pub(super) failures: u64,
    /// The first and the last line of any kind.
    pub(super) reach: Option<(Time, Time)>,
    /// Oldest first.
    pub(super) outages: Vec<Told>,
    /// What outages come to that were too many to be kept.
    pub(super) forgotten: Option<Outage>,
    /// How many those are.
    pub(super) forgotten_count: u64,
    /// Every worker that was heard, and the version that its lines betray.
    pub(super) workers: BTreeMap<Arc<str>, VersionClues>,
    /// Lines about another trouble, by activity.
    pub(super) asides: Vec<(Activity, u64)>,
    /// The zone that times are shown in: that of the lines.
    pub(super) zone: FixedOffset,
}

/// A worker's part in an outage.
struct Part {
    outage: Outage,
    open: bool,
    reach: JournalCoverage,
}

impl Story {
    /// What the ledgers tell together.
    pub(super) fn of(ledgers: Vec<Ledger>) -> Self {
        let mut story = Self {
            lines: 0,
            control_plane: 0,
            failures: 0,
            reach: None,
            outages: Vec::new(),
            forgotten: None,
            forgotten_count: 0,
            workers: BTreeMap::new(),
            asides: Vec::new(),
            zone: Utc.fix(),
        };
        let mut asides = [0; Activity::ALL.len()];
        let mut parts = Vec::new();
        let mut excerpts = Vec::new();
        story.zone = ledgers.iter().find_map(|ledger| ledger.zone).unwrap_or(Utc.fix());
        for mut ledger in ledgers {
            story.lines += ledger.lines;
            story.control_plane += ledger.control_plane;
            story.failures += ledger.failures;
            if let Some((first, last)) = ledger.reach {
                let (from, to) = story.reach.unwrap_or((first, last));
                story.reach = Some((from.min(first), to.max(last)));
            }
            for (sum, count) in asides.iter_mut().zip(ledger.asides) {
                *sum += count;
            }
            excerpts.extend(ledger.excerpts.drain(..));
            story.workers(ledger, &mut parts);
        }
        story.asides = Activity::ALL.into_iter().zip(asides).filter(|(_, count)| *count > 0).collect();
        story.asides.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        story.outages = join(parts).into_iter().map(|part| told(part, &excerpts)).collect();
        story
    }

    fn workers(&mut self, ledger: Ledger, parts: &mut Vec<Part>) {
        let reach =
            JournalCoverage { from: ledger.reach.map(|(first, _)| first), to: ledger.reach.map(|(_, last)| last) };
        for worker in ledger.workers {
            let known = self.workers.entry(Arc::clone(&worker.name)).or_default();
            if let Some(minors) = worker.clues.minors() {
                known.add_clue(minors);
            }
            if let Some(forgotten) = worker.outages.forgotten_sum() {
                self.forgotten_count += worker.outages.forgotten();
                match &mut self.forgotten {
                    Some(sum) => sum.absorb(forgotten),
                    None => self.forgotten = Some(forgotten.clone()),
                }
            }
            for outage in worker.outages.iter() {
                let silence = reach.to.map(|to| to - outage.last_line());
                parts.push(Part {
                    outage: outage.clone(),
                    open: silence.is_some_and(|silence| silence < heartbeats(outage)),
                    reach,
                });
            }
        }
    }

    /// A time on the clock of the lines.
    pub(super) fn local(&self, at: Time) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }

    /// What all outages come to.
    pub(super) fn sum(&self) -> Option<Outage> {
        let mut all = self.forgotten.iter().chain(self.outages.iter().map(|told| &told.outage));
        let mut sum = all.next()?.clone();
        all.for_each(|outage| sum.absorb(outage));
        Some(sum)
    }

    /// What all outages suggest together, each with the weight of its lines: the fault, and how sure that is.
    pub(super) fn cause(&self) -> (Cause, f64) {
        let mut causes: Vec<(Cause, f64)> = Vec::new();
        let mut all = 0.0;
        for told in &self.outages {
            let lines = told.outage.lines as f64;
            all += lines;
            let weight = lines * told.signature.confidence;
            match causes.iter_mut().find(|(cause, _)| *cause == told.signature.cause) {
                Some((_, sum)) => *sum += weight,
                None => causes.push((told.signature.cause, weight)),
            }
        }
        let most = causes.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
        most.map_or((Cause::Unclear, 0.0), |(cause, weight)| (cause, (weight / all * 100.0).round() / 100.0))
    }
}

/// How long the heartbeats can be silent at the end of an outage that goes on.
fn heartbeats(outage: &Outage) -> Duration {
    let late = |lane| outage.lanes.get(lane).is_some_and(|lane| outage.last_line() - lane.span.last < SLOW_HEARTBEATS);
    if late(LaneId::Timeout) || late(LaneId::Lost) { SLOW_HEARTBEATS } else { HEARTBEATS }
}

/// Joins parts that lie within [`JOURNAL_GAP`] of each other.
fn join(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_by_key(|part| (part.outage.began, part.outage.last_line()));
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if part.outage.began - last.outage.last_line() <= JOURNAL_GAP => {
                // whoever was heard last knows whether it is over
                let (ours, theirs) = (last.outage.last_line(), part.outage.last_line());
                last.open = if ours < theirs || (ours == theirs && part.open) { part.open } else { last.open };
                last.outage.absorb(&part.outage);
                last.reach = JournalCoverage {
                    from: last.reach.from.into_iter().chain(part.reach.from).min(),
                    to: last.reach.to.max(part.reach.to),
                };
            }
            _ => joined.push(part),
        }
    }
    joined
}

fn told(part: Part, excerpts: &[Excerpt]) -> Told {
    let Part { mut outage, open, reach } = part;
    outage.ended = (!open).then(|| outage.last_line());
    let signature = diagnose(&outage, reach);
    let first = |lane: LaneId| {
        let at = outage.lanes.get(lane)?.span.first;
        excerpts.iter().find(|excerpt| excerpt.lane == lane && excerpt.at == at).cloned()
    };
    let excerpts = signature.clues.iter().filter_map(|clue| first(clue.lane)).collect();
    Told { outage, signature, open, reach, excerpts }
}

/// The gaps of a loop in seconds.
pub(super) fn gaps(retries: &RetryLoop) -> impl Iterator<Item = f64> {
    retries.gaps.iter().map(|gap| gap.num_milliseconds() as f64 / 1000.0)
}
