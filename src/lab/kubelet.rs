//! The kubelets of the lab: real calls to the API server over their own connections, at the intervals of a real
//! kubelet, and a journal of those that failed.
//!
//! Each job of a kubelet is a task of its own that no error ends; all of them end when the kubelet's token is
//! cancelled. The containers are those of `workload`. The retry intervals are those of `crate::kubelet`, which also
//! reads the journals.

mod call_error;
mod client;
mod events;
mod go_duration;
mod handle;
mod heartbeat;
mod journal_writer;
mod messages;
mod pod_reports;
mod pod_restarts;
mod pod_statuses;
mod reflector;
mod watch_spec;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(super) use journal_writer::KubeletJournal;

use client::KubeletClient;
use handle::Kubelet;
use journal_writer::JournalWriter;
use messages::KubeletMessages;
use pod_statuses::PodStatuses;
use reflector::Reflector;

use super::{
    cluster::{
        objects::PodState,
        topology::{LabNode, LabPod},
    },
    context::LabContext,
};

/// Events that may wait to be written; client-go's recorder queues 1000, far more than the lab makes.
const EVENT_QUEUE: usize = 64;

/// Starts the kubelet of a node, which runs until `shutdown` is cancelled. `restarts` is the number of times that the
/// node was started before; `journal` is `None` if nobody reads its journal.
pub(super) fn start(
    context: &LabContext,
    node: &LabNode,
    journal: Option<KubeletJournal>,
    restarts: u32,
    shutdown: &CancellationToken,
) {
    let LabContext { topology, dns, time, rng, workload } = context;
    let rng = rng.stream(&format!("{}/{restarts}", node.name));
    let client = || KubeletClient::new(dns.clone(), *time, &node.name, &node.address);
    let pods: Vec<LabPod> = topology.pods_on(&node.name).cloned().collect();
    let now = time.now();
    let states = pods.iter().map(|pod| (pod.name.clone(), PodState { restarts, ..PodState::running(now) }));
    let kubelet = Kubelet {
        node: Arc::new(node.clone()),
        version: topology.version,
        messages: KubeletMessages::new(topology.version),
        time: *time,
        journal: JournalWriter::new(node, *time, &rng, journal),
        api_client: client(),
        heartbeat_client: client(),
        statuses: Arc::new(PodStatuses::new(states.collect())),
        rng,
    };
    let run = |job: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(job));
    };
    kubelet.journal.write(kubelet.messages.started(&node.name, &node.pod_cidr));
    if restarts > 0 {
        // the containers were started again with their node
        kubelet.statuses.report_all();
    }
    run(Box::pin(kubelet.clone().report_node_status()));
    run(Box::pin(kubelet.clone().renew_lease()));
    for spec in watch_spec::of_kubelet(topology, node) {
        if let Some(reflector) = Reflector::new(kubelet.clone(), spec) {
            run(Box::pin(reflector.run()));
        }
    }
    let (sender, events) = mpsc::channel(EVENT_QUEUE);
    run(Box::pin(kubelet.clone().write_events(events)));
    for pod in &pods {
        if let Some(container) = workload.container(&pod.name) {
            run(Box::pin(kubelet.clone().keep_running(pod.clone(), container, sender.clone())));
        }
    }
    run(Box::pin(kubelet.report_pods(pods)));
}
