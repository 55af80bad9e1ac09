//! Loop that keeps one worker's journal open.

use std::time::Duration;

use bollard::container::LogOutput;
use futures_util::StreamExt as _;
use tokio::{
    io::AsyncWriteExt as _,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    checkpoint::JournalCheckpoint,
    command::{self, StderrText},
    container,
    error::JournalError,
    line_splitter::LineSplitter,
    silence_timer::SilenceTimer,
};
use crate::{
    engine::{Engine, EngineClient, Exec, ExecStreams},
    feed::{FeedClosed, JournalBatch},
    observation::SourceHealth,
    source::{
        backoff::Backoff,
        context::SourceContext,
        notifier::{NotificationReceiver, changed},
        reporter::SourceReporter,
    },
};

/// Silence after which the container is inspected: a paused one keeps its streams open and sends nothing.
const INSPECT_AFTER: Duration = Duration::from_secs(5);

/// Silence after which the container is inspected at the begin of a stream, to report a quiet journal as live.
const FIRST_INSPECT_AFTER: Duration = Duration::from_millis(500);

/// Wait before another try in a container that has no journalctl.
const LASTING_ERROR_WAIT: Duration = Duration::from_secs(15);

/// Longest wait for the end of the command when the stream is closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Source for one worker's journal.
pub(super) struct JournalSource {
    context: SourceContext,
    engine: Engine,
    worker: String,
    checkpoint: JournalCheckpoint,
    silence: SilenceTimer,
    woken: NotificationReceiver,
    reporter: SourceReporter,
    batch: JournalBatch,
}

/// A journal that was opened.
struct OpenJournal {
    client: EngineClient,
    exec: Exec,
    streams: ExecStreams,
    stderr: StderrText,
}

/// Reason for the end of reading a stream.
enum ReadEnd {
    Cancelled,
    /// The stream ended by itself.
    EndOfStream,
    Failed(JournalError),
}

/// Reason for the end of a stream.
enum StreamEnd {
    Cancelled,
    Failed(JournalError),
}

impl JournalSource {
    pub(super) fn new(
        context: SourceContext,
        engine: Engine,
        worker: String,
        history: u32,
        reporter: SourceReporter,
    ) -> Self {
        Self {
            checkpoint: JournalCheckpoint::new(history),
            silence: SilenceTimer::new(context.feed.clock().instant_now()),
            woken: context.woken.subscribe(),
            batch: JournalBatch::new(worker.clone()),
            context,
            engine,
            worker,
            reporter,
        }
    }

    /// Follows the journal until the source is cancelled or the session has ended.
    pub(super) async fn run(&mut self) -> Result<(), FeedClosed> {
        let mut backoff = Backoff::default();
        self.reporter.report_health(SourceHealth::Connecting).await?;
        loop {
            let error = match self.stream(&mut backoff).await? {
                StreamEnd::Cancelled => return Ok(()),
                StreamEnd::Failed(error) => error,
            };
            let wait = if error.is_lasting() { LASTING_ERROR_WAIT } else { backoff.next() };
            self.reporter.report_retrying(error).await?;
            tokio::select! {
                biased;
                () = self.context.cancel.cancelled() => return Ok(()),
                () = self.woken.recv() => backoff.reset(),
                () = sleep(wait) => {}
            }
        }
    }

    /// Opens the journal and reads it to its end.
    async fn stream(&mut self, backoff: &mut Backoff) -> Result<StreamEnd, FeedClosed> {
        let cancel = self.context.cancel.clone();
        let mut journal = match cancel.run_until_cancelled(self.open()).await {
            None => return Ok(StreamEnd::Cancelled),
            Some(Err(error)) => return Ok(StreamEnd::Failed(error)),
            Some(Ok(journal)) => journal,
        };
        let end = self.read(&mut journal, backoff).await.and_then(|end| {
            self.flush()?;
            Ok(end)
        });
        if matches!(end, Ok(ReadEnd::EndOfStream)) {
            let OpenJournal { client, exec, stderr, streams: _closed } = journal;
            let cause = cancel.run_until_cancelled(self.cause_of_end(&client, &exec, &stderr)).await;
            return Ok(cause.map_or(StreamEnd::Cancelled, StreamEnd::Failed));
        }
        close(journal.streams).await;
        match end? {
            ReadEnd::Failed(error) => Ok(StreamEnd::Failed(error)),
            ReadEnd::EndOfStream | ReadEnd::Cancelled => Ok(StreamEnd::Cancelled),
        }
    }

    async fn open(&self) -> Result<OpenJournal, JournalError> {
        let client = self.engine.client().await?;
        container::check_running(&client, &self.worker).await?;
        let (exec, streams) = Exec::start(&client, &self.worker, command::follow(&self.checkpoint)).await?;
        Ok(OpenJournal { client, exec, streams, stderr: StderrText::default() })
    }

