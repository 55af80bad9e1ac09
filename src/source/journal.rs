//! The kubelet's journal of one worker, read inside the worker's container: no API server is in the way.
//!
//! Lines reach the session whole, once and in order: a stream that ends is resumed at the cursor of the last line. So
//! is one that is silent while the API server is away, or after a sleep of the machine: its connection may be dead.
//! Reading never waits for the session: what it cannot take is dropped in whole batches, and counted. No `journalctl`
//! outlives this program, however it ends: the command in the container ends with its standard input. A line is handed
//! on as it came; what it means is no business of this module.

mod batch;
mod command;
mod lines;
mod resume;
mod silence;

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::{
    io::AsyncWriteExt as _,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    backoff::Backoff,
    context::SourceContext,
    notifier::{NotificationReceiver, changed},
    reporter::SourceReporter,
};
use crate::{
    engine::{Engine, EngineClient, EngineError, Exec, ExecStreams},
    feed::FeedClosed,
    observation::{RunState, SourceHealth, SourceId},
};
use batch::Batch;
use lines::Lines;
use resume::Resume;
use silence::Silence;

/// After so much silence the container is looked at: a paused one keeps its streams open and says nothing.
const SILENCE: Duration = Duration::from_secs(5);
/// A stream that says nothing at first is looked at sooner: the journal may just be quiet.
const FIRST_LOOK: Duration = Duration::from_millis(500);
/// The wait before another try in a container that has no journal.
const NO_JOURNAL: Duration = Duration::from_secs(15);
/// How long the end of the command is waited for when the program quits.
const FAREWELL: Duration = Duration::from_secs(1);

/// Lines of history to begin with, so that the screen is not empty.
pub const HISTORY: u32 = 200;

/// Follows one worker's journal until the context's token is cancelled or the session is gone. `worker` is the name of
/// its container; `history` the number of lines to begin with.
pub async fn run(context: SourceContext, engine: Engine, worker: String, history: u32) {
    let reporter = SourceReporter::new(&context, SourceId::Journal(worker.clone()));
    let batch = Batch::new(worker.clone());
    let silence = Silence::new(context.feed.clock().instant_now());
    let woken = context.woken.subscribe();
    let mut journal =
        Journal { context, engine, worker, resume: Resume::new(history), silence, woken, reporter, batch };
    // the token is heard inside: the command in the container has to be told first
    let _closed = journal.follow().await;
}

struct Journal {
    context: SourceContext,
    engine: Engine,
    worker: String,
    resume: Resume,
    silence: Silence,
    woken: NotificationReceiver,
    reporter: SourceReporter,
    batch: Batch,
}

/// What came of one stream.
enum End {
    Cancelled,
    Broken(Problem),
}

/// Why reading ended.
enum Read {
    Cancelled,
    /// The stream ended by itself.
    Ended,
    Broken(Problem),
}

/// Why the journal cannot be read, in words for a person.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{worker} is {state}: its journal goes on when it runs again")]
    NotRunning { worker: String, state: &'static str },
    #[error(
        "{worker} has no journalctl ({words}): blackout reads the kubelet's log from systemd's journal, as kind's node images have it"
    )]
    NoJournal { worker: String, words: String },
    #[error(
        "the journal of {worker} was silent for {seconds} s while the API server is away, so its stream may be dead: resuming \
         at its last line"
    )]
    Silent { worker: String, seconds: u64 },
    #[error("this machine slept, so the stream of {worker}'s journal may be dead: resuming at its last line")]
    Slept { worker: String },
    #[error("journalctl in {worker} ended ({words})")]
    Ended { worker: String, words: String },
}

impl Problem {
    fn is_lasting(&self) -> bool {
        matches!(self, Self::NoJournal { .. })
    }
}

impl Journal {
    async fn follow(&mut self) -> Result<(), FeedClosed> {
        let mut backoff = Backoff::default();
        self.reporter.report_health(SourceHealth::Connecting).await?;
        loop {
            let problem = match self.stream(&mut backoff).await? {
                End::Cancelled => return Ok(()),
                End::Broken(problem) => problem,
            };
            let wait = if problem.is_lasting() { NO_JOURNAL } else { backoff.next() };
            self.reporter.report_retrying(problem).await?;
            tokio::select! {
                biased;
                () = self.context.cancel.cancelled() => return Ok(()),
                () = self.woken.recv() => backoff.reset(),
                () = sleep(wait) => {}
            }
        }
    }

    /// Opens the journal and reads it to the end.
    async fn stream(&mut self, backoff: &mut Backoff) -> Result<End, FeedClosed> {
        let opened = tokio::select! {
            biased;
            () = self.context.cancel.cancelled() => return Ok(End::Cancelled),
            opened = self.open() => opened,
        };
        let (client, exec, mut streams) = match opened {
            Ok(opened) => opened,
            Err(problem) => return Ok(End::Broken(problem)),
        };
        let mut words = String::new();
        let end = self.read(&client, &mut streams, backoff, &mut words).await.and_then(|end| {
            self.flush()?;
            Ok(end)
        });
        if matches!(end, Ok(Read::Ended)) {
            let cancel = self.context.cancel.clone();
            let why = cancel.run_until_cancelled(self.why_ended(&client, &exec, words)).await;
            return Ok(why.map_or(End::Cancelled, End::Broken));
        }
        farewell(streams).await;
        match end? {
            Read::Broken(problem) => Ok(End::Broken(problem)),
            Read::Ended | Read::Cancelled => Ok(End::Cancelled),
        }
    }

