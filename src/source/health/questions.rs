//! What is asked of the API server beside its health, seldom: would it take a write, and does its scheduler lead?
//!
//! The write is a server-side dry run: it goes the whole way of a write, and nothing of it is kept. The questions are
//! asked every quarter of a minute, more often while the API server is away and for a while after, and never twice at a
//! time. A refusal (RBAC) is an answer, and no failure of anything.

use std::{pin::Pin, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;
use tokio::time::timeout;

use super::{ANSWER, PATIENCE, failed};
use crate::{
    clock::Clock,
    observation::{LeaderOutcome, LeaderProbe, Observation, ProbeError, ProbeOutcome, Time, WriteProbe},
};

/// The time between two rounds of questions while all is well.
const CALM: Duration = Duration::from_secs(15);
/// The time between two rounds while the API server is away, and for [`AFTER`] once it is back.
const ALERT: Duration = Duration::from_secs(3);
/// A scheduler that has lost its lease waits for its end (15 s) and starts anew before it leads again.
const AFTER: Duration = Duration::from_secs(45);

/// A write that is only tried out. A ConfigMap is the most harmless object that every cluster knows.
const WRITE: &str = "/api/v1/namespaces/default/configmaps?dryRun=All&fieldManager=blackout";
/// The object that is not made.
const OBJECT: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"blackout-dry-run-"}}"#;

/// The lease by which the scheduler leads, and its name (`--leader-elect-resource-name`).
const SCHEDULER: &str = "kube-scheduler";
const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler";

/// The questions under way, and when the next are due.
pub(super) struct Questions {
    clock: Clock,
    under_way: FuturesUnordered<BoxFuture<'static, Option<Observation>>>,
    due: Duration,
    eager_until: Duration,
}

impl Questions {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, under_way: FuturesUnordered::new(), due: Duration::ZERO, eager_until: Duration::ZERO }
    }

    /// The API server went away or came back: that is the moment to ask.
    pub(super) fn something_changed(&mut self) {
        self.due = Duration::ZERO;
        self.eager_until = self.clock.elapsed() + AFTER;
    }

    /// Asks, if it is time to.
    pub(super) fn ask_when_due(&mut self, client: &kube::Client, away: bool) {
        let now = self.clock.elapsed();
        if now < self.due || !self.under_way.is_empty() {
            return;
        }
        self.due = now + if away || now < self.eager_until { ALERT } else { CALM };
        self.under_way.push(write(self.clock, client.clone()).boxed());
        self.under_way.push(scheduler(client.clone()).boxed());
    }

    /// The next answer; for ever when nothing was asked.
    pub(super) async fn answer(&mut self) -> Observation {
        loop {
            match Pin::new(&mut self.under_way).next().await {
                Some(Some(answer)) => return answer,
                Some(None) => {}
                None => std::future::pending().await,
            }
        }
    }
}

async fn write(clock: Clock, client: kube::Client) -> Option<Observation> {
    let start = clock.instant_now();
    let request = http::Request::post(WRITE).header(http::header::CONTENT_TYPE, "application/json");
    let outcome = match timeout(PATIENCE, send(&client, request, OBJECT)).await {
        Ok(Ok((200..300, _))) => ProbeOutcome::Ok,
        Ok(Ok((status, _))) => ProbeOutcome::Status(status),
        // its words are said by the health checks, which meet the same
        Ok(Err(error)) => failed(&error, WRITE).0,
        Err(_elapsed) => ProbeOutcome::Failed(ProbeError::Timeout),
    };
    let latency_us = (clock.instant_now() - start).as_micros() as u64;
    Some(Observation::Write(WriteProbe { latency_us, outcome }))
}

/// Nothing where nobody answers: that is no fact about the scheduler.
async fn scheduler(client: kube::Client) -> Option<Observation> {
    let (status, body) = timeout(PATIENCE, send(&client, http::Request::get(LEASE), "")).await.ok()?.ok()?;
    let answer = match status {
        200 => LeaderOutcome::Renewed(renewed(&body)?),
        401 | 403 | 404 => LeaderOutcome::Status(status),
        _ => return None,
    };
    Some(Observation::Leader(LeaderProbe { component: SCHEDULER.to_owned(), outcome: answer }))
}

async fn send(
    client: &kube::Client,
    request: http::request::Builder,
    body: &'static str,
) -> Result<(u16, bytes::Bytes), kube::Error> {
    let request = request.body(kube::client::Body::from(body.as_bytes().to_vec())).map_err(kube::Error::HttpError)?;
    let response = client.send(request).await?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), ANSWER).collect().await.map_err(kube::Error::Service)?;
    Ok((status, body.to_bytes()))
}

fn renewed(body: &[u8]) -> Option<Time> {
    #[derive(Deserialize)]
    struct Lease {
        spec: Spec,
    }
    #[derive(Deserialize)]
    struct Spec {
        #[serde(rename = "renewTime")]
        renewed: Time,
    }
    serde_json::from_slice(body).ok().map(|Lease { spec: Spec { renewed } }| renewed)
}
