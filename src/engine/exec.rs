//! Commands inside a container: one that is short and ends, and one that streams until its standard input is closed.

use std::pin::Pin;

use bollard::{
    container::LogOutput,
    errors::Error,
    exec::{CreateExecOptions, StartExecOptions, StartExecResults},
};
use futures_util::{Stream, StreamExt as _};
use tokio::io::AsyncWrite;

use super::{EngineClient, EngineError};

/// Read at once from a stream; a burst of a kubelet's journal is some tens of kilobytes.
const READ: usize = 64 * 1024;
/// Kept of each stream of what a short command prints.
const KEPT: usize = 4096;

/// A command that was started in a container.
#[derive(Debug, Clone)]
pub(crate) struct Exec {
    id: String,
}

/// The ends of a command that streams. Dropping them closes its standard input.
pub(crate) struct ExecStreams {
    /// Chunks of its output, cut anywhere.
    pub(crate) output: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    /// Its standard input.
    pub(crate) input: Pin<Box<dyn AsyncWrite + Send>>,
}

/// What came of a short command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExecOutput {
    /// Its exit code.
    pub(crate) code: i64,
    /// The start of what it printed on its standard output.
    pub(crate) text: String,
    /// The start of what it printed on its standard error.
    pub(crate) words: String,
}

impl ExecOutput {
    /// What it said of a failure: a command may print that on either stream.
    pub(crate) fn complaint(&self) -> &str {
        if self.words.is_empty() { &self.text } else { &self.words }
    }
}

impl Exec {
    /// Starts a command, with all of its streams attached.
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
        let what = format!("run a command in {container}");
        let id = client.ask(&what, client.docker().create_exec(container, options)).await?.id;
        let start = StartExecOptions { detach: false, tty: false, output_capacity: Some(READ) };
        match client.ask(&what, client.docker().start_exec(&id, Some(start))).await? {
            StartExecResults::Attached { output, input } => Ok((Self { id }, ExecStreams { output, input })),
            StartExecResults::Detached => Err(client.gone()),
        }
    }

    /// The exit code, or nothing while it runs.
    pub(crate) async fn exit_code(&self, client: &EngineClient) -> Result<Option<i64>, EngineError> {
        let state = client.ask("inspect a command", client.docker().inspect_exec(&self.id)).await?;
        Ok(if state.running == Some(true) { None } else { state.exit_code })
    }

    /// Runs a short command to its end, for as long as the client has patience.
    pub(crate) async fn run(
        client: &EngineClient,
        container: &str,
        command: Vec<String>,
    ) -> Result<ExecOutput, EngineError> {
        Self::run_keeping(client, container, command, KEPT).await
    }

    /// The same, with so much kept of each stream of what it prints.
    pub(crate) async fn run_keeping(
        client: &EngineClient,
        container: &str,
        command: Vec<String>,
        kept: usize,
    ) -> Result<ExecOutput, EngineError> {
        let what = format!("run a command in {container}");
        let whole = async {
            let (exec, mut streams) = Self::start(client, container, command).await?;
            let (mut text, mut words) = (Vec::new(), Vec::new());
            while let Some(chunk) = streams.output.next().await {
                let chunk = chunk.map_err(|error| client.explain(&what, error))?;
                let to = if matches!(chunk, LogOutput::StdErr { .. }) { &mut words } else { &mut text };
                let chunk = chunk.into_bytes();
                let room = kept.saturating_sub(to.len()).min(chunk.len());
                to.extend_from_slice(&chunk[..room]);
            }
            // the engine may close the streams a moment before it knows the code
            let mut wait = std::time::Duration::from_millis(5);
            loop {
                if let Some(code) = exec.exit_code(client).await? {
                    let [text, words] = [text, words].map(|kept| String::from_utf8_lossy(&kept).trim().to_owned());
                    return Ok(ExecOutput { code, text, words });
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(std::time::Duration::from_millis(200));
            }
        };
        match tokio::time::timeout(client.bound, whole).await {
            Ok(output) => output,
            Err(_elapsed) => {
                Err(EngineError::Silent { endpoint: client.endpoint.to_string(), seconds: client.bound.as_secs() })
            }
        }
    }
}
