//! The story of a run, told change by change: what `--headless` prints instead of drawing.
//!
//! It compares one world with what it told before and says what is new, in a fixed order, so the same observations
//! tell the same story, live or replayed. Counts and ages are no changes.

use std::collections::BTreeMap;

use chrono::Duration;
use serde::Serialize;

use crate::{
    observation::{FaultAction, SourceHealth, Stamped, Time, TimeJump},
    world::{Freshness, LaneId, Outage, Phase, World},
};

/// One change, as one JSON object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoryLine {
    /// Milliseconds since the run began, when the change was known.
    pub t: i64,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// A change of the story.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A source is doing better or worse.
    Source {
        /// Its name.
        source: String,
        /// How it is doing.
        #[serde(flatten)]
        health: SourceHealth,
    },
    /// The control plane is doing something else.
    ControlPlane {
        /// `unknown`, `up`, `stopping`, `down`, `frozen` or `starting`.
        phase: &'static str,
    },
    /// A deed was asked for, or is over.
    Deed {
        /// What.
        deed: FaultAction,
        /// Whether it is under way.
        under_way: bool,
    },
    /// An outage began.
    OutageBegan {
        /// When.
        began: Time,
    },
    /// A lane was lit.
    Lane {
        /// Which.
        lane: LaneId,
        /// Its first line, by the journal's clock.
        first: Time,
        /// Seconds since the outage began.
        t_plus_s: f64,
    },
    /// A step of the outage was reached.
    Step {
        /// Which.
        step: &'static str,
        /// When.
        at: Time,
        /// Seconds since the outage began.
        t_plus_s: f64,
    },
    /// The workload answers, or does not, through a worker's NodePort.
    Traffic {
        /// The worker.
        worker: String,
        /// `LIVE`, `STALE`, `DOWN` or `UNKNOWN`.
        freshness: &'static str,
    },
    /// An outage is over.
    OutageEnded {
        /// When.
        ended: Time,
        /// How long it lasted, in seconds.
        duration_s: f64,
        /// Requests to the workload that were answered.
        answered: u64,
        /// Requests to the workload that were sent.
        sent: u64,
        /// Lines about the control plane.
        lines: u64,
        /// Failures in them.
        failures: u64,
    },
    /// This machine slept, or its wall clock was set.
    TimeJump(TimeJump),
    /// The operator set a mark.
    Mark {
        /// The operator's word for it.
        word: String,
    },
}

/// What was told.
#[derive(Debug, Clone, Default)]
pub struct ChangeTracker {
    sources: BTreeMap<String, SourceHealth>,
    phase: Option<&'static str>,
    deed: Option<FaultAction>,
    outages: usize,
    open: Option<Time>,
    lanes: Vec<LaneId>,
    steps: Vec<&'static str>,
    traffic: BTreeMap<String, &'static str>,
    marks: usize,
    time_jumps: Vec<(Time, TimeJump)>,
}

impl ChangeTracker {
    /// What is new in `world` at `now`.
    pub fn changes(&mut self, world: &World, now: Time) -> Vec<StoryLine> {
        let mut changes = Vec::new();
        self.sources(world, &mut changes);
        self.phase(world, now, &mut changes);
        self.deed(world, &mut changes);
        self.outages(world, &mut changes);
        self.traffic(world, now, &mut changes);
        let jumps: Vec<_> = world.time_jumps.latest().copied().collect();
        let new = jumps.iter().filter(|jump| !self.time_jumps.contains(jump));
        changes.extend(new.map(|(_, jump)| Change::TimeJump(*jump)));
        self.time_jumps = jumps;
        for mark in world.marks.iter().skip(self.marks) {
            changes.push(Change::Mark { word: mark.word.clone() });
        }
        self.marks = world.marks.len();
        let t = (now - world.started).num_milliseconds();
        changes.into_iter().map(|change| StoryLine { t, change }).collect()
    }

    fn sources(&mut self, world: &World, changes: &mut Vec<Change>) {
        for (id, source) in world.sources.iter() {
            let name = id.to_string();
            let same = self
                .sources
                .get(&name)
                .is_some_and(|told| std::mem::discriminant(told) == std::mem::discriminant(&source.health));
            if !same {
                changes.push(Change::Source { source: name.clone(), health: source.health.clone() });
                self.sources.insert(name, source.health.clone());
            }
        }
    }

