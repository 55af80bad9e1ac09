//! The last line of a session: how long the API server was down, and where tape and report are.

use std::path::PathBuf;

use crate::{clock::Clock, observation::Time, tape::RecordError, units, world::World};

/// Summary of a session.
#[derive(Debug)]
pub(in crate::session) struct SessionSummary {
    /// `None` if the API server was up all the time.
    pub(in crate::session) downtime: Option<ApiDowntime>,
    /// Directory of the last report that was written by key. `None` if none was.
    pub(in crate::session) report: Option<PathBuf>,
}

/// Number of outages of the API server in a session, and the duration of the last one.
#[derive(Debug)]
pub(in crate::session) struct ApiDowntime {
    outages: usize,
    /// First failed check of the last outage.
    failed: Time,
    /// Time at which `/readyz` answered 200 again. `None` if the session ended before that.
    ready: Option<Time>,
    clock: Clock,
}

impl SessionSummary {
    /// Notes that the guard has brought the control plane back after the session.
    pub(super) fn note_restored(&mut self) {
        if let Some(downtime) = &mut self.downtime {
            let now = downtime.clock.now();
            downtime.ready.get_or_insert(now);
        }
    }

    /// Returns the line for a person. `tape` is the path of the tape, or why it is not whole.
    pub(super) fn sentence(&self, tape: Option<Result<PathBuf, RecordError>>) -> String {
        let mut line = match &self.downtime {
            Some(downtime) => downtime.sentence(),
            None => "The API server was up all the time.".to_owned(),
        };
        match tape {
            Some(Ok(path)) => line.push_str(&format!(" Tape: {}.", path.display())),
            Some(Err(error)) => line.push_str(&format!(" {error}.")),
            None => {}
        }
        if let Some(report) = &self.report {
            line.push_str(&format!(" Report: {}.", report.display()));
        }
        line
    }
}

impl ApiDowntime {
    /// Counts the outages of `world`. `None` if the API server was up all the time.
    pub(in crate::session) fn of(world: &World, clock: Clock) -> Option<Self> {
        let outages: Vec<_> =
            world.outages.iter().filter_map(|outage| Some((outage, outage.steps().first_failed_check?))).collect();
        let (last, failed) = *outages.last()?;
        let ready = last.api_down().map(|down| failed + down).or(last.ended());
        Some(Self { outages: outages.len(), failed, ready, clock })
    }

    fn sentence(&self) -> String {
        let duration = units::duration(self.ready.unwrap_or_else(|| self.clock.now()) - self.failed);
        let verb = if self.ready.is_some() { "was down for" } else { "has been down for" };
        match self.outages {
            1 => format!("The API server {verb} {duration}."),
            count => format!("{count} outages; in the last one the API server {verb} {duration}."),
        }
    }
}
