//! The controllers, as far as a dashboard sees them. They act only while the API server runs and they hold their
//! leases.
//!
//! - Node lifecycle: a node whose lease was not renewed for the grace period, by the controller's own clock, becomes
//!   Unknown, and its pods not ready. A controller that has just started gives every node the whole grace period.
//! - Endpoints: kube-proxy learns which pods of the workload are ready.
//! - Scheduler: its lease is renewed; the lab places no pods.

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};

use crate::lab::{
    cluster::{
        object_kind::ObjectKind,
        objects::{self, NODE_LEASES, SCHEDULER, condition},
        selector::ObjectSelector,
        store::{ObjectKey, ObjectStore},
        version::KubernetesVersion,
    },
    time_scale::TimeScale,
    workload::Workload,
};

/// Time between two checks of the node leases (`--node-monitor-period`).
const NODE_MONITOR_PERIOD: Duration = Duration::from_secs(5);
/// Time between two renewals of the scheduler's lease (`--leader-elect-retry-period`).
const LEADER_RENEWAL: Duration = Duration::from_secs(2);
/// Time until a new controller manager acquires the lease of the old one (`--leader-elect-lease-duration`).
pub(super) const ELECTION: Duration = Duration::from_secs(15);

/// Taint of a node whose lease has expired.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The controllers of one run of the control plane.
#[derive(Debug, Clone)]
pub(super) struct Controllers {
    pub(super) store: ObjectStore,
    pub(super) workload: Workload,
    pub(super) time: TimeScale,
    pub(super) version: KubernetesVersion,
}

/// The last renewal of a node's lease that the node lifecycle controller has seen.
struct LeaseRenewal {
    /// `renewTime` of the lease: compared, never read as a time.
    renew_time: Value,
    /// When the controller first saw that `renewTime`.
    observed: Duration,
}

impl Controllers {
    /// Waits for the leases and then runs until dropped.
    pub(super) async fn run(self, election: Duration) {
        self.time.sleep(election).await;
        tokio::join!(self.monitor_nodes(), self.sync_endpoints(), self.renew_scheduler_lease());
    }

    async fn renew_scheduler_lease(&self) {
        loop {
            let renewed = objects::micro_time(self.time.now());
            let key = ObjectKey::new("kube-system", SCHEDULER);
            let _not_found = self.store.update(ObjectKind::Leases, key, |lease| {
                lease["spec"]["renewTime"] = renewed;
                true
            });
            self.time.sleep(LEADER_RENEWAL).await;
        }
    }

    async fn monitor_nodes(&self) {
        let mut renewals: HashMap<String, LeaseRenewal> = HashMap::new();
        loop {
            let now = self.time.elapsed();
            let (nodes, _) = self.store.list(ObjectKind::Nodes, &ObjectSelector::all());
            for node in nodes {
                let Some(name) = node["metadata"]["name"].as_str() else { continue };
                let lease = self.store.get(ObjectKind::Leases, &ObjectKey::new(NODE_LEASES, name));
                let renew_time = lease.map_or(Value::Null, |lease| lease["spec"]["renewTime"].clone());
                let last =
                    renewals.entry(name.to_owned()).or_insert(LeaseRenewal { renew_time: Value::Null, observed: now });
                if last.renew_time != renew_time {
                    *last = LeaseRenewal { renew_time, observed: now };
                    self.remove_unreachable_taint(name, &node);
                } else if self.time.unscaled(now.saturating_sub(last.observed)) > self.version.grace_period() {
                    self.mark_unknown(name);
                }
            }
            self.time.sleep(NODE_MONITOR_PERIOD).await;
        }
    }

    /// Removes the taint of a node that is ready again.
    fn remove_unreachable_taint(&self, name: &str, node: &Value) {
        if condition(node, "Ready") != "True" {
            return;
        }
        let is_unreachable = |taint: &Value| taint["key"] == UNREACHABLE;
        if node["spec"]["taints"].as_array().is_some_and(|taints| taints.iter().any(is_unreachable)) {
            let _not_found = self.store.update(ObjectKind::Nodes, ObjectKey::new("", name), |node| {
                if let Some(taints) = node["spec"]["taints"].as_array_mut() {
                    taints.retain(|taint| !is_unreachable(taint));
                }
                true
            });
        }
    }

    /// Marks a node as Unknown and taints it, and marks its pods as not ready, unless that was done before.
    fn mark_unknown(&self, name: &str) {
        let now = self.time.now();
        let mut changed = false;
        let _not_found = self.store.update(ObjectKind::Nodes, ObjectKey::new("", name), |node| {
            changed = condition(node, "Ready") != "Unknown";
            if changed {
                node["status"]["conditions"] = objects::unknown_conditions(now);
                let taint = |effect| json!({"key": UNREACHABLE, "effect": effect});
                let added = [taint("NoSchedule"), taint("NoExecute")];
                match node["spec"]["taints"].as_array_mut() {
                    Some(taints) => taints.extend(added),
                    None => node["spec"]["taints"] = json!(added),
                }
            }
            changed
        });
        if !changed {
            return;
        }
        let on_node = ObjectSelector::new(None, &format!("spec.nodeName={name}"), "");
        let (pods, _) = self.store.list(ObjectKind::Pods, &on_node);
        for pod in pods {
            let text = |field: &str| pod["metadata"][field].as_str().unwrap_or_default();
            let key = ObjectKey::new(text("namespace"), text("name"));
            let _not_found = self.store.update(ObjectKind::Pods, key, |pod| {
                let conditions = pod["status"]["conditions"].as_array_mut();
                for condition in conditions.into_iter().flatten().filter(|condition| condition["type"] == "Ready") {
                    condition["status"] = json!("False");
                    condition["lastTransitionTime"] = objects::time(now);
                }
                true
            });
        }
    }

    async fn sync_endpoints(&self) {
        let Some(mut newest) = self.store.subscribe(ObjectKind::Pods) else { return };
        let workload = ObjectSelector::new(None, "", "app=httpbin");
        loop {
            newest.borrow_and_update();
            let (pods, _) = self.store.list(ObjectKind::Pods, &workload);
            let ready = pods.iter().filter(|pod| condition(pod, "Ready") == "True");
            let names = ready.filter_map(|pod| Some(pod["metadata"]["name"].as_str()?.to_owned()));
            self.workload.set_endpoints(names.collect());
            if newest.changed().await.is_err() {
                return;
            }
        }
    }
}