    fn phase(&mut self, world: &World, now: Time, changes: &mut Vec<Change>) {
        let phase = match world.phase(now) {
            Phase::Unknown => "unknown",
            Phase::Up { .. } => "up",
            Phase::Stopping { .. } => "stopping",
            Phase::Down { .. } => "down",
            Phase::Frozen { .. } => "frozen",
            Phase::Starting { .. } => "starting",
        };
        if self.phase != Some(phase) {
            self.phase = Some(phase);
            changes.push(Change::ControlPlane { phase });
        }
    }

    fn deed(&mut self, world: &World, changes: &mut Vec<Change>) {
        let deed = world.operator.in_progress().map(|deed| deed.deed);
        if deed == self.deed {
            return;
        }
        if let Some(over) = self.deed {
            changes.push(Change::Deed { deed: over, under_way: false });
        }
        if let Some(begun) = deed {
            changes.push(Change::Deed { deed: begun, under_way: true });
        }
        self.deed = deed;
    }

    fn outages(&mut self, world: &World, changes: &mut Vec<Change>) {
        let past = world.outages.past().len();
        for outage in world.outages.past().skip(self.outages) {
            self.tell(outage, changes);
            self.open = None;
        }
        // the world keeps a bounded number of past outages; the newest are what is told
        self.outages = past;
        if let Some(outage) = world.outage() {
            self.tell(outage, changes);
        }
    }

    fn tell(&mut self, outage: &Outage, changes: &mut Vec<Change>) {
        let t_plus_s = |at: Time| (at - outage.began).num_milliseconds() as f64 / 1000.0;
        if self.open.is_none() {
            self.open = Some(outage.began);
            self.lanes.clear();
            self.steps.clear();
            changes.push(Change::OutageBegan { began: outage.began });
        }
        for (lane, lit) in outage.lanes.iter() {
            if !self.lanes.contains(&lane) {
                self.lanes.push(lane);
                changes.push(Change::Lane { lane, first: lit.span.first, t_plus_s: t_plus_s(lit.span.first) });
            }
        }
        for (step, at) in outage.steps.named() {
            if let Some(at) = at
                && !self.steps.contains(&step)
            {
                self.steps.push(step);
                changes.push(Change::Step { step, at, t_plus_s: t_plus_s(at) });
            }
        }
        if let Some(ended) = outage.ended {
            let tally = outage.traffic_tally();
            changes.push(Change::OutageEnded {
                ended,
                duration_s: t_plus_s(ended),
                answered: tally.answered,
                sent: tally.sent,
                lines: outage.lines,
                failures: outage.failures,
            });
        }
    }

    fn traffic(&mut self, world: &World, now: Time, changes: &mut Vec<Change>) {
        for (worker, traffic) in world.traffic.iter() {
            let freshness: Freshness = traffic.freshness(now);
            let word = freshness.word();
            if self.traffic.get(worker) != Some(&word) {
                self.traffic.insert(worker.to_owned(), word);
                changes.push(Change::Traffic { worker: worker.to_owned(), freshness: word });
            }
        }
    }
}

/// Tells the story while the world is folded: after each observation, and once a second of the run's own time where
/// facts change only because time passes. So a run tells the same story live and replayed, however it was batched.
#[derive(Debug)]
pub struct StoryBuilder {
    story: ChangeTracker,
    beat: Time,
}

impl StoryBuilder {
    /// One beat.
    pub const BEAT: Duration = Duration::seconds(1);

    /// Beats after which a silence has nothing more to tell: the slowest change by time alone takes three minutes.
    const LONGEST_SILENCE: u32 = 600;

    /// A story_builder of a run that began at `started`.
    pub fn new(started: Time) -> Self {
        Self { story: ChangeTracker::default(), beat: started + Self::BEAT }
    }

    /// Folds one observation into the world, and says what that changes.
    pub fn take(&mut self, world: &mut World, stamped: &Stamped) -> Vec<StoryLine> {
        let mut told = self.pass(world, stamped.at);
        world.take(stamped);
        told.extend(self.story.changes(world, world.now));
        told
    }

    /// Lets time pass until just before `now`, in which nothing was said.
    pub fn pass(&mut self, world: &World, now: Time) -> Vec<StoryLine> {
        let mut told = Vec::new();
        let mut beats = 0;
        while self.beat < now {
            told.extend(self.story.changes(world, self.beat));
            self.beat += Self::BEAT;
            beats += 1;
            // nothing changes by itself after some minutes: a silence of years on a damaged tape is passed over
            if beats == Self::LONGEST_SILENCE {
                let whole = (now - self.beat).num_seconds() / Self::BEAT.num_seconds();
                self.beat += Self::BEAT * i32::try_from(whole.max(0)).unwrap_or(i32::MAX);
                if self.beat < now - Self::BEAT {
                    self.beat = now;
                }
            }
        }
        told
    }
}
