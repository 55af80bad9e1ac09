//! Loop of the health checks.

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio::time::{sleep_until, timeout};

use super::{
    api_probes::ApiProbes,
    check::{self, CheckResult},
    slots,
    target::{ProbeTarget, TargetLookup},
};
use crate::{
    clock::Clock,
    feed::FeedClosed,
    observation::{HealthCheck, HealthProbe, Observation, ProbeOutcome, SourceHealth},
    source::{
        access::{ApiAccess, CredentialCache},
        context::{ApiServerSignals, ClusterView, SourceContext},
        notifier::{NotificationReceiver, changed},
        reporter::SourceReporter,
    },
};

/// Time between two rounds while the API server is ready.
const CALM: Duration = Duration::from_secs(1);

/// Time between two rounds while the API server is not ready, so that a recovery is detected within a second.
const ALERT: Duration = Duration::from_millis(500);

/// Longest wait of the first round for the lookup of the target; a kubeconfig is read in a few milliseconds.
const FIRST_LOOKUP: Duration = Duration::from_millis(500);

/// The health checks of the control plane.
pub(super) struct HealthSource {
    access: ApiAccess,
    cluster: ClusterView,
    reporter: SourceReporter,
    api_server: ApiServerSignals,
    woken: NotificationReceiver,
    credentials: CredentialCache,
    probes: ApiProbes,
    /// Whether the last `/readyz` was 200. `None` before the first one.
    ready: Option<bool>,
}

impl HealthSource {
    pub(super) fn new(
        reporter: SourceReporter,
        access: ApiAccess,
        cluster: ClusterView,
        context: &SourceContext,
    ) -> Self {
        Self {
            access,
            cluster,
            probes: ApiProbes::new(reporter.feed.clock()),
            reporter,
            api_server: context.api_server.clone(),
            woken: context.woken.subscribe(),
            credentials: context.credentials.clone(),
            ready: None,
        }
    }

    /// Checks until the session has ended.
    pub(super) async fn run(mut self) -> Result<(), FeedClosed> {
        self.reporter.report_health(SourceHealth::Connecting).await?;
        let clock = self.reporter.feed.clock();
        let mut lookup = None;
        let mut target = self.first_target(&mut lookup).await;
        let mut slot = clock.elapsed();
        loop {
            tokio::select! {
                biased;
                () = changed(&mut self.cluster) => {
                    target = self.first_target(&mut lookup).await;
                    slot = clock.elapsed();
                }
                () = self.woken.recv() => lookup = Some(self.lookup()),
                found = finished(&mut lookup) => {
                    target = found;
                    continue;
                }
                probe = self.probes.next() => {
                    self.reporter.send(probe).await?;
                    continue;
                }
                () = sleep_until(clock.instant(clock.started() + slot)) => {}
            }
            if lookup.is_none() && is_outdated(&target, &self.access, self.ready, clock).await {
                lookup = Some(self.lookup());
            }
            if self.round(clock, &target).await? == Some(401) && lookup.is_none() {
                if let Some(credential) = &target.credential {
                    self.credentials.invalidate(credential).await;
                }
                lookup = Some(self.lookup());
            }
            let period = if self.ready == Some(true) { CALM } else { ALERT };
            slot = slots::next(slot, period, clock.elapsed());
        }
    }

    /// Looks up the target. After [`FIRST_LOOKUP`] returns what is known without a kubeconfig, and leaves the rest in
    /// `lookup`.
    async fn first_target(&mut self, lookup: &mut Option<TargetLookup>) -> ProbeTarget {
        let cluster = self.cluster.borrow_and_update().clone();
        let mut started = self.lookup();
        match timeout(FIRST_LOOKUP, &mut started).await {
            Ok(target) => {
                *lookup = None;
                target
            }
            Err(_elapsed) => {
                *lookup = Some(started);
                ProbeTarget::port_only(cluster.and_then(|cluster| cluster.api_endpoint))
            }
        }
    }

    fn lookup(&self) -> TargetLookup {
        let cluster = self.cluster.borrow().clone();
        ProbeTarget::lookup(self.access.clone(), cluster, self.credentials.clone(), self.reporter.feed.clock())
    }

    /// Runs the checks side by side, and sends each as soon as it is done. Returns the status of `/readyz` other than
    /// 200.
    async fn round(&mut self, clock: Clock, target: &ProbeTarget) -> Result<Option<u16>, FeedClosed> {
        let mut checks = FuturesUnordered::new();
        if let Some(address) = &target.address {
            checks.push(check::port(clock, address).boxed());
        }
        if let Some(Ok(client)) = &target.client {
            checks.push(check::get(clock, client, HealthCheck::Livez, "/livez").boxed());
            checks.push(check::get(clock, client, HealthCheck::Readyz, "/readyz?verbose").boxed());
        }
        let (mut first_message, mut status) = (None, None);
        loop {
            let result = tokio::select! {
                biased;
                result = checks.next() => result,
                probe = self.probes.next() => {
                    self.reporter.send(probe).await?;
                    continue;
                }
            };
            let Some(CheckResult { probe, message }) = result else { break };
            if probe.check == HealthCheck::Readyz {
                status = self.readyz(&probe);
            }
            first_message = first_message.or(message);
            self.reporter.send(Observation::Health(probe)).await?;
        }
        // After the checks, so that they come first on a new connection.
        if let (Some(Ok(client)), Some(ready)) = (&target.client, self.ready) {
            self.probes.start_if_due(client, !ready);
        }
        self.report_health(target, first_message).await?;
        Ok(status)
    }

    /// Publishes the result of `/readyz` to the other sources. Returns its status, `None` for 200 or no answer.
    fn readyz(&mut self, probe: &HealthProbe) -> Option<u16> {
        let ready = probe.outcome == ProbeOutcome::Ok;
        if ready && self.ready == Some(false) {
            self.api_server.recovered.notify();
        }
        if self.ready.is_some_and(|was_ready| was_ready != ready) {
            self.probes.readiness_changed();
        }
        self.ready = Some(ready);
        self.api_server.set_down(!ready);
        match probe.outcome {
            ProbeOutcome::Status(status) => Some(status),
            ProbeOutcome::Ok | ProbeOutcome::Failed(_) => None,
        }
    }

    async fn report_health(&mut self, target: &ProbeTarget, message: Option<String>) -> Result<(), FeedClosed> {
        match (&target.client, message) {
            (None, _) => self.reporter.report_health(SourceHealth::Connecting).await,
            _ if target.is_unknown() => self.reporter.report_health(SourceHealth::Connecting).await,
            (Some(Err(error)), _) => self.reporter.report_retrying(error).await,
            (Some(Ok(_)), Some(message)) => self.reporter.report_retrying(message).await,
            (Some(Ok(_)), None) => self.reporter.report_health(SourceHealth::Live).await,
        }
    }
}

/// Whether the target has expired, or its files have changed. The files are not checked while the server is ready.
async fn is_outdated(target: &ProbeTarget, access: &ApiAccess, ready: Option<bool>, clock: Clock) -> bool {
    target.renew_at.is_some_and(|at| clock.now() >= at)
        || ready != Some(true) && access.fingerprint().await != target.fingerprint
}

/// Waits for a lookup and clears it. Never returns if there is none.
async fn finished(lookup: &mut Option<TargetLookup>) -> ProbeTarget {
    match lookup {
        Some(started) => {
            let target = started.await;
            *lookup = None;
            target
        }
        None => std::future::pending().await,
    }
}