    async fn open(&self) -> Result<(EngineClient, Exec, ExecStreams), Problem> {
        let client = self.engine.client().await?;
        if let Some(problem) = self.not_running(&client).await? {
            return Err(problem);
        }
        let (exec, streams) = Exec::start(&client, &self.worker, command::follow(&self.resume)).await?;
        Ok((client, exec, streams))
    }

    /// Reads until the stream ends, the container stops speaking, or cancellation.
    async fn read(
        &mut self,
        client: &EngineClient,
        streams: &mut ExecStreams,
        backoff: &mut Backoff,
        words: &mut String,
    ) -> Result<Read, FeedClosed> {
        use bollard::container::LogOutput;
        let mut lines = Lines::default();
        self.resume.begin();
        let clock = self.context.feed.clock();
        let mut look = clock.instant_now() + FIRST_LOOK;
        let mut away = self.context.api_server.subscribe_down();
        self.silence.begin(clock.instant_now());
        self.silence.set_away(*away.borrow_and_update(), clock.instant_now());
        // what woke before this stream was opened does not concern it
        self.woken.mark_received();
        loop {
            tokio::select! {
                biased;
                () = self.context.cancel.cancelled() => return Ok(Read::Cancelled),
                () = self.woken.recv() => {
                    backoff.reset();
                    return Ok(Read::Broken(Problem::Slept { worker: self.worker.clone() }));
                }
                () = changed(&mut away) => self.silence.set_away(*away.borrow(), clock.instant_now()),
                () = sleep_until(self.batch.due().unwrap_or(look)), if self.batch.due().is_some() => self.flush()?,
                chunk = streams.output.next() => match chunk {
                    Some(Ok(LogOutput::StdErr { message })) => command::keep_words(words, &message),
                    Some(Ok(chunk)) => {
                        let now = clock.instant_now();
                        look = now + SILENCE;
                        self.take(&chunk.into_bytes(), &mut lines, now)?;
                        self.lives(backoff).await?;
                    }
                    Some(Err(error)) => {
                        return Ok(Read::Broken(client.explain("send the journal", error).into()));
                    }
                    None => return Ok(Read::Ended),
                },
                () = sleep_until(self.silence.ends().unwrap_or(look)), if self.silence.ends().is_some() => {
                    let seconds = self.silence.give_up().as_secs();
                    return Ok(Read::Broken(Problem::Silent { worker: self.worker.clone(), seconds }));
                }
                () = sleep_until(look) => {
                    let cancel = self.context.cancel.clone();
                    match cancel.run_until_cancelled(self.not_running(client)).await {
                        None => return Ok(Read::Cancelled),
                        Some(Ok(None)) => self.lives(backoff).await?,
                        Some(Ok(Some(problem))) => return Ok(Read::Broken(problem)),
                        Some(Err(error)) => return Ok(Read::Broken(error.into())),
                    }
                    look = clock.instant_now() + SILENCE;
                }
            }
        }
    }

    fn take(&mut self, chunk: &[u8], lines: &mut Lines, now: Instant) -> Result<(), FeedClosed> {
        let Self { resume, silence, batch, reporter, .. } = self;
        let mut closed = Ok(());
        lines.push(chunk, |line| {
            // a line that only comes again does not say that the journal goes on
            if !resume.accept(&line) {
                return;
            }
            silence.broken(now);
            if batch.push(line, now) {
                closed = batch.offer(reporter, now).and(std::mem::replace(&mut closed, Ok(())));
            }
        });
        closed
    }

    fn flush(&mut self) -> Result<(), FeedClosed> {
        let clock = self.context.feed.clock();
        self.batch.offer(&mut self.reporter, clock.instant_now())
    }

    async fn lives(&mut self, backoff: &mut Backoff) -> Result<(), FeedClosed> {
        backoff.reset();
        if self.batch.is_lagging() {
            return Ok(());
        }
        self.reporter.report_health(SourceHealth::Live).await
    }

    /// Asks the engine whether the container runs.
    async fn not_running(&self, client: &EngineClient) -> Result<Option<Problem>, EngineError> {
        let state = command::state(client, &self.worker).await?;
        let state = match state {
            RunState::Running => return Ok(None),
            RunState::Paused => "paused",
            RunState::Absent => "gone",
            RunState::Created => "not started yet",
            RunState::Restarting => "restarting",
            RunState::Removing | RunState::Exited | RunState::Dead => "stopped",
        };
        Ok(Some(Problem::NotRunning { worker: self.worker.clone(), state }))
    }

    /// The stream ended by itself: because of the container, the engine, or the command?
    async fn why_ended(&mut self, client: &EngineClient, exec: &Exec, words: String) -> Problem {
        match self.not_running(client).await {
            Ok(Some(problem)) => return problem,
            Ok(None) => {}
            Err(error) => return error.into(),
        }
        let worker = self.worker.clone();
        match exec.exit_code(client).await {
            Err(error) => error.into(),
            Ok(Some(126 | 127)) => Problem::NoJournal { worker, words: command::or(words, "command not found") },
            Ok(Some(code)) => {
                // a cursor that this journal does not know: go on by time
                self.resume.refused(code, &words);
                Problem::Ended { worker, words: command::or(words, &format!("exit code {code}")) }
            }
            Ok(None) => Problem::Ended { worker, words: "the stream was cut".to_owned() },
        }
    }
}

/// Closes the command's standard input, which ends it, and waits a moment for its end.
async fn farewell(streams: ExecStreams) {
    let ExecStreams { mut output, mut input } = streams;
    let end = async {
        let _already_closed = input.shutdown().await;
        while let Some(Ok(_)) = output.next().await {}
    };
    let _too_slow = timeout(FAREWELL, end).await;
}