    /// Reads until the stream ends or is given up, the container stops running, or the source is cancelled.
    async fn read(&mut self, journal: &mut OpenJournal, backoff: &mut Backoff) -> Result<ReadEnd, FeedClosed> {
        let mut lines = LineSplitter::default();
        self.checkpoint.stream_begins();
        let clock = self.context.feed.clock();
        let mut inspect_at = clock.instant_now() + FIRST_INSPECT_AFTER;
        let mut api_down = self.context.api_server.subscribe_down();
        self.silence.stream_begins(clock.instant_now());
        self.silence.set_api_down(*api_down.borrow_and_update(), clock.instant_now());
        // A sleep before the stream was opened does not concern it.
        self.woken.mark_received();
        loop {
            let flush_at = self.batch.due();
            let silent_at = self.silence.expires_at();
            tokio::select! {
                biased;
                () = self.context.cancel.cancelled() => return Ok(ReadEnd::Cancelled),
                () = self.woken.recv() => {
                    backoff.reset();
                    return Ok(ReadEnd::Failed(JournalError::Slept { worker: self.worker.clone() }));
                }
                () = changed(&mut api_down) => self.silence.set_api_down(*api_down.borrow(), clock.instant_now()),
                () = sleep_until(flush_at.unwrap_or(inspect_at)), if flush_at.is_some() => self.flush()?,
                chunk = journal.streams.output.next() => match chunk {
                    Some(Ok(LogOutput::StdErr { message })) => journal.stderr.push(&message),
                    Some(Ok(chunk)) => {
                        let now = clock.instant_now();
                        inspect_at = now + INSPECT_AFTER;
                        self.take_chunk(&chunk.into_bytes(), &mut lines, now)?;
                        self.report_live(backoff).await?;
                    }
                    Some(Err(error)) => {
                        let error = journal.client.error("send the journal", error);
                        return Ok(ReadEnd::Failed(error.into()));
                    }
                    None => return Ok(ReadEnd::EndOfStream),
                },
                () = sleep_until(silent_at.unwrap_or(inspect_at)), if silent_at.is_some() => {
                    let seconds = self.silence.give_up().as_secs();
                    return Ok(ReadEnd::Failed(JournalError::Silent { worker: self.worker.clone(), seconds }));
                }
                () = sleep_until(inspect_at) => {
                    let cancel = self.context.cancel.clone();
                    let check = container::check_running(&journal.client, &self.worker);
                    match cancel.run_until_cancelled(check).await {
                        None => return Ok(ReadEnd::Cancelled),
                        Some(Ok(())) => self.report_live(backoff).await?,
                        Some(Err(error)) => return Ok(ReadEnd::Failed(error)),
                    }
                    inspect_at = clock.instant_now() + INSPECT_AFTER;
                }
            }
        }
    }

    /// Splits a chunk into lines, and sends each batch that is full.
    fn take_chunk(&mut self, chunk: &[u8], lines: &mut LineSplitter, now: Instant) -> Result<(), FeedClosed> {
        let Self { checkpoint, silence, batch, reporter, .. } = self;
        let mut sent = Ok(());
        lines.push(chunk, |line| {
            // A repeated line does not end the silence.
            if !checkpoint.accept(&line) {
                return;
            }
            silence.line_received(now);
            if batch.push(line, now) {
                sent = reporter.try_send_batch(batch, now).and(std::mem::replace(&mut sent, Ok(())));
            }
        });
        sent
    }

    fn flush(&mut self) -> Result<(), FeedClosed> {
        let now = self.context.feed.clock().instant_now();
        self.reporter.try_send_batch(&mut self.batch, now)
    }

    async fn report_live(&mut self, backoff: &mut Backoff) -> Result<(), FeedClosed> {
        backoff.reset();
        if self.batch.is_lagging() {
            return Ok(());
        }
        self.reporter.report_health(SourceHealth::Live).await
    }

    /// Cause of a stream's end: the container, the engine, or the command.
    async fn cause_of_end(&mut self, client: &EngineClient, exec: &Exec, stderr: &StderrText) -> JournalError {
        if let Err(error) = container::check_running(client, &self.worker).await {
            return error;
        }
        let worker = self.worker.clone();
        match exec.exit_code(client).await {
            Err(error) => error.into(),
            // The shell's exit codes for a command that can't be executed or found.
            Ok(Some(126 | 127)) => JournalError::NoJournalctl { worker, message: stderr.or("command not found") },
            Ok(Some(code)) => {
                let message = stderr.or(&format!("exit code {code}"));
                self.checkpoint.command_failed(code, &message);
                JournalError::Ended { worker, message }
            }
            Ok(None) => JournalError::Ended { worker, message: "the stream was closed".to_owned() },
        }
    }
}

/// Closes the command's standard input, which ends it, and waits a moment for its end.
async fn close(streams: ExecStreams) {
    let ExecStreams { mut output, mut input } = streams;
    let end = async {
        let _already_closed = input.shutdown().await;
        while let Some(Ok(_)) = output.next().await {}
    };
    let _too_slow = timeout(CLOSE_TIMEOUT, end).await;
}
