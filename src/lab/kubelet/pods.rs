//! A kubelet's pods: a container that ends is started again, whatever becomes of the control plane, and the API server
//! is told as soon as it can be.
//!
//! What happens here happens on the node. Only telling it needs the API server: that is tried every ten seconds until
//! it works.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hyper::Method;
use serde_json::json;
use tokio::sync::{Notify, mpsc};

use super::{Kubelet, client::Call, events::Event};
use crate::lab::{
    objects::{self, PodState},
    topology::PodPlan,
    workload::Process,
};

/// The time between two looks at the containers (`plegRelistPeriod`).
const RELIST: Duration = Duration::from_secs(1);
/// The time between two tries to tell of all pods (`syncPeriod` of the status manager).
const SYNC: Duration = Duration::from_secs(10);
/// What making and starting a container takes.
const START: Duration = Duration::from_millis(700);
/// What httpbin takes until it answers, and its readiness probe until it has seen that.
const BECOME_READY: Duration = Duration::from_millis(1500);
/// `MaxContainerBackOff`, and the first wait: none before the first restart.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);
const FIRST_BACKOFF: Duration = Duration::from_secs(10);
/// A container that ran so long starts over.
const FORGIVEN: Duration = Duration::from_secs(600);

/// What a kubelet knows of its pods.
#[derive(Debug)]
pub(super) struct PodBook {
    states: Mutex<BTreeMap<String, PodState>>,
    untold: Mutex<BTreeSet<String>>,
    news: Notify,
}

impl PodBook {
    pub(super) fn new(states: BTreeMap<String, PodState>) -> Self {
        Self { states: Mutex::new(states), untold: Mutex::default(), news: Notify::new() }
    }

    /// The API server has to be told of this pod.
    fn tell(&self, pod: &str) {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).insert(pod.to_owned());
        self.news.notify_one();
    }

    /// The API server has to be told of every pod.
    pub(super) fn tell_all(&self) {
        let names: Vec<_> = self.states.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        names.iter().for_each(|name| self.tell(name));
    }

    fn alter(&self, pod: &str, change: impl FnOnce(&mut PodState)) {
        if let Some(state) = self.states.lock().unwrap_or_else(PoisonError::into_inner).get_mut(pod) {
            change(state);
        }
        self.tell(pod);
    }

    fn state(&self, pod: &str) -> Option<PodState> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).get(pod).cloned()
    }

    fn untold(&self) -> BTreeSet<String> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn told(&self, pod: &str) {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).remove(pod);
    }
}

impl Kubelet {
    /// Looks after one container, for ever.
    pub(super) async fn keep_running(self, plan: PodPlan, process: Process, events: mpsc::Sender<Event>) {
        let mut dice = self.dice.of(&plan.name);
        let mut container = dice.hex(64);
        let mut backoff = Duration::ZERO;
        let mut started = self.pace.elapsed();
        loop {
            process.ended().await;
            // noticed at the next look
            self.pace.sleep(dice.up_to(RELIST)).await;
            let ended = self.pace.now();
            if self.pace.real(self.pace.elapsed().saturating_sub(started)) > FORGIVEN {
                backoff = Duration::ZERO;
            }
            self.pods.alter(&plan.name, |state| {
                let reason = if backoff.is_zero() { "Error" } else { "CrashLoopBackOff" };
                *state = PodState { running: false, ready: false, reason, since: ended, ..state.clone() };
            });
            if !backoff.is_zero() {
                self.pen.write([self.words.backs_off(&plan, backoff)]);
                self.pace.sleep(backoff).await;
            }
            backoff = (backoff * 2).clamp(FIRST_BACKOFF, LONGEST_BACKOFF);
            self.pen.write([self.words.container_removed(&container)]);
            self.pace.sleep(START).await;
            container = dice.hex(64);
            process.start();
            started = self.pace.elapsed();
            let at = self.pace.now();
            self.pods.alter(&plan.name, |state| {
                *state = PodState { running: true, restarts: state.restarts + 1, since: at, ..state.clone() };
            });
            for (reason, message) in [
                ("Pulled", format!("Container image \"{}\" already present on machine", plan.image)),
                ("Created", format!("Created container {}", plan.app)),
                ("Started", format!("Started container {}", plan.app)),
            ] {
                let event = Event { pod: plan.clone(), reason, message, at, id: dice.hex(16) };
                // a queue that is full drops what comes last, as the recorder's does
                let _dropped = events.try_send(event);
            }
            self.pace.sleep(BECOME_READY).await;
            self.pods.alter(&plan.name, |state| state.ready = state.running);
        }
    }

    /// The status manager: tells of pods that changed at once, and of those that could not be told every ten seconds.
    pub(super) async fn report_pods(self, plans: Vec<PodPlan>) {
        let plans: BTreeMap<_, _> = plans.into_iter().map(|plan| (plan.name.clone(), plan)).collect();
        loop {
            let mut failed = false;
            for pod in self.pods.untold() {
                let (Some(plan), Some(state)) = (plans.get(&pod), self.pods.state(&pod)) else { continue };
                // taken before it is told: what changes meanwhile has to be told again
                self.pods.told(&pod);
                if !self.report_pod(plan, &state).await {
                    self.pods.untold.lock().unwrap_or_else(PoisonError::into_inner).insert(pod);
                    failed = true;
                }
            }
            if failed {
                self.pace.sleep(SYNC).await;
            } else {
                self.pods.news.notified().await;
            }
        }
    }

    async fn report_pod(&self, plan: &PodPlan, state: &PodState) -> bool {
        let path = format!("/api/v1/namespaces/{}/pods/{}", plan.namespace, plan.name);
        let told = async {
            self.objects.call(Call::get(path.as_str())).await?;
            let patch = json!({"status": objects::pod_status(plan, state)});
            self.objects.call(Call::send(Method::PATCH, format!("{path}/status"), &patch)).await
        };
        match told.await {
            Ok(_) => true,
            Err(error) => {
                self.pen.write([self.words.pod_status_failed(plan, &error.to_string())]);
                false
            }
        }
    }
}
