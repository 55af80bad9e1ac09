//! The session without a screen: the story's changes as JSON lines, until a signal comes.
//!
//! It needs a cluster from the start: nobody is there to choose one or to wait for it. A reader that does not read holds
//! up the story and what it is made of, but no signal.

mod line_writer;

use std::{
    io::{self, Write},
    time::Duration,
};

use line_writer::LineWriter;
use tokio::time::{MissedTickBehavior, sleep_until, timeout_at};

use super::{
    BATCH, COMPANY, SessionOptions, SessionTarget, Signals,
    machine_sleep::{self, MachineSleep},
    recording::SessionRecording,
    shutdown,
    sources::SourceTasks,
    state_dir,
};
use crate::{
    clock::Clock,
    feed::{self, Feed},
    lab::LabError,
    observation::{Observation, Stamped, Time},
    output,
    report::story::{StoryBuilder, StoryLine},
    source::docker::{Discovery, discover},
    tui::StandardError,
    world::World,
};

/// Facts that change only because time passes (a source that fell silent) are looked for this often.
const BEAT: Duration = Duration::from_secs(1);

/// A fact that was stamped this long ago has arrived: the beats before it can be told.
const GRACE: chrono::Duration = chrono::Duration::milliseconds(200);

/// Time that a reader gets for the last lines, from the signal on: no longer than the sources get to end.
const LAST_LINES: Duration = Duration::from_millis(1_500);

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

/// Watches, and writes each change of the story as a line of JSON, until a signal comes or nobody reads any more.
///
/// # Errors
/// There is no cluster to watch, or the story cannot be written.
pub async fn run_headless(
    options: SessionOptions,
    mut signals: Signals,
    out: impl Write + Send + 'static,
) -> Result<(), HeadlessError> {
    let out = output::json(out);
    let mut name = "lab".to_owned();
    if let SessionTarget::Kind { engine, cluster, node_port, .. } = &options.target {
        let found = tokio::select! {
            biased;
            _signal = signals.next() => return Ok(()),
            found = discover(engine, cluster.as_deref(), *node_port) => found,
        };
        match found {
            Discovery::Found(cluster) => name = cluster.name,
            other => return Err(HeadlessError::NoCluster(other)),
        }
    }
    let clock = Clock::start();
    let (feed, mut received) = Feed::channel(clock, feed::CAPACITY);
    let plant = SourceTasks::new(&options.target, feed)?;
    let mut sleep = MachineSleep::new(clock, plant.woken());
    let mut recording = SessionRecording::new(options.recording.clone());
    let not_recording = recording.begin(clock.started(), &name, options.target.mode(), state_dir().as_deref());
    not_recording.iter().for_each(|error| complain(&format!("not recording: {error}")));
    let lines = LineWriter::start(out)?;
    let world = World::new(clock.started());
    let story_builder = StoryBuilder::new(clock.started());
    let mut story = HeadlessStory { plant, world, story_builder, recording, lines };
    let mut batch: Vec<Stamped> = Vec::with_capacity(BATCH);
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rests_until = None;
    let told = loop {
        let behind = story.lines.is_behind();
        tokio::select! {
            biased;
            _signal = signals.next() => break Ok(()),
            // room for lines that wait, or the end of the reader
            ended = story.lines.task_event() => {
                if let Some(ended) = ended {
                    break ended;
                }
            }
            _ = beat.tick(), if !behind => {
                // what has come is told before what the passing of time tells
                while batch.len() < feed::CAPACITY && let Ok(stamped) = received.try_recv() {
                    batch.push(stamped);
                }
                story.take(batch.drain(..));
                story.pass(clock.now() - GRACE);
            }
            () = sleep_until(rests_until.unwrap_or_else(|| clock.instant(clock.now()))), if rests_until.is_some() => {
                rests_until = None;
            }
            jumps = sleep.look() => {
                let at = clock.now();
                story.take(machine_sleep::observations(jumps).map(|observation| Stamped { at, observation }));
            }
            taken = received.recv_many(&mut batch, BATCH), if rests_until.is_none() && !behind => {
                rests_until = (taken < BATCH).then(|| clock.instant(clock.now()) + COMPANY);
                story.take(batch.drain(..));
            }
        }
    };
    let asked = clock.instant(clock.now());
    story.plant.cancel();
    let tape = story.recording.close();
    let closing = async {
        match told {
            Ok(()) => story.lines.close().await,
            failed => failed,
        }
    };
    let (written, ()) = tokio::join!(timeout_at(asked + LAST_LINES, closing), story.plant.close(asked));
    if let Some(Err(error)) = tape.map(|tape| tape.wait(shutdown::TAPE)) {
        complain(&error.to_string());
    }
    match written {
        Err(_) => {
            complain("the last lines of the story were not written: nobody has read them");
            Ok(())
        }
        // the reader has seen enough
        Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Ok(written) => Ok(written?),
    }
}

/// Says on standard error what went wrong besides the story; waits for nobody to read it.
fn complain(error: &str) {
    let _unread = writeln!(StandardError::new(), "blackout: {}", output::printable(error));
}

struct HeadlessStory {
    plant: SourceTasks,
    world: World,
    story_builder: StoryBuilder,
    recording: SessionRecording,
    lines: LineWriter,
}

impl HeadlessStory {
    /// Folds observations, puts them on the tape, and tells what they change.
    fn take(&mut self, batch: impl Iterator<Item = Stamped>) {
        for stamped in batch {
            let told = self.story_builder.take(&mut self.world, &stamped);
            self.tell(told);
            if let Observation::Cluster(cluster) = &stamped.observation {
                self.plant.journals(cluster);
            }
            if let Some(error) = self.recording.take(stamped) {
                complain(&format!("not recording: {error}"));
            }
        }
    }

    /// Lets time pass in which nothing was observed.
    fn pass(&mut self, now: Time) {
        let told = self.story_builder.pass(&self.world, now);
        self.tell(told);
    }

    fn tell(&mut self, told: Vec<StoryLine>) {
        for told in told {
            match serde_json::to_string(&told) {
                Ok(line) => self.lines.push(line + "\n"),
                Err(error) => tracing::error!("a line of the story cannot be told: {error}"),
            }
        }
    }
}
