//! The guard as a process of its own: `blackout guard`.
//!
//! In a session of its own, so that nothing that happens to a terminal reaches it, with its requests on standard input
//! and its reports on standard output. Signals that would end it make it bring the control plane back first. Never
//! waits for a reader: its reports go through a thread that may get stuck.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    path::PathBuf,
    thread,
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

use super::{Assignment, GuardReport, GuardRequest, RestorePolicy, Supervisor};
use crate::{clock, engine::Engine, fault::FaultInjector};

/// Requests and reports that may wait; a guard gets a handful of each.
pub(super) const WAITING: usize = 256;

/// How long the last report may take to be read.
const LAST_REPORT: Duration = Duration::from_secs(1);

/// Why a guard did not begin.
#[derive(Debug, thiserror::Error)]
pub enum GuardProcessError {
    /// The first request was not the one that says what to watch over.
    #[error("`blackout guard` is started by the dashboard itself, which tells it what to watch over; it was told: {0}")]
    NoAssignment(String),
    /// A thread or the system refused.
    #[error("the guard cannot begin: {0}")]
    System(#[from] std::io::Error),
}

/// Leaves the session of the dashboard's terminal, so that its end does not reach this process.
pub fn leave_terminal_session() {
    // refused to a process that leads a group already, as one started by hand in a shell: that one has no dashboard
    let _refused = rustix::process::setsid();
}

/// Serves the dashboard until nothing is outstanding; `signal` ends when a signal asks this process to end. Returns
/// whether nothing is left to be brought back.
///
/// # Errors
/// The first request is not an assignment, or a thread cannot be started.
pub async fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    folder: Option<PathBuf>,
    signal: impl Future<Output = ()>,
) -> Result<bool, GuardProcessError> {
    let (send_request, mut received) = mpsc::channel(WAITING);
    let (reports, send_reports) = mpsc::channel(WAITING);
    thread::Builder::new().name("requests".to_owned()).spawn(move || read(input, &send_request))?;
    let (written, all_written) = oneshot::channel::<()>();
    thread::Builder::new().name("reports".to_owned()).spawn(move || {
        write(output, send_reports);
        drop(written);
    })?;
    let assignment: Assignment = match received.recv().await {
        Some(Ok(GuardRequest::Watch(assignment))) => assignment,
        Some(Ok(other)) => return Err(GuardProcessError::NoAssignment(format!("{other:?}"))),
        Some(Err(line)) => return Err(GuardProcessError::NoAssignment(line)),
        None => return Err(GuardProcessError::NoAssignment("nothing".to_owned())),
    };
    let (requests, served) = mpsc::channel(WAITING);
    let fault = FaultInjector::new(Engine::from_environment(), &assignment.cluster);
    let supervisor = Supervisor::new(fault, assignment, RestorePolicy::Restore, folder, clock::wall_time, reports);
    let relay = async move {
        tokio::pin!(signal);
        loop {
            let request = tokio::select! {
                // asked to end: from here on as if the dashboard were gone
                () = &mut signal => return,
                request = received.recv() => request,
            };
            match request {
                Some(Ok(request)) => {
                    let _ended = requests.send(request).await;
                }
                // a line of another version, or a damaged one: what can be understood is done
                Some(Err(_)) => {}
                None => return,
            }
        }
    };
    let supervised = supervisor.run(served);
    tokio::pin!(supervised);
    let settled = tokio::select! {
        settled = &mut supervised => settled,
        () = relay => supervised.await,
    };
    // the last report is how the dashboard knows; a dashboard that does not read gets no more time than this
    let _stuck = tokio::time::timeout(LAST_REPORT, all_written).await;
    Ok(settled)
}

/// Reads one request a line until the end of `input`.
fn read(input: impl Read, requests: &mpsc::Sender<Result<GuardRequest, String>>) {
    for line in BufReader::new(input).lines() {
        let Ok(line) = line else { return };
        let request = serde_json::from_str(&line).or(Err(line));
        if requests.blocking_send(request).is_err() {
            return;
        }
    }
}

/// Writes one report a line; goes on without a reader, so that nothing waits for one.
fn write(mut output: impl Write, mut reports: mpsc::Receiver<GuardReport>) {
    while let Some(report) = reports.blocking_recv() {
        let Ok(mut line) = serde_json::to_vec(&report) else { continue };
        line.push(b'\n');
        let _nobody_reads = output.write_all(&line).and_then(|()| output.flush());
    }
}
