//! Requests to the workload through each worker's NodePort, on a fixed clock, each over a connection of its own.
//!
//! Every slot of the clock gives one observation of each worker that can be asked: an answer, a failure, or "missed"
//! when this program was late. No slot is counted as a success that was not asked, and no probe waits for another. All
//! probes are futures of one task: fifty workers that are asked at once wake it, and not each other. Which pod answers
//! is no business of this module.

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
    feed::FeedClosed,
    observation::{Cluster, Observation, SourceHealth, SourceId, TrafficOutcome, TrafficProbe},
};

/// The path that is asked for: httpbin answers 200 and nothing else.
const PATH: &str = "/status/200";
/// Workers that are asked at the same moment, and the time from there to the next ones: fifty at once would wait for
/// each other in this program, and the wait would look like httpbin's.
const AT_ONCE: usize = 5;
const TURN: Duration = Duration::from_millis(30);
/// Missed slots that are said after a long sleep of the machine: two minutes of them.
const MISSED: u64 = 240;

/// Probes every worker until the context's token is cancelled or the session is gone. `node_port` is the workload's,
/// for the words; where it is published comes with the cluster.
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
                reporter.report_retrying(format!("no HTTP client can be made: {}", failure::words(&error))).await?;
                sleep(Duration::from_secs(2)).await;
            }
        }
    };
    let clock = reporter.feed.clock();
    // a machine that sleeps misses no slot
    let mut slots = Slots { began: clock.elapsed_awake(), first: 0, next: 0, every: TrafficProbe::SLOT };
    let mut aims = Aims::new();
    let mut under_way = FuturesUnordered::new();
    let moment = |since: Duration| clock.instant_at_awake(since);
    let mut due = pin!(sleep_until(moment(slots.due())));
    // what is known already is news as well
    cluster.mark_changed();
    loop {
        tokio::select! {
            biased;
            () = changed(&mut cluster) => {
                let known = cluster.borrow_and_update().clone();
                if let Some(known) = known {
                    let found = aimed(&known);
                    let every = TrafficProbe::slot_for(found.len());
                    // nothing was due while there was nobody to ask
                    if aims.is_empty() || every != slots.every {
                        slots.begin(clock.elapsed_awake(), every);
                        due.as_mut().reset(moment(slots.due()));
                    }
                    aims = found;
                    report(&mut reporter, &known, node_port).await?;
                }
            }
            () = &mut due, if !aims.is_empty() => {
                let (missed, slot) = slots.take(clock.elapsed_awake());
                due.as_mut().reset(moment(slots.due()));
                for (place, (worker, url)) in aims.iter().enumerate() {
                    let turn = TURN * (place / AT_ONCE) as u32;
                    for missed in missed.clone() {
                        reporter.send(Observation::Traffic(slots.probe(worker, missed, TrafficOutcome::Missed))).await?;
                    }
                    let probe = slots.probe(worker, slot, TrafficOutcome::Missed);
                    under_way.push(ask(client.clone(), reporter.clone(), clock, turn, probe, url.clone()));
                }
            }
            Some(said) = under_way.next() => said?,
        }
    }
}

/// The workers that can be asked, and where.
type Aims = BTreeMap<String, String>;

fn aimed(cluster: &Cluster) -> Aims {
    let published = cluster.workers().filter_map(|node| Some((node.name.clone(), node.node_port.as_ref()?)));
    published.map(|(name, address)| (name, format!("http://{address}{PATH}"))).collect()
}

/// Says whether every worker can be asked.
async fn report(reporter: &mut SourceReporter, cluster: &Cluster, node_port: u16) -> Result<(), FeedClosed> {
    let unmapped: Vec<_> =
        cluster.workers().filter(|node| node.node_port.is_none()).map(|node| node.name.as_str()).collect();
    if cluster.workers().next().is_none() {
        reporter.report_retrying("the cluster has no worker whose NodePort could be asked").await
    } else if unmapped.is_empty() {
        reporter.report_health(SourceHealth::Live).await
    } else {
        reporter.report_retrying(not_mapped(&unmapped, node_port)).await
    }
}

/// The fixed clock: slots from 0, one right after the other.
struct Slots {
    /// When the slot `first` began, by the session's clock.
    began: Duration,
    first: u64,
    /// The first slot that has not been taken.
    next: u64,
    /// From one slot to the next.
    every: Duration,
}

