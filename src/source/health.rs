//! Health checks of the control plane, from outside: the port, `/livez` and `/readyz`, each with latency and kind of
//! failure.
//!
//! They run on a clock of their own, over connections of their own, and each has a bound, so that a frozen server is
//! seen within three seconds. A round that takes longer than its slot makes the next one wait: rounds never pile up.
//! The port is checked even when there is no kubeconfig, and while a plugin of it is waited for. A failed check is a
//! fact, not a failure of this source. What else is asked of the API server now and then is in `questions`.

mod questions;

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use http_body_util::{BodyExt as _, Limited};
use tokio::{
    net::TcpStream,
    time::{sleep_until, timeout},
};

use questions::Questions;

use super::{
    access::{self, AccessError, ApiAccess, Connection, CredentialCache, Fingerprint, Receipt},
    context::{ApiServerSignals, ClusterView, SourceContext},
    failure,
    notifier::{NotificationReceiver, changed},
    reporter::SourceReporter,
};
use crate::{
    clock::Clock,
    feed::FeedClosed,
    observation::{
        Cluster, HealthCheck, HealthProbe, NamedCheck, Observation, ProbeError, ProbeOutcome, SourceHealth, SourceId,
        Time,
    },
};

/// The time between two rounds while all is well.
const CALM: Duration = Duration::from_secs(1);
/// The time between two rounds while it is not ready: its return is to be seen within a second.
const ALERT: Duration = Duration::from_millis(500);
/// The longest wait for each check.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long the first round waits for the way to the API server: a kubeconfig is read in some milliseconds.
const FIRST: Duration = Duration::from_millis(500);
/// The wait before another search for the way to the API server, after one that failed: as long as between two tries of
/// a watch.
const AGAIN: chrono::Duration = chrono::Duration::seconds(2);
/// The longest answer that is read.
const ANSWER: usize = 64 * 1024;

/// Checks until the context's token is cancelled or the session is gone.
pub async fn run(context: SourceContext, access: ApiAccess, cluster: ClusterView) {
    let reporter = SourceReporter::new(&context, SourceId::Health);
    let questions = Questions::new(reporter.feed.clock());
    let health = Health {
        access,
        cluster,
        reporter,
        api_server: context.api_server.clone(),
        woken: context.woken.subscribe(),
        credentials: context.credentials.clone(),
        questions,
        ready: None,
    };
    context.until_cancelled(health.check()).await;
}

struct Health {
    access: ApiAccess,
    cluster: ClusterView,
    reporter: SourceReporter,
    api_server: ApiServerSignals,
    woken: NotificationReceiver,
    credentials: CredentialCache,
    questions: Questions,
    /// Whether the last `/readyz` was 200.
    ready: Option<bool>,
}

/// Where the checks go, as far as it is known.
struct Target {
    address: Option<String>,
    /// `None` while the kubeconfig is read, or its plugin runs.
    client: Option<Result<kube::Client, AccessError>>,
    fingerprint: Fingerprint,
    /// When its credential ends. `None` if it lasts.
    renew_at: Option<Time>,
    receipt: Option<Receipt>,
}

/// The search for another target.
type Search = Option<BoxFuture<'static, Target>>;

impl Health {
    async fn check(mut self) -> Result<(), FeedClosed> {
        self.reporter.report_health(SourceHealth::Connecting).await?;
        let clock = self.reporter.feed.clock();
        let mut search = None;
        let mut target = self.first_target(&mut search).await;
        let mut slot = clock.elapsed();
        loop {
            tokio::select! {
                biased;
                () = changed(&mut self.cluster) => {
                    target = self.first_target(&mut search).await;
                    slot = clock.elapsed();
                }
                () = self.woken.recv() => search = Some(self.search()),
                found = found(&mut search) => {
                    target = found;
                    continue;
                }
                answer = self.questions.answer() => {
                    self.reporter.send(answer).await?;
                    continue;
                }
                () = sleep_until(clock.instant(clock.started() + slot)) => {}
            }
            let ended = target.renew_at.is_some_and(|at| clock.now() >= at);
            if search.is_none()
                && (ended || self.ready != Some(true) && self.access.fingerprint().await != target.fingerprint)
            {
                search = Some(self.search());
            }
            if self.round(clock, &target).await? == Some(401) && search.is_none() {
                if let Some(receipt) = &target.receipt {
                    self.credentials.refused(receipt).await;
                }
                search = Some(self.search());
            }
            let period = if self.ready == Some(true) { CALM } else { ALERT };
            slot = next_slot(slot, period, clock.elapsed());
        }
    }

