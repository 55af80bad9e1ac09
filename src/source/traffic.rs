//! Requests to the workload through each worker's NodePort, on a fixed clock, each over a connection of its own.
//!
//! Each slot gives one observation for each published worker: an answer, a failure, or "missed" if this program was
//! late. A slot without a request never counts as a success, and no request waits for another. All requests are futures
//! of one task, so that fifty workers wake one task and not fifty. Which pod answers does not matter.

mod slot_clock;

use std::{collections::BTreeMap, pin::pin, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::time::{sleep, sleep_until};

use super::{
    access::install_tls,
    context::{ClusterView, SourceContext},
    failure,
    notifier::changed,
    reporter::SourceReporter,
};
use crate::{
    clock::Clock,
    error_chain,
    feed::FeedClosed,
    observation::{Cluster, Observation, SourceHealth, SourceId, TrafficOutcome, TrafficProbe},
};
use slot_clock::SlotClock;

/// Path of the requests, for which httpbin answers 200 without a body.
const PATH: &str = "/status/200";

/// Number of workers that get their requests at the same moment.
const GROUP_SIZE: usize = 5;

/// Delay from one group of workers to the next. Fifty simultaneous requests would wait for each other in this program,
/// and the wait would look like latency of httpbin.
const GROUP_DELAY: Duration = Duration::from_millis(30);

/// Time limit for connecting, which on one machine takes less than a millisecond.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Time limit of a request; httpbin answers within a few milliseconds.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// Wait before another try to create the HTTP client.
const CLIENT_RETRY: Duration = Duration::from_secs(2);

/// URL of each published worker, by its name.
type WorkerUrls = BTreeMap<String, String>;

/// Sends requests until the source is cancelled or the session has ended. `node_port` is the workload's, for messages;
/// its published addresses come with the cluster.
pub async fn run(context: SourceContext, cluster: ClusterView, node_port: u16) {
    let reporter = SourceReporter::new(&context, SourceId::Traffic);
    context.until_cancelled(probe_workers(cluster, reporter, node_port)).await;
}

async fn probe_workers(
    mut cluster: ClusterView,
    mut reporter: SourceReporter,
    node_port: u16,
) -> Result<(), FeedClosed> {
    reporter.report_health(SourceHealth::Connecting).await?;
    let client = loop {
        match client() {
            Ok(client) => break client,
            Err(error) => {
                let message = format!("the HTTP client cannot be created: {}", error_chain::message(&error));
                reporter.report_retrying(message).await?;
                sleep(CLIENT_RETRY).await;
            }
        }
    };
    let clock = reporter.feed.clock();
    // Slots count the time awake, so that a machine that sleeps misses none.
    let mut slots = SlotClock::new(clock.elapsed_awake());
    let mut urls = WorkerUrls::new();
    let mut requests = FuturesUnordered::new();
    let mut due = pin!(sleep_until(clock.instant_at_awake(slots.due())));
    // The first cluster counts as a change.
    cluster.mark_changed();
    loop {
        tokio::select! {
            biased;
            () = changed(&mut cluster) => {
                let Some(cluster) = cluster.borrow_and_update().clone() else { continue };
                let new_urls = worker_urls(&cluster);
                let slot = TrafficProbe::slot_for(new_urls.len());
                // No slot was due without a worker.
                if urls.is_empty() || slot != slots.slot() {
                    slots.restart(clock.elapsed_awake(), slot);
                    due.as_mut().reset(clock.instant_at_awake(slots.due()));
                }
                urls = new_urls;
                report_published(&mut reporter, &cluster, node_port).await?;
            }
            () = &mut due, if !urls.is_empty() => {
                let (missed, slot) = slots.take(clock.elapsed_awake());
                due.as_mut().reset(clock.instant_at_awake(slots.due()));
                for (position, (worker, url)) in urls.iter().enumerate() {
                    for missed in missed.clone() {
                        let probe = slots.probe(worker, missed, TrafficOutcome::Missed);
                        reporter.send(Observation::Traffic(probe)).await?;
                    }
                    let request = WorkerRequest {
                        url: url.clone(),
                        delay: GROUP_DELAY * (position / GROUP_SIZE) as u32,
                        probe: slots.probe(worker, slot, TrafficOutcome::Missed),
                    };
                    requests.push(request.send(client.clone(), reporter.clone(), clock));
                }
            }
            Some(sent) = requests.next() => sent?,
        }
    }
}

fn worker_urls(cluster: &Cluster) -> WorkerUrls {
    let published = cluster.workers().filter_map(|node| Some((node.name.clone(), node.node_port.as_ref()?)));
    published.map(|(name, address)| (name, format!("http://{address}{PATH}"))).collect()
}

/// Reports as health whether the NodePort of every worker is published.
async fn report_published(reporter: &mut SourceReporter, cluster: &Cluster, node_port: u16) -> Result<(), FeedClosed> {
    let unpublished: Vec<_> =
        cluster.workers().filter(|node| node.node_port.is_none()).map(|node| node.name.as_str()).collect();
    if cluster.workers().next().is_none() {
        reporter.report_retrying("the cluster has no worker, and so no NodePort to send requests to").await
    } else if unpublished.is_empty() {
        reporter.report_health(SourceHealth::Live).await
    } else {
        reporter
            .report_retrying(format!(
                "the NodePort {node_port} is not published on {}: map it with extraPortMappings on the workers, as in \
                 kind-cluster/kind-config.yaml, and recreate the cluster",
                unpublished.join(", ")
            ))
            .await
    }
}

/// A request of one slot.
struct WorkerRequest {
    url: String,
    /// Wait before the request.
    delay: Duration,
    /// The observation, whose latency and outcome are to be filled in.
    probe: TrafficProbe,
}

impl WorkerRequest {
    /// Sends the request, and its outcome to the session.
    async fn send(self, client: reqwest::Client, reporter: SourceReporter, clock: Clock) -> Result<(), FeedClosed> {
        if !self.delay.is_zero() {
            sleep(self.delay).await;
        }
        let start = clock.instant_now();
        let outcome = match client.get(self.url).send().await {
            Ok(response) => TrafficOutcome::Answered(response.status().as_u16()),
            Err(error) => TrafficOutcome::Failed(failure::probe_error(&error)),
        };
        let latency_us = (clock.instant_now() - start).as_micros() as u64;
        reporter.send(Observation::Traffic(TrafficProbe { latency_us, outcome, ..self.probe })).await
    }
}

fn client() -> Result<reqwest::Client, reqwest::Error> {
    install_tls();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .pool_max_idle_per_host(0)
        .no_proxy()
        // Saves four system calls for each connection, which lives for a millisecond.
        .tcp_keepalive(None)
        .tcp_keepalive_interval(None)
        .tcp_keepalive_retries(None)
        .tcp_nodelay(false)
        .redirect(reqwest::redirect::Policy::none())
        .http1_only()
        .build()
}
