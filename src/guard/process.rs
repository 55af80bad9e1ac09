//! The guard as a process of its own: `blackout guard`.
//!
//! Runs in a session of its own, so that nothing that happens to a terminal reaches it, with requests on standard input
//! and reports on standard output. A signal that would end it makes it restore the control plane first. Never waits for
//! a reader: reports are written by a thread, which may block.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    path::PathBuf,
    thread,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    protocol::{Assignment, GuardReport, GuardRequest, QUEUE_CAPACITY},
    supervisor::{RestorePolicy, Supervisor},
};
use crate::{clock, engine::Engine, fault::FaultInjector};

/// Time that a dashboard gets to read the last report, which tells it that the guard has settled.
const LAST_REPORT_TIMEOUT: Duration = Duration::from_secs(1);

/// A line of standard input: a request, or the text of a line that is none.
type RequestLine = Result<GuardRequest, String>;

/// Reason why a guard process did not start.
#[derive(Debug, thiserror::Error)]
pub enum GuardProcessError {
    /// The first request was not the assignment.
    #[error("`blackout guard` is started by the dashboard, whose first request is the assignment; it received: {0}")]
    NoAssignment(String),
    /// A thread could not be started.
    #[error("cannot start the guard: {0}")]
    System(#[from] std::io::Error),
}

/// Leaves the session of the dashboard's terminal, so that a hang-up of the terminal does not reach this process.
pub fn leave_terminal_session() {
    // fails in a process group leader, such as a process started by hand in a shell, which has no dashboard
    let _refused = rustix::process::setsid();
}

/// Serves a dashboard until nothing is outstanding. `terminated` ends when a signal asks this process to end. Returns
/// whether nothing is left to be restored.
///
/// # Errors
/// The first request is not an assignment, or a thread cannot be started.
pub async fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    folder: Option<PathBuf>,
    terminated: impl Future<Output = ()>,
) -> Result<bool, GuardProcessError> {
    let (line_sender, mut lines) = mpsc::channel(QUEUE_CAPACITY);
    let (report_sender, reports) = mpsc::channel(QUEUE_CAPACITY);
    thread::Builder::new().name("requests".to_owned()).spawn(move || read_requests(input, &line_sender))?;
    let (written_sender, all_written) = oneshot::channel::<()>();
    thread::Builder::new().name("reports".to_owned()).spawn(move || {
        write_reports(output, reports);
        drop(written_sender);
    })?;
    let assignment = receive_assignment(&mut lines).await?;
    let (request_sender, requests) = mpsc::channel(QUEUE_CAPACITY);
    let fault = FaultInjector::new(Engine::from_environment(), &assignment.cluster);
    let supervisor =
        Supervisor::new(fault, assignment, RestorePolicy::Restore, folder, clock::wall_time, report_sender);
    let supervised = supervisor.run(requests);
    tokio::pin!(supervised);
    let settled = tokio::select! {
        settled = &mut supervised => settled,
        // the sender is dropped with the future, which is the same to the supervisor as a dashboard that is gone
        () = relay_requests(lines, request_sender, terminated) => supervised.await,
    };
    let _blocked = timeout(LAST_REPORT_TIMEOUT, all_written).await;
    Ok(settled)
}

async fn receive_assignment(lines: &mut mpsc::Receiver<RequestLine>) -> Result<Assignment, GuardProcessError> {
    Err(GuardProcessError::NoAssignment(match lines.recv().await {
        Some(Ok(GuardRequest::Watch(assignment))) => return Ok(assignment),
        Some(Ok(other)) => format!("{other:?}"),
        Some(Err(line)) => line,
        None => "nothing".to_owned(),
    }))
}

/// Relays requests until standard input ends or the process is asked to end. Skips a damaged line, or one of another
/// version.
async fn relay_requests(
    mut lines: mpsc::Receiver<RequestLine>,
    requests: mpsc::Sender<GuardRequest>,
    terminated: impl Future<Output = ()>,
) {
    tokio::pin!(terminated);
    loop {
        let line = tokio::select! {
            () = &mut terminated => return,
            line = lines.recv() => line,
        };
        match line {
            Some(Ok(request)) => {
                let _supervisor_ended = requests.send(request).await;
            }
            Some(Err(_damaged)) => {}
            None => return,
        }
    }
}

/// Reads one request a line until the end of `input`.
fn read_requests(input: impl Read, requests: &mpsc::Sender<RequestLine>) {
    for line in BufReader::new(input).lines() {
        let Ok(line) = line else { return };
        let request = serde_json::from_str(&line).or(Err(line));
        if requests.blocking_send(request).is_err() {
            return;
        }
    }
}

/// Writes one report a line. Goes on after an error, so that the channel never fills up.
fn write_reports(mut output: impl Write, mut reports: mpsc::Receiver<GuardReport>) {
    while let Some(report) = reports.blocking_recv() {
        let Ok(mut line) = serde_json::to_vec(&report) else { continue };
        line.push(b'\n');
        let _no_reader = output.write_all(&line).and_then(|()| output.flush());
    }
}
