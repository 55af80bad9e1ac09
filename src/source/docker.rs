//! The container engine as a source: the kind cluster, and the states and events of its containers.
//!
//! Searches for the engine and the cluster until both are found, and resumes the event stream at the last event, so
//! that events during an absence of the engine are not lost. A fact is sent only when it changed, and a request to the
//! engine never holds up its events. Changes nothing in the engine; that is up to `fault`.

mod cluster_watch;
mod decode;
mod discovery;
mod engine_source;
mod events;
mod watched_node;

use std::time::Duration;

use tokio::time::sleep;

use super::{
    backoff::Backoff,
    context::SourceContext,
    notifier::{NotificationReceiver, changed},
    reporter::SourceReporter,
};
use crate::{
    feed::FeedClosed,
    observation::{Cluster, SourceHealth, SourceId},
};

use cluster_watch::{ClusterWatch, ClusterWatchEnd};
pub use discovery::{Discovery, clusters, discover};
pub use engine_source::EngineSource;

/// Time between two searches for a cluster.
const SEARCH_INTERVAL: Duration = Duration::from_secs(2);

/// Watches the engine until the source is cancelled or the session has ended.
pub async fn run(context: SourceContext, source: EngineSource) {
    let reporter = SourceReporter::new(&context, SourceId::Docker);
    context.until_cancelled(watch_engine(source, reporter, context.woken.subscribe())).await;
}

async fn watch_engine(
    mut source: EngineSource,
    mut reporter: SourceReporter,
    mut woken: NotificationReceiver,
) -> Result<(), FeedClosed> {
    reporter.report_health(SourceHealth::Connecting).await?;
    let mut backoff = Backoff::default();
    loop {
        let requested = source.choice.borrow_and_update().clone();
        let Some(cluster) = find_cluster(&mut source, &mut reporter, requested.as_deref()).await? else { continue };
        let mut watch = ClusterWatch::new(source.engine.clone(), source.node_port, cluster, reporter.feed.now());
        loop {
            match watch.run(&mut reporter, &mut source, &mut backoff, &mut woken).await? {
                ClusterWatchEnd::OtherCluster => break,
                ClusterWatchEnd::Slept => {
                    backoff.reset();
                    continue;
                }
                ClusterWatchEnd::Engine(error) => reporter.report_retrying(error).await?,
            }
            tokio::select! {
                () = woken.recv() => backoff.reset(),
                () = sleep(backoff.next()) => {}
                () = changed(&mut source.choice) => break,
            }
        }
    }
}

/// Searches until there is a cluster to watch. `None` if the choice changed meanwhile.
async fn find_cluster(
    source: &mut EngineSource,
    reporter: &mut SourceReporter,
    requested: Option<&str>,
) -> Result<Option<Cluster>, FeedClosed> {
    loop {
        let discovery = discover(&source.engine, requested, source.node_port).await;
        let found = discovery.cluster().cloned();
        if found.is_none() {
            reporter.report_retrying(&discovery).await?;
        }
        source.discovery.send_replace(discovery);
        if found.is_some() {
            return Ok(found);
        }
        tokio::select! {
            () = sleep(SEARCH_INTERVAL) => {}
            () = changed(&mut source.choice) => return Ok(None),
        }
    }
}
