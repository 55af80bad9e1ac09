//! Folds a run and collects its story: after each observation, and once a second of the run's own time, since freshness
//! and phases also change by time alone.

use chrono::Duration;

use super::{change::StoryLine, tracker::ChangeTracker};
use crate::{
    observation::{Stamped, Time},
    world::World,
};

/// Time between two comparisons without an observation.
const TICK: Duration = Duration::seconds(1);

/// Ticks after which a silence brings no further change: the slowest change by time alone takes three minutes
/// (`STARTING` in `world/cluster/control_plane.rs`), here with a margin of more than three.
const LONGEST_SILENCE: u32 = 600;

/// Builds the story of a run while its world is folded.
#[derive(Debug)]
pub struct StoryBuilder {
    tracker: ChangeTracker,
    next_tick: Time,
}

impl StoryBuilder {
    /// The story of a run that began at `started`.
    pub fn new(started: Time) -> Self {
        Self { tracker: ChangeTracker::default(), next_tick: started + TICK }
    }

    /// Applies one observation to the world and returns the changes, with those of the time before it.
    pub fn take(&mut self, world: &mut World, stamped: &Stamped) -> Vec<StoryLine> {
        let mut lines = self.pass(world, stamped.at);
        world.take(stamped);
        lines.extend(self.tracker.changes(world, world.now));
        lines
    }

    /// Returns the changes by time alone until just before `now`, for a run without an observation in between.
    pub fn pass(&mut self, world: &World, now: Time) -> Vec<StoryLine> {
        let mut lines = Vec::new();
        let mut ticks = 0;
        while self.next_tick < now {
            lines.extend(self.tracker.changes(world, self.next_tick));
            self.next_tick += TICK;
            ticks += 1;
            // a damaged tape may be silent for years
            if ticks == LONGEST_SILENCE {
                self.skip_to(now);
            }
        }
        lines
    }

    /// Skips whole ticks to the last one before `now`.
    fn skip_to(&mut self, now: Time) {
        let ticks = (now - self.next_tick).num_seconds() / TICK.num_seconds();
        self.next_tick += TICK * i32::try_from(ticks.max(0)).unwrap_or(i32::MAX);
        if self.next_tick < now - TICK {
            self.next_tick = now;
        }
    }
}
