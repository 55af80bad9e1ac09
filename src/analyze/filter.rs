//! Which lines are asked for: `--since`, `--until`, `--worker`, `--lane`.
//!
//! A line without a time of its own goes with the line before it.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};

use crate::{
    kubelet::{Activity, Moment, Symptom},
    world::LaneId,
};

/// A moment as somebody writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// With its zone.
    Utc(DateTime<Utc>),
    /// On the clock of the lines.
    Local(NaiveDateTime),
    /// On the day of the first line.
    OfDay(NaiveTime),
}

impl Bound {
    /// Reads `2024-12-28 16:09:07`, with a `T`, a fraction or a zone, without seconds, without a time or without a date.
    ///
    /// # Errors
    /// What it would have to look like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(at) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
            return Ok(Self::Utc(at.to_utc()));
        }
        let spaced = text.replacen('T', " ", 1);
        let local = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(&spaced, form).ok());
        let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
        let of_day = || {
            ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok()).map(Self::OfDay)
        };
        local
            .or_else(day)
            .map(Self::Local)
            .or_else(of_day)
            .ok_or_else(|| "write it like 2024-12-28T16:09:07, 2024-12-28, 16:09 or with a zone, ...07Z".to_owned())
    }

    pub(crate) fn compare(self, moment: Moment, first: NaiveDateTime) -> std::cmp::Ordering {
        match self {
            Self::Utc(at) => moment.utc.unwrap_or_else(|| moment.local.and_utc()).cmp(&at),
            Self::Local(at) => moment.local.cmp(&at),
            Self::OfDay(time) => moment.local.cmp(&first.date().and_time(time)),
        }
    }
}

/// What is asked for; everything where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Nothing before this.
    pub since: Option<Bound>,
    /// Nothing after this.
    pub until: Option<Bound>,
    /// Only these workers.
    pub workers: Vec<String>,
    /// Only these lanes.
    pub lanes: Vec<LaneId>,
}

/// What was last decided, for the lines without a time, and the first time there was.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict {
    first: Option<NaiveDateTime>,
    outside: bool,
}

impl Filter {
    /// Whether everything is asked for.
    pub(super) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// The options that were given, for a sentence.
    pub(super) fn flags(&self) -> String {
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

    /// Whether a line is asked for.
    pub(super) fn takes(
        &self,
        verdict: &mut Verdict,
        moment: Option<Moment>,
        worker: &str,
        activity: Activity,
        symptom: Symptom,
        control_plane: bool,
    ) -> bool {
        if let Some(moment) = moment {
            let first = *verdict.first.get_or_insert(moment.local);
            let early = self.since.is_some_and(|since| since.compare(moment, first).is_lt());
            let late = self.until.is_some_and(|until| until.compare(moment, first).is_gt());
            verdict.outside = early || late;
        }
        let lane = || {
            let symptom = LaneId::of_symptom(symptom);
            let activity = LaneId::of_activity(activity);
            symptom.into_iter().chain(activity).any(|lane| self.lanes.contains(&lane))
        };
        !verdict.outside
            && (self.workers.is_empty() || self.workers.iter().any(|wanted| wanted == worker))
            && (self.lanes.is_empty() || control_plane && lane())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_read_as_people_write_it() {
        let local = |text: &str| Bound::Local(text.parse().unwrap());
        assert_eq!(Bound::parse("2024-12-28 16:09:07"), Ok(local("2024-12-28T16:09:07")));
        assert_eq!(Bound::parse("2024-12-28T16:09"), Ok(local("2024-12-28T16:09:00")));
        assert_eq!(Bound::parse("2024-12-28"), Ok(local("2024-12-28T00:00:00")));
        assert_eq!(Bound::parse("2024-12-28 17:09:07+01:00"), Ok(Bound::Utc("2024-12-28T16:09:07Z".parse().unwrap())));
        assert_eq!(Bound::parse("16:09"), Ok(Bound::OfDay(NaiveTime::from_hms_opt(16, 9, 0).unwrap())));
        assert!(Bound::parse("yesterday").unwrap_err().contains("2024-12-28T16:09:07"));
    }
}
