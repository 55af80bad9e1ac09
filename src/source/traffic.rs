//! Requests to the workload through each worker's NodePort, on a fixed clock, each over a connection of its own.
//!
//! Every slot of the clock gives one observation: an answer, a failure, or "missed" when this program was late. No
//! slot is counted as a success that was not asked, and no probe waits for another. Which pod answers is no business
//! of this module.

use std::{collections::BTreeMap, time::Duration};

use tokio::{sync::watch, task::JoinSet, time::sleep_until};

use super::{ClusterView, Supply, Voice, access::install_tls, changed, failure};
use crate::{
    clock::Clock,
    feed::Closed,
    observation::{Observation, SourceHealth, SourceId, TrafficOutcome, TrafficProbe},
};

/// The path that is asked for: httpbin answers 200 and nothing else.
const PATH: &str = "/status/200";
/// Missed slots that are said after a long sleep of the machine: two minutes of them.
const MISSED: u64 = 240;

/// Probes every worker until the supply's token is cancelled or the session is gone. `node_port` is the workload's,
/// for the words; where it is published comes with the cluster.
pub async fn run(supply: Supply, cluster: ClusterView, node_port: u16) {
    let voice = Voice::new(&supply, SourceId::Traffic);
    supply.until_cancelled(probe_workers(cluster, voice, node_port)).await;
}

async fn probe_workers(mut cluster: ClusterView, mut voice: Voice, node_port: u16) -> Result<(), Closed> {
    voice.is(SourceHealth::Connecting).await?;
    let client = loop {
        match client() {
            Ok(client) => break client,
            Err(error) => {
                voice.retries(format!("no HTTP client can be made: {}", failure::words(&error))).await?;
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    };
    let mut probers: BTreeMap<String, watch::Sender<Option<String>>> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    loop {
        let known = cluster.borrow_and_update().clone();
        if let Some(known) = known {
            let ports: BTreeMap<_, _> =
                known.workers().map(|node| (node.name.clone(), node.node_port.clone())).collect();
            for (worker, address) in &probers {
                aim(address, ports.get(worker).cloned().flatten());
            }
            for (worker, port) in &ports {
                if !probers.contains_key(worker) {
                    let (address, aim) = watch::channel(port.clone());
                    let prober = Prober { client: client.clone(), voice: voice.clone(), worker: worker.clone(), aim };
                    tasks.spawn(prober.probe());
                    probers.insert(worker.clone(), address);
                }
            }
            let unmapped: Vec<_> =
                ports.iter().filter(|(_, port)| port.is_none()).map(|(worker, _)| worker.as_str()).collect();
            if ports.is_empty() {
                voice.retries("the cluster has no worker whose NodePort could be asked").await?;
            } else if unmapped.is_empty() {
                voice.is(SourceHealth::Live).await?;
            } else {
                voice.retries(not_mapped(&unmapped, node_port)).await?;
            }
        }
        tokio::select! {
            () = changed(&mut cluster) => {}
            // a prober ends only when the session is gone
            Some(_ended) = tasks.join_next() => return Err(Closed),
        }
    }
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
        .redirect(reqwest::redirect::Policy::none())
        .http1_only()
        .build()
}

/// Tells a prober where to ask, if that changed.
fn aim(address: &watch::Sender<Option<String>>, at: Option<String>) {
    address.send_if_modified(|current| {
        let changes = *current != at;
        *current = at;
        changes
    });
}

/// Probes one worker, in a task of its own.
struct Prober {
    client: reqwest::Client,
    voice: Voice,
    worker: String,
    aim: watch::Receiver<Option<String>>,
}

impl Prober {
    async fn probe(mut self) -> Result<(), Closed> {
        let clock = self.voice.feed.clock();
        let start = clock.elapsed();
        let mut under_way = JoinSet::new();
        let mut next: u64 = 0;
        loop {
            let due = start + TrafficProbe::SLOT * next as u32;
            sleep_until(clock.instant(clock.started()) + due).await;
            while under_way.try_join_next().is_some() {}
            let address = self.aim.borrow_and_update().clone();
            let Some(address) = address else {
                // nothing to ask until there is an address; its first slot is the next one
                changed(&mut self.aim).await;
                next = slot_at(clock.elapsed() - start) + 1;
                continue;
            };
            let slot = slot_at(clock.elapsed() - start).max(next);
            for missed in missed(next, slot) {
                self.voice.say(self.observation(missed, 0, TrafficOutcome::Missed)).await?;
            }
            next = slot + 1;
            under_way.spawn(self.ask(clock, slot, address));
        }
    }

    fn ask(&self, clock: Clock, slot: u64, address: String) -> impl Future<Output = ()> + Send + 'static {
        let (client, voice, worker) = (self.client.clone(), self.voice.clone(), self.worker.clone());
        async move {
            let start = clock.elapsed();
            let outcome = match client.get(format!("http://{address}{PATH}")).send().await {
                Ok(response) => TrafficOutcome::Answered(response.status().as_u16()),
                Err(error) => TrafficOutcome::Failed(failure::kind(&error)),
            };
            let latency_us = (clock.elapsed() - start).as_micros() as u64;
            let probe = TrafficProbe { worker, slot, latency_us, outcome };
            let _closed = voice.say(Observation::Traffic(probe)).await;
        }
    }

    fn observation(&self, slot: u64, latency_us: u64, outcome: TrafficOutcome) -> Observation {
        Observation::Traffic(TrafficProbe { worker: self.worker.clone(), slot, latency_us, outcome })
    }
}

/// The slot that a moment belongs to.
fn slot_at(since_start: Duration) -> u64 {
    (since_start.as_nanos() / TrafficProbe::SLOT.as_nanos()) as u64
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
        assert_eq!(slot_at(Duration::from_millis(499)), 0);
        assert_eq!(slot_at(Duration::from_millis(500)), 1);
        assert!(missed(5, 5).is_empty());
        assert_eq!(missed(5, 8), 5..8);
    }

    #[test]
    fn eight_hours_of_sleep_do_not_give_fifty_thousand_observations() {
        assert_eq!(missed(10, 57_610), 57_370..57_610);
    }
}