    /// Looks for the way to the API server. What is known without a kubeconfig is there after a moment.
    async fn first_target(&mut self, search: &mut Search) -> Target {
        let cluster = self.cluster.borrow_and_update().clone();
        let address = cluster.and_then(|cluster| cluster.api_endpoint);
        let mut looking = self.search();
        match timeout(FIRST, &mut looking).await {
            Ok(target) => {
                *search = None;
                target
            }
            Err(_elapsed) => {
                *search = Some(looking);
                Target { address, client: None, fingerprint: Fingerprint::default(), renew_at: None, receipt: None }
            }
        }
    }

    fn search(&self) -> BoxFuture<'static, Target> {
        let cluster = self.cluster.borrow().clone();
        let (access, credentials, clock) = (self.access.clone(), self.credentials.clone(), self.reporter.feed.clock());
        async move {
            let fingerprint = access.fingerprint().await;
            let endpoint = cluster.as_ref().and_then(|cluster| cluster.api_endpoint.clone());
            match access.connection(cluster.as_ref(), &credentials, clock).await {
                Ok(Connection { mut config, renew_at, receipt }) => {
                    config.connect_timeout = Some(PATIENCE);
                    config.write_timeout = Some(PATIENCE);
                    // a port behind a proxy cannot be checked
                    let direct = config.proxy_url.is_none().then(|| access::address(&config.cluster_url)).flatten();
                    let address = endpoint.or(direct);
                    Target { address, client: Some(client(config)), fingerprint, renew_at, receipt }
                }
                Err(error) => {
                    // a plugin or a file system may do better next time, with the same files
                    let renew_at = Some(clock.now() + AGAIN);
                    Target { address: endpoint, client: Some(Err(error)), fingerprint, renew_at, receipt: None }
                }
            }
        }
        .boxed()
    }

    /// One round: the checks run beside each other, and each is said when it is done. Returns the status of `/readyz`.
    async fn round(&mut self, clock: Clock, target: &Target) -> Result<Option<u16>, FeedClosed> {
        let mut checks = FuturesUnordered::new();
        if let Some(address) = &target.address {
            checks.push(port(clock, address).boxed());
        }
        if let Some(Ok(client)) = &target.client {
            checks.push(get(clock, client, HealthCheck::Livez, "/livez").boxed());
            checks.push(get(clock, client, HealthCheck::Readyz, "/readyz?verbose").boxed());
        }
        let (mut words, mut status) = (None, None);
        loop {
            let done = tokio::select! {
                biased;
                done = checks.next() => done,
                answer = self.questions.answer() => {
                    self.reporter.send(answer).await?;
                    continue;
                }
            };
            let Some(done) = done else { break };
            let Done { probe, problem } = done;
            if probe.check == HealthCheck::Readyz {
                let ready = probe.outcome == ProbeOutcome::Ok;
                if let ProbeOutcome::Status(refused) = probe.outcome {
                    status = Some(refused);
                }
                if ready && self.ready == Some(false) {
                    self.api_server.recovered.notify();
                }
                if self.ready.is_some_and(|was| was != ready) {
                    self.questions.something_changed();
                }
                self.ready = Some(ready);
                self.api_server.set_down(!ready);
            }
            words = words.or(problem);
            self.reporter.send(Observation::Health(probe)).await?;
        }
        // after the checks: on a fresh connection they come first
        if let (Some(Ok(client)), Some(ready)) = (&target.client, self.ready) {
            self.questions.ask_when_due(client, !ready);
        }
        match (&target.client, words) {
            (None, _) => self.reporter.report_health(SourceHealth::Connecting).await?,
            (Some(Err(AccessError::NoCluster)), _) if target.address.is_none() => {
                self.reporter.report_health(SourceHealth::Connecting).await?;
            }
            (Some(Err(error)), _) => self.reporter.report_retrying(error).await?,
            (Some(Ok(_)), Some(words)) => self.reporter.report_retrying(words).await?,
            (Some(Ok(_)), None) => self.reporter.report_health(SourceHealth::Live).await?,
        }
        Ok(status)
    }
}

