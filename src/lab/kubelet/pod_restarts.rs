//! A kubelet's restarts: a container that ends is started again, whether or not there is a control plane.

use std::time::Duration;

use tokio::sync::mpsc;

use super::{events::PodEvent, handle::Kubelet};
use crate::lab::{
    cluster::{objects::PodState, topology::LabPod},
    workload::WorkloadContainer,
};

/// Time between two looks at the containers (`plegRelistPeriod`).
const RELIST_PERIOD: Duration = Duration::from_secs(1);
/// Time to create and start a container whose image is on the node.
const START: Duration = Duration::from_millis(700);
/// Time from the start to the first success of the readiness probe.
const START_TO_READY: Duration = Duration::from_millis(1500);
/// Backoff before the second restart; there is none before the first (`backOffPeriod`).
const FIRST_BACKOFF: Duration = Duration::from_secs(10);
/// Longest backoff before a restart (`MaxContainerBackOff`).
const MAX_BACKOFF: Duration = Duration::from_secs(300);
/// Running time after which the backoff starts over: twice [`MAX_BACKOFF`].
const BACKOFF_RESET: Duration = Duration::from_secs(600);

impl Kubelet {
    /// Keeps one container running until dropped.
    pub(super) async fn keep_running(self, pod: LabPod, container: WorkloadContainer, events: mpsc::Sender<PodEvent>) {
        let mut rng = self.rng.stream(&pod.name);
        let mut container_id = rng.hex(64);
        let mut backoff = Duration::ZERO;
        let mut started = self.time.elapsed();
        loop {
            container.wait_for_end().await;
            self.time.sleep(rng.duration(RELIST_PERIOD)).await;
            if self.time.real_since(started) > BACKOFF_RESET {
                backoff = Duration::ZERO;
            }
            let ended = self.time.now();
            self.statuses.update(&pod.name, |state| {
                let reason = if backoff.is_zero() { "Error" } else { "CrashLoopBackOff" };
                *state = PodState { running: false, ready: false, reason, since: ended, ..state.clone() };
            });
            if !backoff.is_zero() {
                self.journal.write([self.messages.restart_backoff(&pod, backoff)]);
                self.time.sleep(backoff).await;
            }
            backoff = (backoff * 2).clamp(FIRST_BACKOFF, MAX_BACKOFF);
            self.journal.write([self.messages.container_removed(&container_id)]);
            self.time.sleep(START).await;
            container_id = rng.hex(64);
            container.restart();
            started = self.time.elapsed();
            let now = self.time.now();
            self.statuses.update(&pod.name, |state| {
                *state = PodState { running: true, restarts: state.restarts + 1, since: now, ..state.clone() };
            });
            for (reason, message) in [
                ("Pulled", format!("Container image \"{}\" already present on machine", pod.image)),
                ("Created", format!("Created container {}", pod.app)),
                ("Started", format!("Started container {}", pod.app)),
            ] {
                let event = PodEvent { pod: pod.clone(), reason, message, at: now, id: rng.hex(16) };
                // a full queue drops the event, as client-go's recorder does
                let _dropped = events.try_send(event);
            }
            self.time.sleep(START_TO_READY).await;
            self.statuses.update(&pod.name, |state| state.ready = state.running);
        }
    }
}
