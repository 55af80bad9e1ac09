//! The world and its dispatch: which part folds which observation.
//!
//! [`World::apply`] holds only the match; each part folds its own facts.

use crate::{
    observation::{Cluster, LeaderOutcome, ListedResource, Observation, Stamped, Time},
    world::{
        cluster::{ControlPlane, Nodes, Phase, Pods, Sources},
        journal::Journal,
        outage::{LatestProbes, OperatorState, Outage, Outages},
        time_jumps::TimeJumps,
        workload::Traffic,
    },
};

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
    pub latest_probes: LatestProbes,
    /// The folded list of what the kubelets wrote.
    pub journal: Journal,
    /// The outage under way and those before it.
    pub outages: Outages,
    /// How each source is doing.
    pub sources: Sources,
    /// What the operator did.
    pub operator: OperatorState,
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
            latest_probes: LatestProbes::default(),
            journal: Journal::default(),
            outages: Outages::default(),
            sources: Sources::default(),
            operator: OperatorState::default(),
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
                self.outages.leader(at, &leader.outcome, self.latest_probes.scheduler);
                if let LeaderOutcome::Renewed(renewed) = leader.outcome {
                    self.latest_probes.scheduler = Some(renewed);
                }
            }
            Observation::Runtime(look) => {
                let (seen, before) = self.latest_probes.look(at, look);
                self.outages.runtime(at, &look.worker, &seen, before.as_ref());
            }
            Observation::Source(report) => self.sources.report(at, report),
            Observation::Operator(step) => {
                self.operator.step(at, step);
                self.outages.operator(at, step);
            }
            Observation::TimeJump(jump) => self.time_jumps.jump(at, *jump),
            Observation::Mark { word } => self.marks.push(Mark { at, word: word.clone() }),
        }
        self.sources.heard(at, observation);
        let up = self.control_plane.is_up(at);
        let recovered = up && self.nodes.all_ready_and_fresh(self.control_plane.ready_since());
        self.outages.settle(at, up, recovered, self.operator.in_progress().is_some());
    }

    /// The outage under way.
    pub fn outage(&self) -> Option<&Outage> {
        self.outages.current()
    }

    /// The outage under way, or else the last one.
    pub fn last_outage(&self) -> Option<&Outage> {
        self.outages.last()
    }

    /// What the control plane is doing at `now`.
    pub fn phase(&self, now: Time) -> Phase {
        self.control_plane.phase(now, self.operator.in_progress())
    }
}
