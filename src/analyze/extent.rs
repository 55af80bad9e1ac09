//! What an input has, whatever of it is asked for: so that a filter that leaves nothing can be corrected.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use super::filter::Filter;
use crate::{
    kubelet::{Activity, Moment, Symptom},
    world::LaneId,
};

/// Workers whose names are kept.
const WORKERS: usize = 1_000;

/// Workers that are named in a sentence.
const NAMED: usize = 8;

/// The workers, times and lanes of an input.
#[derive(Clone, Debug, Default)]
pub(super) struct Extent {
    /// Lines that the filter took.
    pub(super) taken: u64,
    workers: BTreeSet<String>,
    /// The worker of the line before: nearly always that of this one.
    last: String,
    /// The first and the last time, on the clock of the lines.
    reach: Option<(NaiveDateTime, NaiveDateTime)>,
    lanes: BTreeSet<LaneId>,
}

impl Extent {
    /// Adds a line, before it is filtered.
    pub(super) fn add(
        &mut self,
        worker: &str,
        moment: Option<Moment>,
        activity: Activity,
        symptom: Symptom,
        control_plane: bool,
    ) {
        // what journalctl says of itself has neither time nor worker
        let is_entry = moment.is_some() || control_plane;
        if is_entry && (self.last != worker || self.workers.is_empty()) {
            worker.clone_into(&mut self.last);
            if self.workers.len() < WORKERS && !self.workers.contains(worker) {
                self.workers.insert(worker.to_owned());
            }
        }
        if let Some(Moment { local, .. }) = moment {
            let (first, last) = self.reach.unwrap_or((local, local));
            self.reach = Some((first.min(local), last.max(local)));
        }
        if control_plane {
            self.lanes.extend(LaneId::of_symptom(symptom).into_iter().chain(LaneId::of_activity(activity)));
        }
    }

    /// Adds another input.
    pub(super) fn absorb(&mut self, other: Self) {
        self.taken += other.taken;
        self.workers.extend(other.workers);
        self.workers = std::mem::take(&mut self.workers).into_iter().take(WORKERS).collect();
        self.lanes.extend(other.lanes);
        self.reach = match (self.reach, other.reach) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (ours, theirs) => ours.or(theirs),
        };
    }

    /// Returns what to say to a person whose filter left nothing; `None` if it left a line, or there is no filter.
    pub(super) fn nothing_left(&self, filter: &Filter) -> Option<String> {
        if filter.is_open() || self.taken > 0 {
            return None;
        }
        let mut there = match self.workers.len() {
            0 => "there is no line at all".to_owned(),
            1 => format!("the only worker is {}", self.named()),
            _ => format!("the workers are {}", self.named()),
        };
        if let Some((first, last)) = self.reach {
            let second = |at: NaiveDateTime| at.format("%Y-%m-%d %H:%M:%S").to_string();
            there.push_str(&format!("; the lines reach from {} to {}", second(first), second(last)));
        }
        if !filter.lanes.is_empty() {
            let lanes: Vec<&str> = self.lanes.iter().map(|lane| lane.name()).collect();
            there.push_str(&match lanes.as_slice() {
                [] => "; none of them is in a lane".to_owned(),
                lanes => format!("; the lanes are {}", lanes.join(", ")),
            });
        }
        Some(format!("no line is left after {}: {there}", filter.flags()))
    }

    fn named(&self) -> String {
        let names: Vec<&str> = self.workers.iter().take(NAMED).map(String::as_str).collect();
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

    fn extent(workers: &[&str]) -> Extent {
        let mut extent = Extent::default();
        for (minute, worker) in workers.iter().enumerate() {
            let local = format!("2024-12-28T16:{minute:02}:07").parse().unwrap();
            let moment = Some(Moment { local, utc: None });
            extent.add(worker, moment, Activity::Lease, Symptom::ConnectionRefused, true);
        }
        extent
    }

    #[test]
    fn a_filter_that_leaves_nothing_is_told_what_there_is() {
        let filter = Filter {
            workers: vec!["wroker".to_owned()],
            lanes: vec![LaneId::Dns],
            since: Some(crate::analyze::Bound::parse("16:30").unwrap()),
            ..Filter::default()
        };
        let said = extent(&["worker", "worker2"]).nothing_left(&filter).unwrap();
        assert_eq!(
            said,
            "no line is left after --since, --worker wroker and --lane dns: the workers are worker, worker2; the lines \
             reach from 2024-12-28 16:00:07 to 2024-12-28 16:01:07; the lanes are refused, lease"
        );
    }

    #[test]
    fn nothing_is_said_without_a_filter_or_with_a_line_left() {
        assert_eq!(extent(&["worker"]).nothing_left(&Filter::default()), None);
        let filter = Filter { workers: vec!["worker".to_owned()], ..Filter::default() };
        let extent = Extent { taken: 1, ..extent(&["worker"]) };
        assert_eq!(extent.nothing_left(&filter), None);
    }

    #[test]
    fn of_many_workers_the_first_are_named() {
        let names: Vec<String> = (0..30).map(|n| format!("w{n:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(extent(&names).named().ends_with("w07 and 22 more"));
    }
}
