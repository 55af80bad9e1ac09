//! A kubelet's two heartbeats, node status and node lease. Each has a loop of its own, and both use the same connection
//! (`HeartbeatClient`).

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    call_error::{CallError, CallFailure},
    client::ApiCall,
    handle::Kubelet,
};
use crate::{
    kubelet::{Activity, RetrySchedule},
    lab::{
        cluster::objects::{self, NODE_LEASES},
        rng::Rng,
    },
    observation::Time,
};

/// Time-out of a heartbeat's call: `nodeStatusUpdateFrequency`.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Attempts of one heartbeat: `nodeStatusUpdateRetry`, and `maxUpdateRetries` of the lease controller.
const ATTEMPTS: u32 = 5;
/// Time between two heartbeats: `nodeStatusUpdateFrequency`, and the lease duration of 40 s times the
/// `nodeLeaseRenewIntervalFraction` of 0.25.
const INTERVAL: Duration = Duration::from_secs(10);
/// Time after which an unchanged status is written all the same: `nodeStatusReportFrequency`.
const REPORT_FREQUENCY: Duration = Duration::from_secs(300);

impl Kubelet {
    async fn wait_for_next_heartbeat(&self, rng: &mut Rng) {
        self.time.sleep(rng.jitter(INTERVAL, self.version.heartbeat_jitter())).await;
    }

    /// Closes all connections after a repeated failure, in versions that do so (`onRepeatedHeartbeatFailure`).
    async fn on_repeated_failure(&self) {
        if self.version.closes_all_connections() {
            self.heartbeat_client.close().await;
            self.api_client.close().await;
        }
    }

    /// Reports the node status until dropped (`syncNodeStatus`).
    pub(super) async fn report_node_status(self) {
        let mut rng = self.rng.stream("node status");
        self.time.sleep(rng.duration(INTERVAL)).await;
        let mut last_report = self.time.elapsed();
        loop {
            self.update_node_status(&mut last_report).await;
            self.wait_for_next_heartbeat(&mut rng).await;
        }
    }

    async fn update_node_status(&self, last_report: &mut Duration) {
        for attempt in 0..ATTEMPTS {
            match self.try_update_node_status(attempt, last_report).await {
                Ok(()) => return,
                Err(error) => {
                    if attempt > 0 {
                        self.on_repeated_failure().await;
                    }
                    self.journal.write([self.messages.node_status_failed(&self.node.name, &error.to_string())]);
                }
            }
        }
        self.journal.write([self.messages.node_status_given_up()]);
    }

    async fn try_update_node_status(&self, attempt: u32, last_report: &mut Duration) -> Result<(), CallError> {
        let path = format!("/api/v1/nodes/{}", self.node.name);
        // the first attempt may be answered from the API server's cache
        let query = if attempt == 0 { "resourceVersion=0&timeout=10s" } else { "timeout=10s" };
        let node =
            self.heartbeat_client.call(ApiCall::get(format!("{path}?{query}")).with_timeout(CALL_TIMEOUT)).await?;
        let node: Value = serde_json::from_slice(&node).unwrap_or_default();
        let ready_since = ready_since(&node);
        if ready_since.is_some() && self.time.real_since(*last_report) < REPORT_FREQUENCY {
            return Ok(());
        }
        let report = self.time.elapsed();
        let now = self.time.now();
        let patch = json!({"status": {"conditions": objects::healthy_conditions(ready_since.unwrap_or(now), now)}});
        let call = ApiCall::write(Method::PATCH, format!("{path}/status?timeout=10s"), &patch);
        self.heartbeat_client.call(call.with_timeout(CALL_TIMEOUT)).await?;
        *last_report = report;
        if ready_since.is_none() {
            // the node lifecycle controller has marked the pods as not ready
            self.statuses.report_all();
        }
        Ok(())
    }