impl Slots {
    /// When the next slot is due, by the session's clock.
    fn due(&self) -> Duration {
        let slots = u32::try_from(self.next - self.first).unwrap_or(u32::MAX);
        self.began + self.every.saturating_mul(slots)
    }

    /// The slot of this moment, and those before it that were missed.
    fn take(&mut self, now: Duration) -> (std::ops::Range<u64>, u64) {
        let slot = (self.first + slots_in(now.saturating_sub(self.began), self.every)).max(self.next);
        let missed = missed(self.next, slot);
        self.next = slot + 1;
        (missed, slot)
    }

    /// Begins anew with the next slot, which is now.
    fn begin(&mut self, now: Duration, every: Duration) {
        *self = Self { began: now, first: self.next, next: self.next, every };
    }

    fn probe(&self, worker: &str, slot: u64, outcome: TrafficOutcome) -> TrafficProbe {
        let every_ms = self.every.as_millis() as u32;
        TrafficProbe { worker: worker.to_owned(), slot, every_ms, latency_us: 0, outcome }
    }
}

/// Asks when it is its turn, and says what was met in the place of what `probe` has.
async fn ask(
    client: reqwest::Client,
    reporter: SourceReporter,
    clock: Clock,
    turn: Duration,
    probe: TrafficProbe,
    url: String,
) -> Result<(), FeedClosed> {
    if !turn.is_zero() {
        sleep(turn).await;
    }
    let start = clock.instant_now();
    let outcome = match client.get(url).send().await {
        Ok(response) => TrafficOutcome::Answered(response.status().as_u16()),
        Err(error) => TrafficOutcome::Failed(failure::kind(&error)),
    };
    let latency_us = (clock.instant_now() - start).as_micros() as u64;
    reporter.send(Observation::Traffic(TrafficProbe { latency_us, outcome, ..probe })).await
}

fn not_mapped(workers: &[&str], node_port: u16) -> String {
    format!(
        "the NodePort {node_port} is not published on {}: map it with extraPortMappings on the workers, as \
         kind-cluster/kind-config.yaml does, and make the cluster anew",
        workers.join(", ")
    )
}

fn client() -> Result<reqwest::Client, reqwest::Error> {
    install_tls();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(1))
        .timeout(Duration::from_secs(2))
        .pool_max_idle_per_host(0)
        .no_proxy()
        // a connection that lives for a millisecond needs nothing that keeps it alive
        .tcp_keepalive(None)
        .tcp_keepalive_interval(None)
        .tcp_keepalive_retries(None)
        .tcp_nodelay(false)
        .redirect(reqwest::redirect::Policy::none())
        .http1_only()
        .build()
}

/// How many slots have passed.
fn slots_in(time: Duration, every: Duration) -> u64 {
    (time.as_nanos() / every.as_nanos().max(1)) as u64
}

/// The slots that were missed, from the first that was due up to the one that is due now; the newest of very many.
fn missed(first: u64, now: u64) -> std::ops::Range<u64> {
    first.max(now.saturating_sub(MISSED))..now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_missed_only_when_the_next_one_has_begun() {
        assert_eq!(slots_in(Duration::from_millis(499), TrafficProbe::SLOT), 0);
        assert_eq!(slots_in(Duration::from_millis(500), TrafficProbe::SLOT), 1);
        assert!(missed(5, 5).is_empty());
        assert_eq!(missed(5, 8), 5..8);
    }

    #[test]
    fn slots_follow_each_other_and_time_without_anyone_to_ask_is_left_out() {
        let millis = Duration::from_millis;
        let mut slots = Slots { began: millis(0), first: 0, next: 0, every: millis(500) };
        slots.begin(millis(3_000), millis(500));
        assert_eq!((slots.due(), slots.take(millis(3_001))), (millis(3_000), (0..0, 0)));
        assert_eq!((slots.due(), slots.take(millis(5_100))), (millis(3_500), (1..4, 4)));
        slots.begin(millis(60_000), millis(2_000));
        assert_eq!((slots.due(), slots.take(millis(60_010))), (millis(60_000), (5..5, 5)));
        assert_eq!((slots.due(), slots.take(millis(66_000))), (millis(62_000), (6..8, 8)));
    }

    #[test]
    fn eight_hours_of_sleep_do_not_give_fifty_thousand_observations() {
        assert_eq!(missed(10, 57_610), 57_370..57_610);
    }
}
