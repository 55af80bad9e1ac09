//! Moves times from outside into the valid range.
//!
//! Runs where a fact enters the program (the feed and the tape reader), so that arithmetic on the times of a stamped
//! observation can't overflow: chrono's range ends 250,000 years after [`LATEST`].

use super::{
    api_probe::LeaderOutcome,
    fact::Observation,
    time::{EARLIEST, LATEST, is_in_range},
};

impl Observation {
    /// Moves a time outside [`YEARS`](super::YEARS) to the nearest valid one. Returns whether there was one.
    pub fn clamp_times(&mut self) -> bool {
        let time = match self {
            Self::Container(state) => state.since.as_mut(),
            Self::EngineEvent(event) => Some(&mut event.happened),
            Self::Node(fact) => fact.since.as_mut(),
            Self::Lease { renewed, .. } => Some(renewed),
            Self::Leader(leader) => match &mut leader.outcome {
                LeaderOutcome::Renewed(renewed) => Some(renewed),
                LeaderOutcome::Status(_) => None,
            },
            Self::Cluster(_)
            | Self::Journal(_)
            | Self::JournalDropped { .. }
            | Self::Pod(_)
            | Self::Gone { .. }
            | Self::Listed(_)
            | Self::Health(_)
            | Self::Write(_)
            | Self::Runtime(_)
            | Self::Traffic(_)
            | Self::Source(_)
            | Self::Operator(_)
            | Self::TimeJump(_)
            | Self::Mark { .. } => None,
        };
        let invalid = time.filter(|time| !is_in_range(**time));
        invalid.map(|time| *time = (*time).clamp(EARLIEST, LATEST)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{EngineAction, EngineEvent, NodeRole, Time};

    fn event(happened: Time) -> Observation {
        Observation::EngineEvent(EngineEvent {
            node: "demo-control-plane".to_owned(),
            role: NodeRole::ControlPlane,
            action: EngineAction::Die,
            happened,
            signal: None,
            exit_code: None,
        })
    }

    #[test]
    fn a_time_outside_the_range_moves_to_the_nearest_end() {
        for (time, end) in [(Time::MIN_UTC, EARLIEST), (Time::MAX_UTC, LATEST)] {
            let mut outside = event(time);
            assert!(outside.clamp_times());
            assert_eq!(outside, event(end));
            assert!(!outside.clamp_times());
        }
        assert_eq!(LATEST.to_rfc3339(), "9999-12-31T23:59:59.999+00:00");
    }
}