    /// Renews the node lease until dropped (k8s.io/component-helpers `apimachinery/lease/controller.go`).
    pub(super) async fn renew_lease(self) {
        let Some(schedule) = RetrySchedule::of(Activity::Lease, Some(self.version.minor())) else { return };
        let mut rng = self.rng.stream("lease");
        self.time.sleep(rng.duration(INTERVAL)).await;
        let mut latest: Option<Value> = None;
        loop {
            self.sync_lease(&mut latest, schedule).await;
            self.wait_for_next_heartbeat(&mut rng).await;
        }
    }

    /// Renews the lease once. `latest` is the lease as the API server last returned it.
    async fn sync_lease(&self, latest: &mut Option<Value>, schedule: RetrySchedule) {
        if let Some(lease) = latest.take() {
            if let Some(updated) = self.update_lease(lease).await {
                *latest = Some(updated);
                return;
            }
            self.journal.write([self.messages.lease_fallback()]);
        }
        let (lease, created) = self.ensure_lease(schedule).await;
        *latest = Some(lease.clone());
        if !created && let Some(updated) = self.update_lease(lease).await {
            *latest = Some(updated);
        }
    }

    /// Updates `renewTime`. `None` if all attempts failed.
    async fn update_lease(&self, mut lease: Value) -> Option<Value> {
        for attempt in 0..ATTEMPTS {
            lease["spec"]["renewTime"] = objects::micro_time(self.time.now());
            let call = ApiCall::write(Method::PUT, self.lease_path(), &lease).with_timeout(CALL_TIMEOUT);
            match self.heartbeat_client.call(call).await {
                Ok(updated) => return serde_json::from_slice(&updated).ok(),
                Err(error) => {
                    self.journal.write([self.messages.lease_update_failed(&error.to_string())]);
                    // somebody else has written the lease: the next attempt updates the newest
                    if let CallFailure::Response(StatusCode::CONFLICT, _) = error.failure
                        && let Ok(newest) = self.get_lease().await
                    {
                        lease = newest;
                    } else if attempt > 0 {
                        self.on_repeated_failure().await;
                    }
                }
            }
        }
        None
    }

    /// Gets the lease or creates it, with backoff until one succeeds. Returns the lease and whether it was created.
    async fn ensure_lease(&self, schedule: RetrySchedule) -> (Value, bool) {
        let mut wait = schedule.first;
        loop {
            let ensured = match self.get_lease().await {
                Err(CallError { failure: CallFailure::Response(StatusCode::NOT_FOUND, _), .. }) => {
                    self.create_lease().await.map(|lease| (lease, true))
                }
                lease => lease.map(|lease| (lease, false)),
            };
            match ensured {
                Ok(ensured) => return ensured,
                Err(error) => {
                    self.journal.write([self.messages.lease_ensure_failed(&error.to_string(), wait)]);
                    self.time.sleep(wait).await;
                    wait = (wait * schedule.factor).min(schedule.longest);
                }
            }
        }
    }

    async fn get_lease(&self) -> Result<Value, CallError> {
        let lease = self.heartbeat_client.call(ApiCall::get(self.lease_path()).with_timeout(CALL_TIMEOUT)).await?;
        Ok(serde_json::from_slice(&lease).unwrap_or_default())
    }

    async fn create_lease(&self) -> Result<Value, CallError> {
        let lease = objects::node_lease(&self.node.name, &self.node.uid, self.time.now());
        let path = format!("/apis/coordination.k8s.io/v1/namespaces/{NODE_LEASES}/leases?timeout=10s");
        let call = ApiCall::write(Method::POST, path, &lease).with_timeout(CALL_TIMEOUT);
        let created = self.heartbeat_client.call(call).await?;
        Ok(serde_json::from_slice(&created).unwrap_or(lease))
    }

    fn lease_path(&self) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{NODE_LEASES}/leases/{}?timeout=10s", self.node.name)
    }
}

/// Returns the time since which the API server has the node as ready; `None` if it does not.
fn ready_since(node: &Value) -> Option<Time> {
    let conditions = node["status"]["conditions"].as_array()?;
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready")?;
    if ready["status"] != "True" {
        return None;
    }
    let since = ready["lastTransitionTime"].as_str()?;
    Some(chrono::DateTime::parse_from_rfc3339(since).ok()?.to_utc())
}
