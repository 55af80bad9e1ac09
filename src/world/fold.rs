//! The world and its dispatch: which part folds which observation.
//!
//! [`World::apply`] holds only the match; each part folds its own facts.

use crate::{
    observation::{Cluster, LeaderOutcome, ListedResource, Observation, SourceId, Stamped, Time},
    world::{
        cluster::{ControlPlane, Nodes, Phase, Pods, Sources},
        journal::Journal,
        outage::{ClusterStatus, LatestProbes, OperatorState, Outage, Outages},
        time_jumps::TimeJumps,
        workload::Traffic,
    },
};

/// A moment that the operator marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Time of the mark.
    pub at: Time,
    /// The operator's word for it; may be empty.
    pub word: String,
}

/// Everything known at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Beginning of the session, the tape or the journal.
    pub started: Time,
    /// Time of the newest observation.
    pub now: Time,
    /// The cluster. `None` until the engine has named it.
    pub cluster: Option<Cluster>,
    /// Container, port and health of the control plane.
    pub control_plane: ControlPlane,
    /// The nodes, as the API server and the engine report them.
    pub nodes: Nodes,
    /// The pods, as the API server last reported them.
    pub pods: Pods,
    /// Requests to the workload, by worker.
    pub traffic: Traffic,
    /// The newest answers to blackout's own probes.
    pub latest_probes: LatestProbes,
    /// The folded list of the kubelets' journal lines.
    pub journal: Journal,
    /// The outage under way and those before it.
    pub outages: Outages,
    /// Health of each source.
    pub sources: Sources,
    /// The operator's faults and restores.
    pub operator: OperatorState,
    /// The operator's marks, oldest first.
    pub marks: Vec<Mark>,
    /// Sleeps of this machine, and changes of its wall clock.
    pub time_jumps: TimeJumps,
}

impl World {
    /// A world without any fact, which begins at `started`.
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

    /// Applies one stamped observation.
    pub fn take(&mut self, stamped: &Stamped) {
        self.apply(stamped.at, &stamped.observation);
    }

    /// Applies one observation that arrived at `at`.
    pub fn apply(&mut self, at: Time, observation: &Observation) {
        // a damaged tape may go back in time; ages must not become negative
        self.now = self.now.max(at);
        let at = self.now;
        match observation {
            Observation::Cluster(cluster) => {
                self.nodes.apply_cluster(cluster);
                self.traffic.apply_cluster(cluster);
                self.cluster = Some(cluster.clone());
            }
            Observation::Container(state) => {
                self.nodes.apply_container(at, state);
                self.control_plane.apply_container(at, state);
                self.outages.apply_container(at, state);
            }
            Observation::EngineEvent(event) => {
                self.nodes.apply_event(at, event);
                self.control_plane.apply_event(at, event);
                self.outages.apply_event(at, event);
            }
            Observation::Journal(line) => {
                if let Some(fact) = self.journal.add_line(at, self.started, line) {
                    self.outages.add_journal_line(&fact);
                }
            }
            Observation::JournalDropped { worker, lines } => self.journal.add_dropped(worker, *lines),
            Observation::Node(fact) => self.nodes.apply_fact(at, fact),
            Observation::Pod(fact) => {
                if let Some(by) = self.pods.new_restarts(fact) {
                    self.outages.apply_restarts(fact, by);
                }
                self.pods.apply_fact(at, fact);
            }
            Observation::Lease { node, renewed } => {
                self.nodes.apply_lease(node, *renewed);
                self.outages.apply_lease(node, *renewed);
            }
            Observation::Gone { resource, name } => match resource {
                ListedResource::Nodes => self.nodes.remove(name),
                ListedResource::Pods => self.pods.remove(name),
                ListedResource::Leases => self.nodes.remove_lease(name),
            },
            Observation::Listed(listed) => match listed.resource {
                ListedResource::Nodes => self.nodes.apply_list(&listed.names),
                ListedResource::Pods => self.pods.apply_list(listed),
                // a lease goes with its node
                ListedResource::Leases => {}
            },
            Observation::Health(probe) => {
                self.control_plane.apply_check(at, probe);
                self.outages.apply_check(at, probe);
            }
            Observation::Traffic(probe) => {
                self.traffic.apply_probe(at, probe);
                self.outages.apply_traffic(probe);
            }
            Observation::Write(probe) => self.outages.apply_write(at, probe),
            // the scheduler's is the only lease that blackout asks for
            Observation::Leader(leader) => {
                self.outages.apply_leader(at, &leader.outcome, self.latest_probes.scheduler);
                if let LeaderOutcome::Renewed(renewed) = leader.outcome {
                    self.latest_probes.scheduler = Some(renewed);
                }
            }
            Observation::Runtime(probe) => {
                let (result, before) = self.latest_probes.apply_runtime(at, probe);
                self.outages.apply_runtime(at, &probe.worker, &result, before.as_ref());
            }
            Observation::Source(report) => {
                self.sources.apply_report(at, report);
                if report.source == SourceId::Docker {
                    self.control_plane.apply_engine_health(self.sources.is_live(&SourceId::Docker));
                }
            }
            Observation::Operator(step) => {
                self.operator.apply(at, step);
                self.outages.apply_operator(at, step);
            }
            Observation::TimeJump(jump) => self.time_jumps.apply(at, *jump),
            Observation::Mark { word } => self.marks.push(Mark { at, word: word.clone() }),
        }
        self.sources.note_observation(at, observation);
        if let Some(began) = self.outages.awaits_nodes_away() {
            self.outages.note_nodes_away(self.nodes.away(began));
        }
        self.outages.close_if_recovered(at, self.cluster_status(at));
    }

    fn cluster_status(&self, at: Time) -> ClusterStatus {
        let api_server_up = self.control_plane.is_up(at);
        let renewals_since = match self.outages.current() {
            Some(outage) if outage.confirmed_by().is_some() => outage.renewals_since(),
            _ => self.control_plane.ready_since(),
        };
        ClusterStatus {
            api_server_up,
            nodes_ready: api_server_up && self.nodes.all_ready_and_fresh(renewals_since, self.outages.nodes_away()),
            port_open_unchecked: self.control_plane.port_open_unchecked(at),
            action_in_progress: self.operator.in_progress().is_some(),
        }
    }

    /// The outage under way. `None` if there is none.
    pub fn outage(&self) -> Option<&Outage> {
        self.outages.current()
    }

    /// The outage under way, or else the newest past one. `None` if there was none.
    pub fn last_outage(&self) -> Option<&Outage> {
        self.outages.last()
    }

    /// Phase of the control plane at `now`.
    pub fn phase(&self, now: Time) -> Phase {
        self.control_plane.phase(now, self.operator.in_progress())
    }
}
