//! What an input contains, to correct a filter that matches no line.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use super::filter::{LineAttributes, LineFilter};
use crate::{kubelet::Moment, world::LaneId};

/// Workers whose names are kept, which bounds the memory.
const MOST_WORKERS: usize = 1_000;

/// Workers that are named in the hint.
const MOST_NAMED: usize = 8;

/// The workers, times and lanes of an input, and how many of its lines a filter has matched.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilterHint {
    /// Lines that the filter has matched.
    pub(crate) matched: u64,
    workers: BTreeSet<String>,
    /// Worker of the line before, which is nearly always that of the next.
    last_worker: String,
    /// Earliest and latest time, on the clock of the journal; `None` if no line has a time.
    span: Option<(NaiveDateTime, NaiveDateTime)>,
    lanes: BTreeSet<LaneId>,
}

impl FilterHint {
    /// Adds a line, whether the filter matches it or not.
    pub(crate) fn add(&mut self, line: &LineAttributes<'_>) {
        // journalctl's own lines (`-- Boot …`) have neither a time nor a worker
        let is_entry = line.moment.is_some() || line.control_plane;
        if is_entry && (self.last_worker != line.worker || self.workers.is_empty()) {
            line.worker.clone_into(&mut self.last_worker);
            if self.workers.len() < MOST_WORKERS && !self.workers.contains(line.worker) {
                self.workers.insert(line.worker.to_owned());
            }
        }
        if let Some(Moment { local, .. }) = line.moment {
            let (first, last) = self.span.unwrap_or((local, local));
            self.span = Some((first.min(local), last.max(local)));
        }
        self.lanes.extend(line.lanes());
    }

    /// Adds the contents of another input.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.matched += other.matched;
        self.workers.extend(other.workers);
        self.workers = std::mem::take(&mut self.workers).into_iter().take(MOST_WORKERS).collect();
        self.lanes.extend(other.lanes);
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (ours, theirs) => ours.or(theirs),
        };
    }

    /// Returns the hint for a filter that has matched no line; `None` if it has matched one, or all lines count.
    pub(crate) fn nothing_matched(&self, filter: &LineFilter) -> Option<String> {
        if filter.is_open() || self.matched > 0 {
            return None;
        }
        let mut hint = match self.workers.len() {
            0 => "the input has no line with a time or a worker".to_owned(),
            1 => format!("the only worker is {}", self.worker_names()),
            _ => format!("the workers are {}", self.worker_names()),
        };
        if let Some((first, last)) = self.span {
            let second = |at: NaiveDateTime| at.format("%Y-%m-%d %H:%M:%S").to_string();
            hint.push_str(&format!("; the lines are from {} to {}", second(first), second(last)));
        }
        if !filter.lanes.is_empty() {
            let lanes: Vec<&str> = self.lanes.iter().map(|lane| lane.name()).collect();
            hint.push_str(&match lanes.as_slice() {
                [] => "; no line is in a lane".to_owned(),
                lanes => format!("; the lanes are {}", lanes.join(", ")),
            });
        }
        Some(format!("no line matches {}: {hint}", filter.flags()))
    }

    fn worker_names(&self) -> String {
        let names: Vec<&str> = self.workers.iter().take(MOST_NAMED).map(String::as_str).collect();
        let more = match self.workers.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analyze::TimeBound,
        kubelet::{Activity, Symptom},
    };

    /// The hint of an input with one refused lease of each worker, a minute apart.
    fn hint(workers: &[&str]) -> FilterHint {
        let mut hint = FilterHint::default();
        for (minute, worker) in workers.iter().enumerate() {
            let local = format!("2024-12-28T16:{minute:02}:07").parse().unwrap();
            hint.add(&LineAttributes {
                worker,
                moment: Some(Moment { local, utc: None }),
                activity: Activity::Lease,
                symptom: Symptom::ConnectionRefused,
                control_plane: true,
            });
        }
        hint
    }

    #[test]
    fn a_filter_that_matches_nothing_is_answered_with_what_there_is() {
        let filter = LineFilter {
            workers: vec!["wroker".to_owned()],
            lanes: vec![LaneId::Dns],
            since: Some(TimeBound::parse("16:30").unwrap()),
            ..LineFilter::default()
        };
        let hint = hint(&["worker", "worker2"]).nothing_matched(&filter).unwrap();
        assert_eq!(
            hint,
            "no line matches --since, --worker wroker and --lane dns: the workers are worker, worker2; the lines are \
             from 2024-12-28 16:00:07 to 2024-12-28 16:01:07; the lanes are refused, lease"
        );
    }

    #[test]
    fn there_is_no_hint_without_a_filter_or_with_a_matched_line() {
        assert_eq!(hint(&["worker"]).nothing_matched(&LineFilter::default()), None);
        let filter = LineFilter { workers: vec!["worker".to_owned()], ..LineFilter::default() };
        let hint = FilterHint { matched: 1, ..hint(&["worker"]) };
        assert_eq!(hint.nothing_matched(&filter), None);
    }

    #[test]
    fn only_the_first_of_many_workers_are_named() {
        let names: Vec<String> = (0..30).map(|n| format!("w{n:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(hint(&names).worker_names().ends_with("w07 and 22 more"));
    }
}
