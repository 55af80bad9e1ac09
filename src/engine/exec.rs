//! Commands inside a container: short ones that run to their end, and ones that stream until their standard input
//! closes.

use std::{pin::Pin, time::Duration};

use bollard::{
    container::LogOutput,
    errors::Error as BollardError,
    exec::{CreateExecOptions, StartExecOptions, StartExecResults},
};
use futures_util::{Stream, StreamExt as _};
use tokio::io::AsyncWrite;

use super::{client::EngineClient, error::EngineError};

/// Buffer for reading a stream, in bytes; a burst of a kubelet's journal has some tens of kilobytes.
const READ_BUFFER: usize = 64 * 1024;

/// Bytes that are kept of each output stream of a short command, unless the caller needs more.
const DEFAULT_LIMIT: usize = 4096;

/// First and longest wait between two requests for the exit code of a command whose streams are closed.
const EXIT_CODE_WAITS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(200));

/// A command that was started in a container.
#[derive(Debug, Clone)]
pub(crate) struct Exec {
    id: String,
}

/// Streams of a running command. Dropping them closes its standard input.
pub(crate) struct ExecStreams {
    /// Output of the command, in chunks that may end anywhere in a line.
    pub(crate) output: Pin<Box<dyn Stream<Item = Result<LogOutput, BollardError>> + Send>>,
    /// Standard input of the command.
    pub(crate) input: Pin<Box<dyn AsyncWrite + Send>>,
}

/// Result of a short command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExecOutput {
    /// Exit code of the command.
    pub(crate) code: i64,
    /// Start of the standard output, trimmed.
    pub(crate) stdout: String,
    /// Start of the standard error, trimmed.
    pub(crate) stderr: String,
}

impl ExecOutput {
    /// Error message of a failed command, which may be on either stream.
    pub(crate) fn error_message(&self) -> &str {
        if self.stderr.is_empty() { &self.stdout } else { &self.stderr }
    }
}

impl Exec {
    /// Starts a command with all its streams attached.
    ///
    /// # Errors
    ///
    /// Fails if the engine refuses, for example because the container does not run, or does not answer in time.
    pub(crate) async fn start(
        client: &EngineClient,
        container: &str,
        command: Vec<String>,
    ) -> Result<(Self, ExecStreams), EngineError> {
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(false),
            cmd: Some(command),
            ..CreateExecOptions::default()
        };
        let operation = format!("run a command in {container}");
        let id = client.request(&operation, client.docker().create_exec(container, options)).await?.id;
        let start = StartExecOptions { detach: false, tty: false, output_capacity: Some(READ_BUFFER) };
        match client.request(&operation, client.docker().start_exec(&id, Some(start))).await? {
            StartExecResults::Attached { output, input } => Ok((Self { id }, ExecStreams { output, input })),
            StartExecResults::Detached => Err(client.closed()),
        }
    }

    /// Exit code of the command. `None` while it runs.
    ///
    /// # Errors
    ///
    /// Fails if the engine no longer knows the command or does not answer in time.
    pub(crate) async fn exit_code(&self, client: &EngineClient) -> Result<Option<i64>, EngineError> {
        let state = client.request("inspect a command", client.docker().inspect_exec(&self.id)).await?;
        Ok(if state.running == Some(true) { None } else { state.exit_code })
    }

    /// Runs a short command to its end, within the client's time limit.
    ///
    /// # Errors
    ///
    /// Fails if the command can't be started or does not end in time. A command that ends with an exit code is no
    /// error.
    pub(crate) async fn run(
        client: &EngineClient,
        container: &str,
        command: Vec<String>,
    ) -> Result<ExecOutput, EngineError> {
        Self::run_with_limit(client, container, command, DEFAULT_LIMIT).await
    }

    /// Runs a short command, and keeps up to `limit` bytes of each output stream.
    ///
    /// # Errors
    ///
    /// As [`Exec::run`].
    pub(crate) async fn run_with_limit(
        client: &EngineClient,
        container: &str,
        command: Vec<String>,
        limit: usize,
    ) -> Result<ExecOutput, EngineError> {
        let run = async {
            let (exec, streams) = Self::start(client, container, command).await?;
            let operation = format!("run a command in {container}");
            let (stdout, stderr) =
                read_to_end(streams, limit).await.map_err(|error| client.error(&operation, error))?;
            let code = exec.wait_for_exit_code(client).await?;
            Ok(ExecOutput { code, stdout, stderr })
        };
        let timeout = client.timeout();
        tokio::time::timeout(timeout, run).await.unwrap_or_else(|_elapsed| Err(client.timed_out(timeout)))
    }

    /// The engine may close the streams a moment before it knows the exit code.
    async fn wait_for_exit_code(&self, client: &EngineClient) -> Result<i64, EngineError> {
        let (mut wait, longest) = EXIT_CODE_WAITS;
        loop {
            if let Some(code) = self.exit_code(client).await? {
                return Ok(code);
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(longest);
        }
    }
}

/// Reads standard output and standard error to their end, and keeps the first `limit` bytes of each.
async fn read_to_end(mut streams: ExecStreams, limit: usize) -> Result<(String, String), BollardError> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while let Some(chunk) = streams.output.next().await {
        let chunk = chunk?;
        let kept = if matches!(chunk, LogOutput::StdErr { .. }) { &mut stderr } else { &mut stdout };
        let bytes = chunk.into_bytes();
        let room = limit.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..room]);
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    Ok((text(stdout), text(stderr)))
}
