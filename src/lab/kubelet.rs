//! A kubelet of the lab: real calls to the API server over its own connections, in the rhythms of a real one, and a
//! journal of what failed.
//!
//! Each of its jobs is a loop of its own that never ends by an error; all of them end when its token is cancelled. It
//! runs nothing: the containers are `workload`'s. It uses the rhythms of `crate::kubelet`, which reads what it writes.

mod client;
mod events;
mod failure;
mod heartbeat;
mod pen;
mod plan;
mod pods;
mod reflector;
mod words;

use std::sync::{Arc, atomic::AtomicU64};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use client::Client;
use pen::Pen;
use pods::PodBook;
use reflector::Reflector;
use words::Words;

use super::{
    dice::Dice,
    names::Names,
    objects::PodState,
    pace::Pace,
    topology::{Member, PodPlan, Topology},
    workload::Workload,
};

/// Events that wait to be written.
const EVENTS: usize = 64;

/// What every kubelet is given.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub(super) topology: Arc<Topology>,
    pub(super) names: Names,
    pub(super) pace: Pace,
    pub(super) dice: Dice,
    pub(super) workload: Workload,
}

/// Where a kubelet's journal goes.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    pub(super) lines: mpsc::Sender<String>,
    /// Lines for which there was no room.
    pub(super) dropped: Arc<AtomicU64>,
}

/// A kubelet. Copies are the same one.
#[derive(Clone)]
pub(super) struct Kubelet {
    member: Arc<Member>,
    words: Words,
    pace: Pace,
    dice: Dice,
    pen: Pen,
    /// For everything but the heartbeats.
    objects: Client,
    heartbeats: Client,
    pods: Arc<PodBook>,
}

impl Kubelet {
    /// Starts the kubelet of a node; it lives as long as `life`. `restarts`: how often the node has been started
    /// before. Without a journal nobody reads what it writes.
    pub(super) fn start(
        ground: &Ground,
        member: &Member,
        journal: Option<Journal>,
        restarts: u32,
        life: &CancellationToken,
    ) {
        let Ground { topology, names, pace, dice, workload } = ground;
        let dice = dice.of(&format!("{}/{restarts}", member.name));
        let (lines, dropped) = journal.map_or_else(Default::default, |journal| (Some(journal.lines), journal.dropped));
        let client = || Client::new(names.clone(), *pace, &member.name, &member.address);
        let plans: Vec<PodPlan> = topology.pods_on(&member.name).cloned().collect();
        let since = pace.now();
        let states = plans.iter().map(|plan| (plan.name.clone(), PodState { restarts, ..PodState::running(since) }));
        let kubelet = Self {
            member: Arc::new(member.clone()),
            words: Words::of(topology.version),
            pace: *pace,
            pen: Pen::new(member, *pace, &dice, lines, dropped),
            objects: client(),
            heartbeats: client(),
            pods: Arc::new(PodBook::new(states.collect())),
            dice,
        };
        let run = |job: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
            tokio::spawn(life.clone().run_until_cancelled_owned(job));
        };
        kubelet.pen.write(kubelet.words.started(&member.name, &member.pod_cidr));
        if restarts > 0 {
            // a node that was started anew has containers that were, too
            kubelet.pods.tell_all();
        }
        run(Box::pin(kubelet.clone().report_node_status()));
        run(Box::pin(kubelet.clone().renew_lease()));
        for watched in plan::watched(topology, member) {
            if let Some(reflector) = Reflector::new(kubelet.clone(), watched) {
                run(Box::pin(reflector.run()));
            }
        }
        let (sender, events) = mpsc::channel(EVENTS);
        run(Box::pin(kubelet.clone().write_events(events)));
        for pod in &plans {
            if let Some(process) = workload.process(&pod.name) {
                run(Box::pin(kubelet.clone().keep_running(pod.clone(), process, sender.clone())));
            }
        }
        run(Box::pin(kubelet.report_pods(plans)));
    }
}
