//! The controllers: as much of them as a dashboard sees. They run while the API server does and they have their lease,
//! and nothing of what they do happens without them.
//!
//! Node lifecycle: a node whose lease was not renewed for the grace period, by the controller's own clock, becomes
//! Unknown, and its pods not ready. Endpoints: kube-proxy learns which of the workload's pods are ready. A controller
//! that starts knows of no earlier heartbeat, and gives every node the whole grace period anew. Of the scheduler there is
//! its lease: the lab places no pods.

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};

use super::{
    objects::{self, LEASES},
    pace::Pace,
    store::{Key, Kind, Selection, Store},
    version::Version,
    workload::Workload,
};

/// `nodeMonitorPeriod`.
const MONITOR: Duration = Duration::from_secs(5);
/// The time between two renewals of a leader's lease (`--leader-elect-retry-period`).
const RENEW: Duration = Duration::from_secs(2);
/// A fresh controller manager watches the old holder's lease for its whole duration before it takes it.
pub(super) const ELECTION: Duration = Duration::from_secs(15);

/// The taint of a node that is not heard of.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The controllers of one run of the control plane.
#[derive(Debug, Clone)]
pub(super) struct Controllers {
    pub(super) store: Store,
    pub(super) workload: Workload,
    pub(super) pace: Pace,
    pub(super) version: Version,
}

/// What is known of a node's heartbeat.
struct Heartbeat {
    renewed: Value,
    seen: Duration,
}

impl Controllers {
    /// Waits for its lease, and then controls until it is dropped.
    pub(super) async fn run(self, election: Duration) {
        self.pace.sleep(election).await;
        tokio::join!(self.monitor_nodes(), self.keep_endpoints(), self.lead());
    }

    /// The scheduler's lease: it is as long in coming back as the controller manager's.
    async fn lead(&self) {
        loop {
            let renewed = objects::micro_time(self.pace.now());
            let _gone = self.store.alter(Kind::Leases, Key::new("kube-system", objects::SCHEDULER), |lease| {
                lease["spec"]["renewTime"] = renewed;
                true
            });
            self.pace.sleep(RENEW).await;
        }
    }

    async fn monitor_nodes(&self) {
        let mut heartbeats: HashMap<String, Heartbeat> = HashMap::new();
        loop {
            let now = self.pace.elapsed();
            let (nodes, _) = self.store.list(Kind::Nodes, &Selection::all());
            for node in nodes {
                let Some(name) = node["metadata"]["name"].as_str() else { continue };
                let lease = self.store.get(Kind::Leases, &Key::new(LEASES, name));
                let renewed = lease.map_or(Value::Null, |lease| lease["spec"]["renewTime"].clone());
                let known = heartbeats.entry(name.to_owned()).or_insert(Heartbeat { renewed: Value::Null, seen: now });
                if known.renewed != renewed {
                    *known = Heartbeat { renewed, seen: now };
                    self.heard(name, &node);
                } else if self.pace.real(now.saturating_sub(known.seen)) > self.version.grace_period() {
                    self.silent(name);
                }
            }
            self.pace.sleep(MONITOR).await;
        }
    }

    /// The node has been heard of: when it says that it is ready, it may be used again.
    fn heard(&self, name: &str, node: &Value) {
        if condition(node, "Ready") != "True" {
            return;
        }
        let tainted = |taint: &Value| taint["key"] == UNREACHABLE;
        if node["spec"]["taints"].as_array().is_some_and(|taints| taints.iter().any(tainted)) {
            let _gone = self.store.alter(Kind::Nodes, Key::new("", name), |node| {
                if let Some(taints) = node["spec"]["taints"].as_array_mut() {
                    taints.retain(|taint| !tainted(taint));
                }
                true
            });
        }
    }

    /// The node has not been heard of for too long.
    fn silent(&self, name: &str) {
        let now = self.pace.now();
        let mut newly = false;
        let key = Key::new("", name);
        let _gone = self.store.alter(Kind::Nodes, key, |node| {
            newly = condition(node, "Ready") != "Unknown";
            if newly {
                node["status"]["conditions"] = objects::unknown_conditions(now);
                let taint = |effect| json!({"key": UNREACHABLE, "effect": effect});
                let added = [taint("NoSchedule"), taint("NoExecute")];
                match node["spec"]["taints"].as_array_mut() {
                    Some(taints) => taints.extend(added),
                    None => node["spec"]["taints"] = json!(added),
                }
            }
            newly
        });
        if !newly {
            return;
        }
        let on_node = Selection::new(None, &format!("spec.nodeName={name}"), "");
        let (pods, _) = self.store.list(Kind::Pods, &on_node);
        for pod in pods {
            let text = |field: &str| pod["metadata"][field].as_str().unwrap_or_default().to_owned();
            let _gone = self.store.alter(Kind::Pods, Key::new(&text("namespace"), &text("name")), |pod| {
                let conditions = pod["status"]["conditions"].as_array_mut();
                for condition in conditions.into_iter().flatten().filter(|condition| condition["type"] == "Ready") {
                    condition["status"] = json!("False");
                    condition["lastTransitionTime"] = objects::time(now);
                }
                true
            });
        }
    }

    async fn keep_endpoints(&self) {
        let Some(mut bell) = self.store.bell(Kind::Pods) else { return };
        let workload = Selection::new(None, "", "app=httpbin");
        loop {
            bell.borrow_and_update();
            let (pods, _) = self.store.list(Kind::Pods, &workload);
            let ready = pods.iter().filter(|pod| condition(pod, "Ready") == "True");
            self.workload.lead_to(ready.filter_map(|pod| Some(pod["metadata"]["name"].as_str()?.to_owned())).collect());
            if bell.changed().await.is_err() {
                return;
            }
        }
    }
}

fn condition<'a>(object: &'a Value, kind: &str) -> &'a str {
    let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let condition = conditions.iter().find(|condition| condition["type"] == kind);
    condition.and_then(|condition| condition["status"].as_str()).unwrap_or_default()
}
