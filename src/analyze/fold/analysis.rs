//! All inputs together: outages, workers, and totals.
//!
//! The order of the files, their number, and lines of several workers in one file make no difference, but that times
//! are shown in the first time zone that a file names.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use chrono::{FixedOffset, NaiveDateTime, Offset as _, Utc};

use super::{
    excerpt::Excerpt,
    input_summary::InputSummary,
    outages::{DiagnosedOutage, WorkerOutage, join_and_diagnose},
};
use crate::{
    kubelet::{Activity, VersionClues},
    observation::Time,
    world::{Cause, JournalCoverage, Outage},
};

/// The analysis of all inputs.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// Lines in journal inputs that pass the filter.
    pub(crate) lines: u64,
    /// Lines about the control plane.
    pub(crate) control_plane: u64,
    /// Lines about the control plane, without those that repeat a failure.
    pub(crate) failures: u64,
    /// Earliest and latest time of any line; `None` if no line has one.
    pub(crate) span: Option<(Time, Time)>,
    /// Outages of all workers, oldest first.
    pub(crate) outages: Vec<DiagnosedOutage>,
    /// The oldest outages, merged because only a limited number is kept. `None` if all are in `outages`.
    pub(crate) dropped: Option<Outage>,
    /// Number of the outages in `dropped`.
    pub(crate) dropped_count: u64,
    /// Workers, with the clues to their versions.
    pub(crate) workers: BTreeMap<Arc<str>, VersionClues>,
    /// Lines that report a problem unrelated to the control plane, by activity, most lines first.
    pub(crate) other_problems: Vec<(Activity, u64)>,
    /// Zone of the times that are shown: the first that a line names, else UTC.
    zone: Option<FixedOffset>,
}

impl Analysis {
    /// Analyzes the inputs together.
    pub(crate) fn of(summaries: Vec<InputSummary>) -> Self {
        let mut analysis = Self {
            zone: summaries.iter().find_map(|summary| summary.zone),
            other_problems: other_problems(&summaries),
            ..Self::default()
        };
        let mut parts: Vec<WorkerOutage> = Vec::new();
        let mut excerpts: Vec<Excerpt> = Vec::new();
        for summary in summaries {
            analysis.add_counts(&summary);
            let coverage =
                JournalCoverage { from: summary.span.map(|(first, _)| first), to: summary.span.map(|(_, last)| last) };
            excerpts.extend(summary.excerpts);
            for worker in summary.workers {
                analysis.add_version(&worker.name, &worker.version);
                if let Some(sum) = worker.outages.dropped_sum() {
                    analysis.add_dropped(sum, worker.outages.dropped());
                }
                parts.extend(worker.outages.iter().map(|outage| WorkerOutage::new(outage, coverage)));
            }
        }
        analysis.outages = join_and_diagnose(parts, &excerpts);
        analysis
    }

    fn add_counts(&mut self, summary: &InputSummary) {
        self.lines += summary.lines;
        self.control_plane += summary.control_plane;
        self.failures += summary.failures;
        if let Some((first, last)) = summary.span {
            let (from, to) = self.span.unwrap_or((first, last));
            self.span = Some((from.min(first), to.max(last)));
        }
    }

    fn add_version(&mut self, worker: &Arc<str>, version: &VersionClues) {
        let known = self.workers.entry(Arc::clone(worker)).or_default();
        if let Some(minors) = version.minors() {
            known.add_clue(minors);
        }
    }

    fn add_dropped(&mut self, sum: &Outage, count: u64) {
        self.dropped_count += count;
        match &mut self.dropped {
            Some(all) => all.absorb(sum),
            None => self.dropped = Some(sum.clone()),
        }
    }

    /// Converts a time to the journals' time zone.
    pub(crate) fn local(&self, time: Time) -> NaiveDateTime {
        time.with_timezone(&self.zone.unwrap_or(Utc.fix())).naive_local()
    }

    /// Merges all outages into one. `None` if there is none.
    pub(crate) fn sum(&self) -> Option<Outage> {
        let mut outages = self.dropped.iter().chain(self.outages.iter().map(|diagnosed| &diagnosed.outage));
        let mut sum = outages.next()?.clone();
        outages.for_each(|outage| sum.absorb(outage));
        Some(sum)
    }

    /// The most likely cause across the kept outages, weighted by line count, and its confidence (0 to 1, two
    /// decimals).
    pub(crate) fn cause(&self) -> (Cause, f64) {
        let mut weights: Vec<(Cause, f64)> = Vec::new();
        let mut lines = 0.0;
        for diagnosed in &self.outages {
            let (outage_lines, diagnosis) = (diagnosed.outage.lines as f64, &diagnosed.diagnosis);
            lines += outage_lines;
            let weight = outage_lines * diagnosis.confidence;
            match weights.iter_mut().find(|(cause, _)| *cause == diagnosis.cause) {
                Some((_, sum)) => *sum += weight,
                None => weights.push((diagnosis.cause, weight)),
            }
        }
        let heaviest = weights.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let confidence = |weight: f64| (weight / lines.max(1.0) * 100.0).round() / 100.0;
        heaviest.map_or((Cause::Unclear, 0.0), |(cause, weight)| (cause, confidence(weight)))
    }
}

/// Adds up the other problems of all inputs.
fn other_problems(summaries: &[InputSummary]) -> Vec<(Activity, u64)> {
    let count = |activity: Activity| summaries.iter().map(|summary| summary.other_problems[activity as usize]).sum();
    let counts = Activity::ALL.into_iter().map(|activity| (activity, count(activity)));
    let mut counts: Vec<(Activity, u64)> = counts.filter(|(_, count)| *count > 0).collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts
}
