//! The fold of all observations: what is known about the cluster, and the story of its outages.
//!
//! [`World::apply`] is total and synchronous. It never reads a clock, does no I/O and returns no error: the time is in
//! the observation, and the same observations in the same order give an equal world, whether they come from live
//! sources, the lab, a tape or a file of journals. The world never forgets a fact because a source fell silent; how old
//! a fact is, is asked with a `now` ([`Freshness`]).
//!
//! This file holds the dispatch; each part of the world folds its own facts.

pub mod control_plane;
pub mod deeds;
mod footprint;
pub mod freshness;
pub mod histogram;
pub mod inquiry;
pub mod journal;
pub mod lanes;
pub mod nodes;
pub mod outage;
pub mod outages;
pub mod pods;
pub mod retries;
pub mod signature;
pub mod sources;
pub mod tally;
pub mod time_jumps;
pub mod traffic;
pub mod verdict;

pub use control_plane::{ControlPlane, Phase};
pub use deeds::Deeds;
pub use freshness::Freshness;
pub use inquiry::Inquiry;
pub use journal::{Entry, Journal};
pub use lanes::{Lane, LaneId, Lanes, Span};
pub use nodes::Nodes;
pub use outage::{Evidence, Outage, Steps};
pub use outages::Outages;
pub use pods::Pods;
pub use signature::{Cause, Signature, signature};
pub use sources::Sources;
pub use tally::Tally;
pub use time_jumps::TimeJumps;
pub use traffic::Traffic;
pub use verdict::{Tone, Verdict};

use crate::observation::{Cluster, LeaderAnswer, ListedResource, Observation, Stamped, Time};

/// A moment that the operator marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Time,
    /// The operator's word for it; may be empty.
    pub word: String,
}

/// Everything known at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// When the session, the tape or the journal begins.
    pub started: Time,
    /// The time of the newest observation.
    pub now: Time,
    /// The cluster, once the engine has named it.
    pub cluster: Option<Cluster>,
    /// The container, port and health of the control plane.
    pub control_plane: ControlPlane,
    /// The nodes, from three independent points of view.
    pub nodes: Nodes,
    /// The pods, as the API server last had them.
    pub pods: Pods,
    /// The workload's answers, worker by worker.
    pub traffic: Traffic,
    /// What blackout's own questions were last answered.
    pub known: inquiry::Known,
    /// The folded list of what the kubelets wrote.
    pub journal: Journal,
    /// The outage under way and those before it.
    pub outages: Outages,
    /// How each source is doing.
    pub sources: Sources,
    /// What the operator did.
    pub deeds: Deeds,
    /// The operator's marks, oldest first.
    pub marks: Vec<Mark>,
    /// The sleep of this machine, and a wall clock that was set.
    pub time_jumps: TimeJumps,
}

impl World {
    /// A world in which nothing is known yet.
    pub fn new(started: Time) -> Self {
        Self {
            started,
            now: started,
            cluster: None,
            control_plane: ControlPlane::default(),
            nodes: Nodes::default(),
            pods: Pods::default(),
            traffic: Traffic::default(),
            known: inquiry::Known::default(),
            journal: Journal::default(),
            outages: Outages::default(),
            sources: Sources::default(),
            deeds: Deeds::default(),
            marks: Vec::new(),
            time_jumps: TimeJumps::default(),
        }
    }

    /// Folds one stamped observation.
    pub fn take(&mut self, stamped: &Stamped) {
        self.apply(stamped.at, &stamped.observation);
    }

    /// Folds one observation that arrived at `at`.
    pub fn apply(&mut self, at: Time, observation: &Observation) {
        // an order that is not kept (a damaged tape) must not turn ages negative
        self.now = self.now.max(at);
        let at = self.now;
        match observation {
            Observation::Cluster(cluster) => {
                self.nodes.cluster(cluster);
                self.traffic.cluster(cluster);
                self.cluster = Some(cluster.clone());
            }
            Observation::Container(state) => {
                self.nodes.container(at, state);
                self.control_plane.container(at, state);
                self.outages.container(at, state);
            }
            Observation::EngineEvent(event) => {
                self.nodes.event(at, event);
                self.control_plane.event(at, event);
                self.outages.event(at, event);
            }
            Observation::Journal(line) => {
                if let Some(seen) = self.journal.line(at, self.started, line) {
                    self.outages.reading(&seen);
                }
            }
            Observation::JournalDropped { worker, lines } => self.journal.dropped(worker, *lines),
            Observation::Node(fact) => self.nodes.fact(at, fact),
            Observation::Pod(fact) => {
                if let Some(by) = self.pods.restarted(fact) {
                    self.outages.restarted(fact, by);
                }
                self.pods.fact(at, fact);
            }
            Observation::Lease { node, renewed } => {
                self.nodes.lease(at, node, *renewed);
                self.outages.lease(at, node, *renewed);
            }
            Observation::Gone { resource, name } => match resource {
                ListedResource::Nodes => self.nodes.gone(name),
                ListedResource::Pods => self.pods.gone(name),
                ListedResource::Leases => self.nodes.lease_gone(name),
            },
            Observation::Listed(listed) => match listed.resource {
                ListedResource::Nodes => self.nodes.listed(&listed.names),
                ListedResource::Pods => self.pods.listed(listed),
                ListedResource::Leases => {}
            },
            Observation::Health(probe) => {
                self.control_plane.probe(at, probe);
                self.outages.probe(at, probe);
            }
            Observation::Traffic(probe) => {
                self.traffic.probe(at, probe);
                self.outages.traffic(at, probe);
            }
            Observation::Write(probe) => self.outages.write(at, probe),
            // no other component's lease is asked for
            Observation::Leader(leader) => {
                self.outages.leader(at, &leader.answer, self.known.scheduler);
                if let LeaderAnswer::Renewed(renewed) = leader.answer {
                    self.known.scheduler = Some(renewed);
                }
            }
            Observation::Runtime(look) => {
                let (seen, before) = self.known.look(at, look);
                self.outages.runtime(at, &look.worker, &seen, before.as_ref());
            }
            Observation::Source(report) => self.sources.report(at, report),
            Observation::Operator(step) => {
                self.deeds.step(at, step);
                self.outages.operator(at, step);
            }
            Observation::TimeJump(jump) => self.time_jumps.jump(at, *jump),
            Observation::Mark { word } => self.marks.push(Mark { at, word: word.clone() }),
        }
        self.sources.heard(at, observation);
        let up = self.control_plane.is_up(at);
        let recovered = up && self.nodes.all_ready_and_fresh(self.control_plane.ready_since());
        self.outages.settle(at, up, recovered, self.deeds.in_progress().is_some());
    }

    /// The outage under way.
    pub fn outage(&self) -> Option<&Outage> {
        self.outages.current()
    }

    /// The outage under way, or else the last one.
    pub fn last_outage(&self) -> Option<&Outage> {
        self.outages.last()
    }

    /// One sentence that says what is going on at `now`.
    pub fn verdict(&self, now: Time) -> Verdict {
        verdict::verdict(self, now)
    }

    /// What the control plane is doing at `now`.
    pub fn phase(&self, now: Time) -> Phase {
        self.control_plane.phase(now, self.deeds.in_progress())
    }
}

#[cfg(test)]
mod tests;
