//! The difference between a world and what the story has reported of it so far, in a fixed order.

use std::{collections::BTreeMap, mem::discriminant};

use super::change::{Change, StoryLine};
use crate::{
    observation::{FaultAction, SourceHealth, Time, TimeJump},
    units::seconds,
    world::{LaneId, Outage, Phase, World},
};

/// Everything that the story has reported so far.
#[derive(Debug, Clone, Default)]
pub struct ChangeTracker {
    sources: BTreeMap<String, SourceHealth>,
    phase: Option<&'static str>,
    action: Option<FaultAction>,
    /// Number of past outages that were reported.
    outages: usize,
    /// Beginning of the outage that was reported last. `None` once its end was reported.
    open: Option<Time>,
    lanes: Vec<LaneId>,
    steps: Vec<&'static str>,
    traffic: BTreeMap<String, &'static str>,
    marks: usize,
    time_jumps: Vec<(Time, TimeJump)>,
}

impl ChangeTracker {
    /// Returns the changes of `world` at `now` since the last call.
    pub fn changes(&mut self, world: &World, now: Time) -> Vec<StoryLine> {
        let mut changes = Vec::new();
        self.sources(world, &mut changes);
        self.phase(world, now, &mut changes);
        self.action(world, &mut changes);
        self.outages(world, &mut changes);
        self.traffic(world, now, &mut changes);
        self.time_jumps(world, &mut changes);
        let new = world.marks.iter().skip(self.marks);
        changes.extend(new.map(|mark| Change::Mark { word: mark.word.clone() }));
        self.marks = world.marks.len();
        let t = (now - world.started).num_milliseconds();
        changes.into_iter().map(|change| StoryLine { t, change }).collect()
    }

    fn sources(&mut self, world: &World, changes: &mut Vec<Change>) {
        for (id, source) in world.sources.iter() {
            let name = id.to_string();
            // another error of the same kind is no change
            let same = self.sources.get(&name).is_some_and(|last| discriminant(last) == discriminant(&source.health));
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
            Phase::Paused { .. } => "frozen",
            Phase::Starting { .. } => "starting",
        };
        if self.phase.replace(phase) != Some(phase) {
            changes.push(Change::ControlPlane { phase });
        }
    }

    fn action(&mut self, world: &World, changes: &mut Vec<Change>) {
        let action = world.operator.in_progress().map(|action| action.action);
        if action == self.action {
            return;
        }
        changes.extend(self.action.map(|over| Change::Action { action: over, under_way: false }));
        changes.extend(action.map(|begun| Change::Action { action: begun, under_way: true }));
        self.action = action;
    }

    fn outages(&mut self, world: &World, changes: &mut Vec<Change>) {
        for outage in world.outages.past().skip(self.outages) {
            self.outage(outage, changes);
            self.open = None;
        }
        // the world keeps a bounded number of past outages, always the newest
        self.outages = world.outages.past().len();
        if let Some(outage) = world.outage() {
            self.outage(outage, changes);
        }
    }

    fn outage(&mut self, outage: &Outage, changes: &mut Vec<Change>) {
        let t_plus_s = |at: Time| seconds(at - outage.began);
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
        for (step, at) in outage.steps().named() {
            if let Some(at) = at
                && !self.steps.contains(&step)
            {
                self.steps.push(step);
                changes.push(Change::Step { step, at, t_plus_s: t_plus_s(at) });
            }
        }
        if let Some(ended) = outage.ended() {
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
            let freshness = traffic.freshness(now).word();
            if self.traffic.get(worker) != Some(&freshness) {
                self.traffic.insert(worker.to_owned(), freshness);
                changes.push(Change::Traffic { worker: worker.to_owned(), freshness });
            }
        }
    }

    fn time_jumps(&mut self, world: &World, changes: &mut Vec<Change>) {
        let jumps: Vec<_> = world.time_jumps.latest().copied().collect();
        let new = jumps.iter().filter(|jump| !self.time_jumps.contains(jump));
        changes.extend(new.map(|(_, jump)| Change::TimeJump(*jump)));
        self.time_jumps = jumps;
    }
}
