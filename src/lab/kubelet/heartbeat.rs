//! A kubelet's two signs of life: the node's status, and the node's lease. Each has a loop of its own, and both go over
//! the same connection (`HeartbeatClient`).

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Kubelet,
    client::Call,
    failure::{CallError, Failure},
};
use crate::{
    kubelet::{Activity, RetrySchedule},
    lab::objects,
    observation::Time,
};

/// Time-out of the heartbeats' client: `nodeStatusUpdateFrequency`.
const PATIENCE: Duration = Duration::from_secs(10);
/// `nodeStatusUpdateRetry`, and `maxUpdateRetries` of the lease controller.
const TRIES: u32 = 5;
/// `nodeStatusUpdateFrequency`; a lease's duration of 40 s times `nodeLeaseRenewIntervalFraction` 0.25.
const ROUND: Duration = Duration::from_secs(10);
/// `nodeStatusReportFrequency`: how often an unchanged status is written all the same.
const REPORT: Duration = Duration::from_secs(300);

impl Kubelet {
    async fn next_round(&self, dice: &mut crate::lab::dice::Dice) {
        self.pace.sleep(dice.jitter(ROUND, self.words.version.heartbeat_jitter())).await;
    }

    /// `syncNodeStatus`, for ever.
    pub(super) async fn report_node_status(self) {
        let mut dice = self.dice.of("node status");
        self.pace.sleep(dice.up_to(ROUND)).await;
        let mut reported = self.pace.elapsed();
        loop {
            self.update_node_status(&mut reported).await;
            self.next_round(&mut dice).await;
        }
    }

    async fn update_node_status(&self, reported: &mut Duration) {
        for attempt in 0..TRIES {
            match self.try_update_node_status(attempt, reported).await {
                Ok(()) => return,
                Err(error) => {
                    if attempt > 0 {
                        self.repeated_failure().await;
                    }
                    self.pen.write([self.words.node_status_failed(&self.member.name, &error.to_string())]);
                }
            }
        }
        self.pen.write([self.words.node_status_given_up()]);
    }

    async fn try_update_node_status(&self, attempt: u32, reported: &mut Duration) -> Result<(), CallError> {
        let path = format!("/api/v1/nodes/{}", self.member.name);
        // the first try may be answered from the server's cache
        let query = if attempt == 0 { "resourceVersion=0&timeout=10s" } else { "timeout=10s" };
        let node = self.heartbeats.call(Call::get(format!("{path}?{query}")).within(PATIENCE)).await?;
        let node: Value = serde_json::from_slice(&node).unwrap_or_default();
        let since = ready_since(&node);
        let now = self.pace.elapsed();
        if since.is_some() && self.pace.real(now.saturating_sub(*reported)) < REPORT {
            return Ok(());
        }
        let at = self.pace.now();
        let patch = json!({"status": {"conditions": objects::node_conditions(since.unwrap_or(at), at)}});
        let call = Call::send(Method::PATCH, format!("{path}/status?timeout=10s"), &patch).within(PATIENCE);
        self.heartbeats.call(call).await?;
        *reported = now;
        if since.is_none() {
            // the node controller has said of its pods that they are not ready
            self.pods.tell_all();
        }
        Ok(())
    }

    /// `onRepeatedHeartbeatFailure`.
    async fn repeated_failure(&self) {
        if self.words.version.closes_all_connections() {
            self.heartbeats.close().await;
            self.objects.close().await;
        }
    }

    /// The lease controller, for ever.
    pub(super) async fn renew_lease(self) {
        let Some(rhythm) = RetrySchedule::of(Activity::Lease, Some(self.words.version.minor())) else { return };
        let mut dice = self.dice.of("lease");
        self.pace.sleep(dice.up_to(ROUND)).await;
        // the lease as the server last gave it
        let mut latest: Option<Value> = None;
        loop {
            self.sync_lease(&mut latest, rhythm).await;
            self.next_round(&mut dice).await;
        }
    }

    async fn sync_lease(&self, latest: &mut Option<Value>, rhythm: RetrySchedule) {
        if let Some(lease) = latest.take() {
            if let Some(updated) = self.update_lease(lease).await {
                *latest = Some(updated);
                return;
            }
            self.pen.write([self.words.lease_fallback()]);
        }
        let (lease, created) = self.ensure_lease(rhythm).await;
        *latest = Some(lease.clone());
        if !created && let Some(updated) = self.update_lease(lease).await {
            *latest = Some(updated);
        }
    }

    /// Five tries; nothing when all of them failed.
    async fn update_lease(&self, mut lease: Value) -> Option<Value> {
        for attempt in 0..TRIES {
            lease["spec"]["renewTime"] = objects::micro_time(self.pace.now());
            match self.heartbeats.call(Call::send(Method::PUT, self.lease_path(), &lease).within(PATIENCE)).await {
                Ok(updated) => return serde_json::from_slice(&updated).ok(),
                Err(error) => {
                    self.pen.write([self.words.lease_update_failed(&error.to_string())]);
                    // someone wrote it meanwhile: the next try is made with the newest
                    if let Failure::Answered(StatusCode::CONFLICT, _) = error.failure
                        && let Ok(newest) = self.get_lease().await
                    {
                        lease = newest;
                    } else if attempt > 0 {
                        self.repeated_failure().await;
                    }
                }
            }
        }
        None
    }

    /// Gets or makes the lease, and tries until that works; whether it was made.
    async fn ensure_lease(&self, rhythm: RetrySchedule) -> (Value, bool) {
        let mut wait = rhythm.first;
        loop {
            let ensured = match self.get_lease().await {
                Err(CallError { failure: Failure::Answered(StatusCode::NOT_FOUND, _), .. }) => {
                    let lease = objects::lease(&self.member.name, &self.member.uid, self.pace.now());
                    let path =
                        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases?timeout=10s", objects::LEASES);
                    let made = self.heartbeats.call(Call::send(Method::POST, path, &lease).within(PATIENCE)).await;
                    made.map(|made| (serde_json::from_slice(&made).unwrap_or(lease), true))
                }
                got => got.map(|lease| (lease, false)),
            };
            match ensured {
                Ok(ensured) => return ensured,
                Err(error) => {
                    self.pen.write([self.words.lease_ensure_failed(&error.to_string(), wait)]);
                    self.pace.sleep(wait).await;
                    wait = (wait * rhythm.factor).min(rhythm.longest);
                }
            }
        }
    }

    async fn get_lease(&self) -> Result<Value, CallError> {
        let got = self.heartbeats.call(Call::get(self.lease_path()).within(PATIENCE)).await?;
        Ok(serde_json::from_slice(&got).unwrap_or_default())
    }

    fn lease_path(&self) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases/{}?timeout=10s", objects::LEASES, self.member.name)
    }
}

/// Since when the server thinks that the node is ready; nothing if it does not.
fn ready_since(node: &Value) -> Option<Time> {
    let conditions = node["status"]["conditions"].as_array()?;
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready")?;
    if ready["status"] != "True" {
        return None;
    }
    let since = ready["lastTransitionTime"].as_str()?;
    Some(chrono::DateTime::parse_from_rfc3339(since).ok()?.to_utc())
}
