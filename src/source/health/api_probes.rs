//! Probes of the API server beyond its health: a dry run of a write, and the scheduler's lease.
//!
//! The write is a server-side dry run, which takes the whole path of a write and stores nothing. A round of probes
//! starts every 15 s, every 3 s while the API server is down and for a while after, and never before the last one has
//! ended. A refusal by RBAC is an answer, not a failure.

use std::{pin::Pin, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use serde::Deserialize;
use tokio::time::timeout;

use super::check::{CHECK_TIMEOUT, failed, send};
use crate::{
    clock::Clock,
    observation::{LeaderOutcome, LeaderProbe, Observation, ProbeError, ProbeOutcome, Time, WriteProbe},
};

/// Time between two rounds while the API server is up.
const CALM: Duration = Duration::from_secs(15);

/// Time between two rounds while the API server is down, and for [`ALERT_AFTER_CHANGE`] once it is back.
const ALERT: Duration = Duration::from_secs(3);

/// 45 s: a scheduler that lost its lease waits for its expiry (15 s) and restarts before it leads again.
const ALERT_AFTER_CHANGE: Duration = Duration::from_secs(45);

/// Path of the write. A ConfigMap is the most harmless object that every cluster knows.
const WRITE_PATH: &str = "/api/v1/namespaces/default/configmaps?dryRun=All&fieldManager=blackout";

/// Object of the write, which is not stored.
const WRITE_BODY: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"blackout-dry-run-"}}"#;

/// Name of the scheduler and of its lease (`--leader-elect-resource-name`).
const SCHEDULER: &str = "kube-scheduler";

/// Path of the scheduler's lease.
const LEASE_PATH: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler";

/// Probes under way, and the time of the next round.
pub(super) struct ApiProbes {
    clock: Clock,
    running: FuturesUnordered<BoxFuture<'static, Option<Observation>>>,
    /// Time of the next round, since the start of the session.
    due: Duration,
    /// End of the short interval after a change, since the start of the session.
    alert_until: Duration,
}

impl ApiProbes {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, running: FuturesUnordered::new(), due: Duration::ZERO, alert_until: Duration::ZERO }
    }

    /// Makes the next round due, because the API server went down or came back.
    pub(super) fn readiness_changed(&mut self) {
        self.due = Duration::ZERO;
        self.alert_until = self.clock.elapsed() + ALERT_AFTER_CHANGE;
    }

    /// Starts a round if it is due and the last one has ended.
    pub(super) fn start_if_due(&mut self, client: &kube::Client, down: bool) {
        let now = self.clock.elapsed();
        if now < self.due || !self.running.is_empty() {
            return;
        }
        self.due = now + if down || now < self.alert_until { ALERT } else { CALM };
        self.running.push(write(self.clock, client.clone()).boxed());
        self.running.push(scheduler_lease(client.clone()).boxed());
    }

    /// Waits for the next result. Never returns while no probe is under way.
    pub(super) async fn next(&mut self) -> Observation {
        loop {
            match Pin::new(&mut self.running).next().await {
                Some(Some(probe)) => return probe,
                Some(None) => {}
                None => std::future::pending().await,
            }
        }
    }
}

async fn write(clock: Clock, client: kube::Client) -> Option<Observation> {
    let start = clock.instant_now();
    let request = http::Request::post(WRITE_PATH).header(http::header::CONTENT_TYPE, "application/json");
    let outcome = match timeout(CHECK_TIMEOUT, send(&client, request, WRITE_BODY)).await {
        Ok(Ok((200..300, _))) => ProbeOutcome::Ok,
        Ok(Ok((status, _))) => ProbeOutcome::Status(status),
        // The health checks meet the same error and report its message.
        Ok(Err(error)) => failed(&error, WRITE_PATH).0,
        Err(_elapsed) => ProbeOutcome::Failed(ProbeError::Timeout),
    };
    let latency_us = (clock.instant_now() - start).as_micros() as u64;
    Some(Observation::Write(WriteProbe { latency_us, outcome }))
}

/// `None` without an answer, which says nothing about the scheduler.
async fn scheduler_lease(client: kube::Client) -> Option<Observation> {
    let request = http::Request::get(LEASE_PATH);
    let (status, body) = timeout(CHECK_TIMEOUT, send(&client, request, "")).await.ok()?.ok()?;
    let outcome = match status {
        200 => LeaderOutcome::Renewed(renew_time(&body)?),
        401 | 403 | 404 => LeaderOutcome::Status(status),
        _ => return None,
    };
    Some(Observation::Leader(LeaderProbe { component: SCHEDULER.to_owned(), outcome }))
}

/// `spec.renewTime` of a lease. `None` if the body is not a lease, or it was never renewed.
fn renew_time(body: &[u8]) -> Option<Time> {
    #[derive(Deserialize)]
    struct LeaseObject {
        spec: LeaseSpec,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct LeaseSpec {
        renew_time: Time,
    }
    serde_json::from_slice::<LeaseObject>(body).ok().map(|lease| lease.spec.renew_time)
}
