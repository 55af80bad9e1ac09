//! Containers inside the workers, as listed by each worker's container runtime without the API server.
//!
//! A round lists them every 30 s, every 10 s while the API server is down, and at once when that changes: each list
//! costs a process in each worker. A failure is reported and tried again. The lister is an argument: [`crictl`] through
//! the engine, or the lab.

mod crictl;

use std::{future::Future, time::Duration};

use futures_util::{StreamExt as _, stream};
use tokio::{sync::watch, time::sleep};

use super::{
    context::{ClusterView, SourceContext},
    notifier::changed,
    reporter::SourceReporter,
};
use crate::{
    feed::FeedClosed,
    observation::{Observation, RunningContainer, RuntimeOutcome, RuntimeProbe, SourceHealth, SourceId},
};

pub use crictl::{CrictlError, crictl};

/// Time between two rounds while the API server is up.
const CALM: Duration = Duration::from_secs(30);

/// Time between two rounds while the API server is down.
const ALERT: Duration = Duration::from_secs(10);

/// Number of workers that list their containers at the same time.
const CONCURRENCY: usize = 3;

/// Lists containers until the source is cancelled or the session has ended. `list` lists those of one worker.
pub async fn run<L, F>(context: SourceContext, cluster: ClusterView, list: L)
where
    L: Fn(String) -> F + Send,
    F: Future<Output = Result<Vec<RunningContainer>, CrictlError>> + Send,
{
    let reporter = SourceReporter::new(&context, SourceId::Runtime);
    let api_down = context.api_server.subscribe_down();
    context.until_cancelled(run_rounds(reporter, cluster, api_down, list)).await;
}

async fn run_rounds<L, F>(
    mut reporter: SourceReporter,
    mut cluster: ClusterView,
    mut api_down: watch::Receiver<bool>,
    list: L,
) -> Result<(), FeedClosed>
where
    L: Fn(String) -> F + Send,
    F: Future<Output = Result<Vec<RunningContainer>, CrictlError>> + Send,
{
    reporter.report_health(SourceHealth::Connecting).await?;
    loop {
        let workers: Vec<String> = match &*cluster.borrow_and_update() {
            Some(cluster) => cluster.workers().map(|worker| worker.name.clone()).collect(),
            None => Vec::new(),
        };
        let interval = if *api_down.borrow_and_update() { ALERT } else { CALM };
        if !workers.is_empty() {
            match run_round(workers, &list, &reporter).await? {
                Some(error) => reporter.report_retrying(error).await?,
                None => reporter.report_health(SourceHealth::Live).await?,
            }
        }
        tokio::select! {
            () = sleep(interval) => {}
            () = changed(&mut cluster) => {}
            () = changed(&mut api_down) => {}
        }
    }
}

/// Lists the containers of all workers, and sends each list as soon as it is there. Returns the last failure.
async fn run_round<L, F>(
    workers: Vec<String>,
    list: &L,
    reporter: &SourceReporter,
) -> Result<Option<String>, FeedClosed>
where
    L: Fn(String) -> F + Send,
    F: Future<Output = Result<Vec<RunningContainer>, CrictlError>> + Send,
{
    let mut lists = stream::iter(workers)
        .map(|worker| {
            let list = list(worker.clone());
            async move { (worker, list.await) }
        })
        .buffer_unordered(CONCURRENCY);
    let mut last_error = None;
    while let Some((worker, list)) = lists.next().await {
        let outcome = match list {
            Ok(mut containers) => {
                containers.sort_unstable();
                RuntimeOutcome::Running(containers)
            }
            Err(error) => {
                let error = error.to_string();
                last_error = Some(error.clone());
                RuntimeOutcome::Failed(error)
            }
        };
        reporter.send(Observation::Runtime(RuntimeProbe { worker, outcome })).await?;
    }
    Ok(last_error)
}