/// The target that was looked for; for ever while none is.
async fn found(search: &mut Search) -> Target {
    match search {
        Some(looking) => {
            let target = looking.await;
            *search = None;
            target
        }
        None => std::future::pending().await,
    }
}

/// A check that is done, and what its failure needs words for.
struct Done {
    probe: HealthProbe,
    problem: Option<String>,
}

async fn port(clock: Clock, address: &str) -> Done {
    let start = clock.instant_now();
    let (outcome, problem) = match timeout(PATIENCE, TcpStream::connect(address)).await {
        Ok(Ok(_connected)) => (ProbeOutcome::Ok, None),
        Ok(Err(error)) => failed(&error, address),
        Err(_elapsed) => (ProbeOutcome::Failed(ProbeError::Timeout), None),
    };
    Done { probe: probe(HealthCheck::Port, clock.instant_now() - start, outcome), problem }
}

async fn get(clock: Clock, client: &kube::Client, check: HealthCheck, path: &str) -> Done {
    let start = clock.instant_now();
    let answer = async {
        let request = http::Request::get(path).body(kube::client::Body::empty()).map_err(kube::Error::HttpError)?;
        let response = client.send(request).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER).collect().await.map_err(kube::Error::Service)?;
        Ok::<_, kube::Error>((status, body.to_bytes()))
    };
    let mut checks = Vec::new();
    let (outcome, problem) = match timeout(PATIENCE, answer).await {
        Ok(Ok((status, body))) => {
            if check == HealthCheck::Readyz {
                checks = named_checks(&body);
            }
            match status {
                200 => (ProbeOutcome::Ok, None),
                401 => (ProbeOutcome::Status(401), Some(NOT_KNOWN.to_owned())),
                status => (ProbeOutcome::Status(status), None),
            }
        }
        Ok(Err(error)) => failed(&error, path),
        Err(_elapsed) => (ProbeOutcome::Failed(ProbeError::Timeout), None),
    };
    Done { probe: HealthProbe { checks, ..probe(check, clock.instant_now() - start, outcome) }, problem }
}

/// Whether a control plane is ready, as far as it can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// `/readyz` answered 200.
    Ready,
    /// Its port takes connections, and `/readyz` cannot be asked; the reason, for a person.
    PortOpen(String),
    /// It is not ready; the reason, for a person.
    NotReady(String),
}

impl Readiness {
    /// Whether nothing more can be waited for.
    pub fn is_ready(&self) -> bool {
        !matches!(self, Self::NotReady(_))
    }
}

impl std::fmt::Display for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ready => f.write_str("/readyz is 200"),
            Self::PortOpen(why) => write!(f, "its port is open; /readyz cannot be asked: {why}"),
            Self::NotReady(why) => f.write_str(why),
        }
    }
}

