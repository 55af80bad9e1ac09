//! Everything that is kept of one input: counts, times, and the outages of each worker.
//!
//! Hits come in the order of their lines. Each worker has its own list of outages, so that the silence of one ends no
//! outage of another and the order of the files does not matter; `analysis` joins them. Only hits count, so how the
//! input was cut into chunks does not show here.

use std::sync::Arc;

use chrono::{FixedOffset, Offset as _, Utc};

use super::{
    excerpt::Excerpts,
    filter::{FilterState, LineAttributes, LineFilter},
    filter_hint::FilterHint,
    worker_state::WorkerStates,
};
use crate::{
    analyze::scan::{
        chunk_summary::{ChunkSummary, LineHit, entry_after_zeros},
        kinds::KindInterner,
    },
    kubelet::{Activity, Moment, TimeResolver, YearHint},
    observation::Time,
};

/// A summary of one input.
#[derive(Debug)]
pub(crate) struct InputSummary {
    /// Lines that pass the filter.
    pub(crate) lines: u64,
    /// Lines about the control plane.
    pub(crate) control_plane: u64,
    /// Lines about the control plane, without those that repeat a failure.
    pub(crate) failures: u64,
    /// Lines that report another problem, by activity.
    pub(crate) other_problems: [u64; Activity::ALL.len()],
    pub(crate) workers: WorkerStates,
    pub(crate) excerpts: Excerpts,
    /// Earliest and latest time of any line that was parsed; `None` if none has a time.
    pub(crate) span: Option<(Time, Time)>,
    /// First zone that a line names; `None` if no line names one.
    pub(crate) zone: Option<FixedOffset>,
    pub(crate) is_journal: bool,
    /// What the input contains; only filled if there is a filter.
    pub(crate) filter_hint: FilterHint,
    /// Worker of the lines that name no host.
    fallback: Arc<str>,
    /// Index of the worker of the line before; `None` before the first line that names one.
    current_worker: Option<usize>,
    /// Lines of the chunks before the current one.
    lines_before: u64,
    time_resolver: TimeResolver,
    filter_state: FilterState,
}

impl InputSummary {
    pub(crate) fn new(hint: YearHint, fallback: Arc<str>) -> Self {
        Self {
            lines: 0,
            control_plane: 0,
            failures: 0,
            other_problems: [0; Activity::ALL.len()],
            workers: WorkerStates::default(),
            excerpts: Excerpts::default(),
            span: None,
            zone: None,
            is_journal: false,
            filter_hint: FilterHint::default(),
            fallback,
            current_worker: None,
            lines_before: 0,
            time_resolver: TimeResolver::new(hint),
            filter_state: FilterState::default(),
        }
    }

    /// Returns the number of lines read so far, whether they count or not.
    pub(crate) fn lines_read(&self) -> u64 {
        self.lines_before
    }

    /// Folds the next chunk; `bytes` are its lines.
    pub(crate) fn fold(&mut self, chunk: &ChunkSummary, bytes: &[u8], filter: &LineFilter, interner: &KindInterner) {
        self.is_journal |= chunk.is_journal;
        let filter = Some(filter).filter(|filter| !filter.is_open());
        if filter.is_none() {
            self.lines += chunk.lines;
        }
        let mut workers: Vec<Option<usize>> = vec![None; chunk.hosts.len()];
        for hit in &chunk.hits {
            if let Some(host) = hit.host {
                let host = host as usize;
                let worker = *workers[host].get_or_insert_with(|| self.workers.index_of(&chunk.hosts[host]));
                self.current_worker = Some(worker);
            }
            self.fold_hit(hit, bytes, filter, interner);
        }
        self.lines_before += chunk.lines;
    }

    fn fold_hit(&mut self, hit: &LineHit, bytes: &[u8], filter: Option<&LineFilter>, interner: &KindInterner) {
        let moment = self.time_resolver.resolve(hit.timestamp.as_ref(), hit.record_time);
        if self.zone.is_none() {
            self.zone = zone(hit, moment);
        }
        if let Some(filter) = filter
            && !self.passes(filter, hit, moment, interner)
        {
            return;
        }
        let time = moment.map(|moment| moment.utc.unwrap_or_else(|| moment.local.and_utc()));
        if let Some(time) = time {
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
        }
        if hit.facts.traits.control_plane {
            self.fold_control_plane(hit, time, bytes, interner);
        } else {
            self.fold_other(hit);
        }
    }

    /// Whether a hit passes the filter. Counts it if it does.
    fn passes(&mut self, filter: &LineFilter, hit: &LineHit, moment: Option<Moment>, interner: &KindInterner) -> bool {
        let kind = interner.get(hit.facts.kind);
        let line = LineAttributes {
            worker: self.current_worker.map_or(&*self.fallback, |index| self.workers.name(index)),
            moment,
            activity: kind.activity,
            symptom: kind.symptom,
            control_plane: kind.control_plane,
        };
        self.filter_hint.add(&line);
        let passes = filter.matches(&mut self.filter_state, &line);
        self.lines += u64::from(passes);
        self.filter_hint.matched += u64::from(passes);
        passes
    }

    /// Folds a line that is not about the control plane.
    fn fold_other(&mut self, hit: &LineHit) {
        if hit.is_candidate && hit.facts.is_problem {
            self.other_problems[hit.facts.activity as usize] += 1;
        }
        if let Some((minors, worker)) = hit.facts.minor_versions.zip(self.current_worker) {
            self.workers.get_mut(worker).version.add_clue(minors);
        }
    }

    /// Folds a line about the control plane. A line before any with a time counts, and is in no outage.
    fn fold_control_plane(&mut self, hit: &LineHit, time: Option<Time>, bytes: &[u8], interner: &KindInterner) {
        let index = self.current_worker.unwrap_or_else(|| self.workers.index_of(&self.fallback));
        self.current_worker = Some(index);
        let worker = self.workers.get_mut(index);
        let is_duplicate = worker.is_duplicate(hit);
        self.control_plane += 1;
        self.failures += u64::from(!is_duplicate);
        if let Some(minors) = hit.facts.minor_versions {
            worker.version.add_clue(minors);
        }
        let Some(time) = time.or(self.span.map(|(_, last)| last)) else { return };
        if let Some(lane) = worker.fold(time, is_duplicate, hit.facts.kind, interner) {
            let line = self.lines_before + u64::from(hit.line_index) + 1;
            let entry = entry_after_zeros(&bytes[hit.range.clone()]);
            self.excerpts.add(time, &worker.name, lane, line, &entry.message);
        }
    }
}

/// Returns the zone that a line names, as the offset between its two times; `None` if it names none.
fn zone(hit: &LineHit, moment: Option<Moment>) -> Option<FixedOffset> {
    let (local, utc) = (moment?.local, moment?.utc?);
    hit.timestamp?.offset?;
    let seconds_east = (local - utc.naive_utc()).num_seconds();
    FixedOffset::east_opt(seconds_east as i32).or(Some(Utc.fix()))
}
