//! Which lines count: `--since`, `--until`, `--worker`, `--lane`.
//!
//! A line without a time of its own is inside or outside of the times as the line before it is.

use chrono::NaiveDateTime;

use super::time_bound::TimeBound;
use crate::{
    kubelet::{Activity, Moment, Symptom},
    world::LaneId,
};

/// Which lines count; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineFilter {
    /// No line before this time; `None` for no limit.
    pub since: Option<TimeBound>,
    /// No line after this time; `None` for no limit.
    pub until: Option<TimeBound>,
    /// Only lines of these workers; empty for all.
    pub workers: Vec<String>,
    /// Only lines in one of these lanes; empty for all.
    pub lanes: Vec<LaneId>,
}

/// The attributes of a line that a filter looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineAttributes<'a> {
    pub(crate) worker: &'a str,
    /// Time of the line; `None` if it has none.
    pub(crate) moment: Option<Moment>,
    pub(crate) activity: Activity,
    pub(crate) symptom: Symptom,
    /// Whether the line is about the control plane: only then is it in a lane.
    pub(crate) control_plane: bool,
}

impl LineAttributes<'_> {
    /// Iterates over the lanes of the line: at most one of its symptom and one of its activity.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = LaneId> + use<> {
        let lanes = (LaneId::of_symptom(self.symptom), LaneId::of_activity(self.activity));
        let (symptom, activity) = if self.control_plane { lanes } else { (None, None) };
        symptom.into_iter().chain(activity)
    }
}

/// The state of a filter between two lines of one input.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FilterState {
    /// Time of the first line that has one; `None` before it.
    first: Option<NaiveDateTime>,
    /// Whether the last line that has a time is before `since` or after `until`.
    is_outside: bool,
}

impl LineFilter {
    /// Whether all lines count.
    pub(crate) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the options that were given, as a list in a sentence.
    pub(crate) fn flags(&self) -> String {
        let mut flags = Vec::new();
        flags.extend(self.since.map(|_bound| "--since".to_owned()));
        flags.extend(self.until.map(|_bound| "--until".to_owned()));
        flags.extend(self.workers.iter().map(|worker| format!("--worker {worker}")));
        flags.extend(self.lanes.iter().map(|lane| format!("--lane {}", lane.name())));
        match flags.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => flags.concat(),
        }
    }

    /// Whether a line counts. Lines are asked for in their order.
    pub(crate) fn matches(&self, state: &mut FilterState, line: &LineAttributes<'_>) -> bool {
        if let Some(moment) = line.moment {
            let first = *state.first.get_or_insert(moment.local);
            let is_early = self.since.is_some_and(|since| since.compare(moment, first).is_lt());
            let is_late = self.until.is_some_and(|until| until.compare(moment, first).is_gt());
            state.is_outside = is_early || is_late;
        }
        !state.is_outside
            && (self.workers.is_empty() || self.workers.iter().any(|wanted| wanted == line.worker))
            && (self.lanes.is_empty() || line.lanes().any(|lane| self.lanes.contains(&lane)))
    }
}