/// Asks `/readyz` once, over a connection of its own; without a usable kubeconfig, tries the port instead. Takes 1.5 s
/// at most, once the kubeconfig is read.
pub async fn readiness(
    access: &ApiAccess,
    credentials: &CredentialCache,
    cluster: &Cluster,
    clock: Clock,
) -> Readiness {
    let connecting = access.connection(Some(cluster), credentials, clock).await;
    let connected = connecting.and_then(|Connection { mut config, .. }| {
        config.connect_timeout = Some(PATIENCE);
        client(config)
    });
    let (done, why) = match (connected, &cluster.api_endpoint) {
        (Ok(client), _) => (get(clock, &client, HealthCheck::Readyz, "/readyz").await, None),
        // a kubeconfig that cannot be read now may be written at this moment: nothing is said to be ready by a port
        (Err(error @ (AccessError::Missing { .. } | AccessError::NoContext { .. })), Some(endpoint)) => {
            (port(clock, endpoint).await, Some(error.to_string()))
        }
        (Err(error), _) => return Readiness::NotReady(error.to_string()),
    };
    let Done { probe, problem } = done;
    match (probe.outcome, why) {
        (ProbeOutcome::Ok, None) => Readiness::Ready,
        (ProbeOutcome::Ok, Some(why)) => Readiness::PortOpen(why),
        (ProbeOutcome::Status(status), _) => Readiness::NotReady(format!("/readyz is {status}")),
        (ProbeOutcome::Failed(error), _) => {
            Readiness::NotReady(problem.unwrap_or_else(|| format!("/readyz fails: {}", error.as_str())))
        }
    }
}

const NOT_KNOWN: &str =
    "the API server does not know the kubeconfig's user (401): `kind export kubeconfig` writes the credentials anew";

/// The kind of a failure, and its words where the kind alone does not help.
fn failed(error: &(dyn std::error::Error + 'static), what: &str) -> (ProbeOutcome, Option<String>) {
    let kind = failure::kind(error);
    let problem = match kind {
        ProbeError::Tls => Some(format!(
            "the API server's certificate is not the one that the kubeconfig trusts ({}): `kind export kubeconfig` \
             writes it anew",
            failure::words(error)
        )),
        ProbeError::Other => Some(format!("checking {what} failed: {}", failure::words(error))),
        _ => None,
    };
    (ProbeOutcome::Failed(kind), problem)
}

fn probe(check: HealthCheck, latency: Duration, outcome: ProbeOutcome) -> HealthProbe {
    HealthProbe { check, latency_us: latency.as_micros() as u64, outcome, checks: Vec::new() }
}

fn client(config: kube::Config) -> Result<kube::Client, AccessError> {
    kube::Client::try_from(config)
        .map_err(|source| AccessError::Client { words: failure::words(&source), source: source.into() })
}

/// The first slot that is not over yet.
fn next_slot(last: Duration, period: Duration, now: Duration) -> Duration {
    let passed = now.saturating_sub(last).as_millis() / period.as_millis();
    last + period * (passed as u32 + 1)
}

/// The lines `[+]name ok` and `[-]name failed: …` of an answer; others are left out.
fn named_checks(body: &[u8]) -> Vec<NamedCheck> {
    String::from_utf8_lossy(body)
        .lines()
        .filter_map(|line| {
            let (ok, rest) = match line.get(..3)? {
                "[+]" => (true, &line[3..]),
                "[-]" => (false, &line[3..]),
                _ => return None,
            };
            let name = rest.split_whitespace().next()?;
            Some(NamedCheck { name: name.to_owned(), ok })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_checks_are_read_from_the_verbose_answer() {
        let body = b"[+]ping ok\n[-]etcd failed: reason withheld\n[+]poststarthook/rbac/bootstrap-roles ok\n\nhealthz check failed\n";
        let checks: Vec<_> = named_checks(body).into_iter().map(|check| (check.name, check.ok)).collect();
        let expected = [("ping", true), ("etcd", false), ("poststarthook/rbac/bootstrap-roles", true)];
        assert_eq!(checks, expected.map(|(name, ok)| (name.to_owned(), ok)));
        assert!(named_checks("[+]\n[-]   \n\u{fffd}é".as_bytes()).is_empty());
    }

    #[test]
    fn a_round_that_outlasts_its_slot_skips_the_slots_it_took() {
        let ms = Duration::from_millis;
        assert_eq!(next_slot(ms(1000), ms(1000), ms(1020)), ms(2000));
        assert_eq!(next_slot(ms(1000), ms(500), ms(2510)), ms(3000));
        assert_eq!(next_slot(ms(1000), ms(500), ms(900)), ms(1500));
    }
}
