//! The session without a screen: the story's changes as JSON lines, until a signal comes.
//!
//! It needs a cluster from the start: nobody is there to choose one or to wait for it.

use std::{io::Write, time::Duration};

use super::{Options, Signals, Target, plant::Plant, state_folder, taping::Taping};
use crate::{
    clock::Clock,
    feed::{self, Feed},
    lab::LabError,
    observation::{Observation, Stamped},
    output,
    report::story::Narrator,
    source::docker::{Discovery, discover},
    world::World,
};

/// Facts that change only because time passes (a source that fell silent) are looked for this often.
const BEAT: Duration = Duration::from_secs(1);

/// A fact that was stamped this long ago has arrived: the beats before it can be told.
const GRACE: chrono::Duration = chrono::Duration::milliseconds(200);

/// Observations folded at a time, and how long one waits for others.
const BATCH: usize = 256;
const COMPANY: Duration = Duration::from_millis(10);

/// Why the story cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    /// There is no cluster to watch, or no engine.
    #[error("{0}")]
    NoCluster(Discovery),
    /// The lab cannot be built.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// What is told could not be written.
    #[error("the story cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Watches, and writes each change of the story as a line of JSON.
pub async fn tell(options: Options, mut signals: Signals, out: impl Write) -> Result<(), HeadlessError> {
    let mut out = output::json(out);
    let mut name = "lab".to_owned();
    if let Target::Kind { engine, cluster, node_port, .. } = &options.target {
        match discover(engine, cluster.as_deref(), *node_port).await {
            Discovery::Found(cluster) => name = cluster.name,
            other => return Err(HeadlessError::NoCluster(other)),
        }
    }
    let clock = Clock::start();
    let (feed, mut received) = Feed::channel(clock, feed::CAPACITY);
    let mut plant = Plant::new(&options.target, feed)?;
    let mut world = World::new(clock.started());
    let mut narrator = Narrator::new(clock.started());
    let mode = options.target.mode();
    let mut taping = Taping::new(options.record.clone());
    let not_recording = taping.begin(clock.started(), &name, mode, state_folder().as_deref());
    not_recording.iter().for_each(|error| tracing::warn!("not recording: {error}"));
    let mut batch: Vec<Stamped> = Vec::with_capacity(BATCH);
    let mut beat = tokio::time::interval(BEAT);
    let told = loop {
        let mut passed = false;
        tokio::select! {
            biased;
            _signal = signals.next() => break Ok(()),
            _ = beat.tick() => {
                passed = true;
                while let Ok(stamped) = received.try_recv() {
                    batch.push(stamped);
                }
            }
            taken = received.recv_many(&mut batch, BATCH) => {
                if taken < BATCH {
                    // what comes at once is taken at once
                    tokio::time::sleep(COMPANY).await;
                    while batch.len() < BATCH && let Ok(stamped) = received.try_recv() {
                        batch.push(stamped);
                    }
                }
            }
        }
        let mut told = Vec::new();
        for stamped in batch.drain(..) {
            told.extend(narrator.take(&mut world, &stamped));
            if let Observation::Cluster(cluster) = &stamped.observation {
                plant.journals(cluster);
            }
            if let Some(error) = taping.take(stamped) {
                tracing::warn!("not recording: {error}");
            }
        }
        if passed {
            told.extend(narrator.pass(&world, clock.now() - GRACE));
        }
        let write = || {
            for told in told {
                serde_json::to_writer(&mut out, &told)?;
                out.write_all(b"\n")?;
            }
            out.flush()
        };
        match write() {
            // whoever read it has seen enough
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break Ok(()),
            Err(error) => break Err(error.into()),
            Ok(()) => {}
        }
    };
    plant.close().await;
    told
}
