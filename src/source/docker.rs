//! The container engine as a source: which kind cluster there is, the state of its containers, and what happens to
//! them.
//!
//! It keeps looking: for an engine, for a cluster, for the events that passed while the engine was away (the stream is
//! resumed at the last event's time). A fact is said when it changed. Whatever fails is said once and tried again; a
//! question to the engine never holds up the events. It changes nothing; that is `fault`.

mod decode;
mod discovery;
mod events;
mod follow;

use std::time::Duration;

use tokio::{sync::watch, time::sleep};

use super::{
    backoff::Backoff,
    context::SourceContext,
    notifier::{NotificationReceiver, changed},
    reporter::SourceReporter,
};
use crate::{
    engine::Engine,
    feed::FeedClosed,
    observation::{Cluster, SourceHealth, SourceId},
};

pub use discovery::{Discovery, clusters, discover};
use follow::{Follow, Lost};

/// The time between two looks for a cluster.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What this source is told, and whom it tells what it found.
#[derive(Debug)]
pub struct EngineSource {
    /// The engine to ask.
    pub engine: Engine,
    /// The workload's NodePort; each worker's published port for it is looked up.
    pub node_port: u16,
    /// Name of the cluster to watch; nothing for the only one. Whoever lets the person choose changes it.
    pub choice: watch::Receiver<Option<String>>,
    /// How the search stands. Once a cluster was found it stays found until the choice changes.
    pub discovery: watch::Sender<Discovery>,
    /// The cluster, for the sources that need its addresses.
    pub cluster: watch::Sender<Option<Cluster>>,
}

/// Watches the engine until the context's token is cancelled or the session is gone.
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
        let wanted = source.choice.borrow_and_update().clone();
        let cluster = find(&mut source, &mut reporter, wanted.as_deref()).await?;
        let Some(cluster) = cluster else { continue };
        let mut follow = Follow::new(source.engine.clone(), source.node_port, cluster, reporter.feed.now());
        loop {
            match follow.until_lost(&mut reporter, &mut source, &mut backoff, &mut woken).await? {
                Lost::Choice => break,
                Lost::Slept => {
                    backoff.reset();
                    continue;
                }
                Lost::Engine(error) => reporter.report_retrying(error).await?,
            }
            tokio::select! {
                () = woken.recv() => backoff.reset(),
                () = sleep(backoff.next()) => {}
                () = changed(&mut source.choice) => break,
            }
        }
    }
}

/// Looks until there is a cluster to watch; gives up when the choice changes.
async fn find(
    source: &mut EngineSource,
    reporter: &mut SourceReporter,
    wanted: Option<&str>,
) -> Result<Option<Cluster>, FeedClosed> {
    loop {
        let discovery = discover(&source.engine, wanted, source.node_port).await;
        let found = match &discovery {
            Discovery::Found(cluster) => Some(cluster.clone()),
            other => {
                reporter.report_retrying(other).await?;
                None
            }
        };
        source.discovery.send_replace(discovery);
        if found.is_some() {
            return Ok(found);
        }
        tokio::select! {
            () = sleep(LOOK_AGAIN) => {}
            () = changed(&mut source.choice) => return Ok(None),
        }
    }
}
