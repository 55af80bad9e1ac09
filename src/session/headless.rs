//! The headless session: each change of the story as a JSON object a line, until a signal comes.
//!
//! Needs a cluster from the start, because nobody is there to choose one. A reader that does not read delays the story
//! and the fold behind it, but no signal.

mod line_writer;

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::time::{Interval, MissedTickBehavior, interval, timeout_at};

use self::line_writer::LineWriter;
use super::{
    batch::{BATCH_SIZE, BatchReceiver},
    dirs::state_dir,
    machine_sleep::MachineSleep,
    options::{SessionOptions, SessionTarget},
    recording::SessionRecording,
    shutdown::TAPE_TIMEOUT,
    signals::Signals,
    sources::SourceTasks,
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

/// Interval of the changes that follow from time alone, such as a source that fell silent.
const TICK: Duration = Duration::from_secs(1);

/// Age at which an observation has certainly arrived: changes that follow from time are told up to this long ago.
const ARRIVAL_TIME: chrono::Duration = chrono::Duration::milliseconds(200);

/// Time that a reader gets for the last lines, from the signal on; as long as the sources get to end.
const LAST_LINES_TIMEOUT: Duration = Duration::from_millis(1_500);

/// Reason why a headless session failed.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    /// There is no cluster to watch, or no engine.
    #[error("{0}")]
    NoCluster(Discovery),
    /// The lab cannot be started.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The story could not be written.
    #[error("cannot write the story: {0}")]
    Write(#[from] io::Error),
}

/// Writes each change of the story to `out`, until a signal comes or the reader has closed the pipe.
///
/// # Errors
/// There is no cluster to watch, or the story cannot be written.
pub async fn run_headless(
    options: SessionOptions,
    mut signals: Signals,
    out: impl Write + Send + 'static,
) -> Result<(), HeadlessError> {
    let Some(cluster) = find_cluster(&options.target, &mut signals).await? else { return Ok(()) };
    let clock = Clock::start();
    let (feed, received) = Feed::channel(clock, feed::CAPACITY);
    let observations = BatchReceiver::new(received, clock);
    let sources = SourceTasks::start(&options.target, feed)?;
    let mut recording = SessionRecording::new(options.recording.clone());
    let mode = options.target.tape_mode();
    if let Some(error) = recording.begin(clock.started(), &cluster, mode, state_dir().as_deref()) {
        print_error(&format!("not recording: {error}"));
    }
    let mut session = HeadlessSession {
        clock,
        machine_sleep: MachineSleep::new(clock, sources.woken()),
        sources,
        recording,
        world: World::new(clock.started()),
        story: StoryBuilder::new(clock.started()),
        lines: LineWriter::start(output::json(out))?,
    };
    let result = session.run(&mut signals, observations).await;
    session.close(result).await
}

/// Returns the name of the cluster. `None` if a signal came first.
async fn find_cluster(target: &SessionTarget, signals: &mut Signals) -> Result<Option<String>, HeadlessError> {
    let SessionTarget::Kind { engine, cluster, node_port, .. } = target else { return Ok(Some("lab".to_owned())) };
    let discovery = tokio::select! {
        biased;
        _signal = signals.next() => return Ok(None),
        discovery = discover(engine, cluster.as_deref(), *node_port) => discovery,
    };
    match discovery {
        Discovery::Found(cluster) => Ok(Some(cluster.name)),
        other => Err(HeadlessError::NoCluster(other)),
    }
}

/// Prints an error to standard error, without waiting for a reader.
fn print_error(error: &str) {
    let _closed = writeln!(StandardError::new(), "blackout: {}", output::printable(error));
}

struct HeadlessSession {
    clock: Clock,
    sources: SourceTasks,
    machine_sleep: MachineSleep,
    recording: SessionRecording,
    world: World,
    story: StoryBuilder,
    lines: LineWriter,
}

impl HeadlessSession {
    /// Runs the loop until a signal comes or the writer ends. While the reader is behind, nothing more is folded.
    async fn run(&mut self, signals: &mut Signals, mut observations: BatchReceiver) -> io::Result<()> {
        let mut batch = Vec::with_capacity(BATCH_SIZE);
        let mut ticks = ticks();
        loop {
            let behind = self.lines.is_behind();
            tokio::select! {
                biased;
                _signal = signals.next() => return Ok(()),
                ended = self.lines.make_room() => {
                    if let Some(result) = ended {
                        return result;
                    }
                }
                _ = ticks.tick(), if !behind => {
                    // observations that have arrived come before the changes that follow from time
                    observations.drain_ready(&mut batch, feed::CAPACITY);
                    batch.drain(..).for_each(|stamped| self.fold(stamped));
                    self.advance(self.clock.now() - ARRIVAL_TIME);
                }
                jumps = self.machine_sleep.next_jumps() => {
                    let at = self.clock.now();
                    jumps.into_iter().for_each(|observation| self.fold(Stamped { at, observation }));
                }
                () = observations.drain(&mut batch), if !behind => {
                    batch.drain(..).for_each(|stamped| self.fold(stamped));
                }
            }
        }
    }

    /// Folds an observation, records it, and writes the changes that follow from it.
    fn fold(&mut self, stamped: Stamped) {
        let changes = self.story.take(&mut self.world, &stamped);
        self.write(changes);
        if let Observation::Cluster(cluster) = &stamped.observation {
            self.sources.start_journals(cluster);
        }
        if let Some(error) = self.recording.record(stamped) {
            print_error(&format!("not recording: {error}"));
        }
    }

    /// Writes the changes that follow from time alone, up to `now`.
    fn advance(&mut self, now: Time) {
        let changes = self.story.pass(&self.world, now);
        self.write(changes);
    }

    fn write(&mut self, changes: Vec<StoryLine>) {
        for change in changes {
            match serde_json::to_string(&change) {
                Ok(line) => self.lines.push(line + "\n"),
                Err(error) => tracing::error!("cannot serialize a change of the story: {error}"),
            }
        }
    }

    /// Ends the sources, the writer and the tape at the same time, each within its bound.
    async fn close(mut self, result: io::Result<()>) -> Result<(), HeadlessError> {
        let since = self.clock.instant_now();
        self.sources.cancel();
        let tape = self.recording.close();
        let closing = async {
            match result {
                Ok(()) => self.lines.close().await,
                failed => failed,
            }
        };
        let (written, ()) = tokio::join!(timeout_at(since + LAST_LINES_TIMEOUT, closing), self.sources.close(since));
        if let Some(Err(error)) = tape.map(|tape| tape.wait(TAPE_TIMEOUT)) {
            print_error(&error.to_string());
        }
        match written {
            Err(_elapsed) => {
                print_error("the last lines of the story were not written: nobody read them");
                Ok(())
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Ok(result) => Ok(result?),
        }
    }
}

fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
