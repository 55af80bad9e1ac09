//! The dashboard's end of its guard.
//!
//! [`Guard::start`] returns at once: the process is started on a thread, and requests wait until it runs. Where none
//! can be started, the same supervisor runs inside this process and says so ([`GuardReport::Fallback`]). Dropping a
//! [`Guard`] is what the end of this process is: the control plane is brought back.

use std::{
    env,
    io::{self, BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

use tokio::{runtime::Handle, sync::mpsc};

use super::{Assignment, GuardReport, GuardRequest, Intent, RestorePolicy, Supervisor, process::WAITING};
use crate::{clock, fault::FaultInjector};

/// A guard at work, as its dashboard knows it.
#[derive(Debug)]
pub struct Guard {
    requests: mpsc::Sender<GuardRequest>,
    reports: mpsc::Receiver<GuardReport>,
    outstanding: Option<Intent>,
    pid: Option<u32>,
}

/// Where the supervisor runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardMode {
    /// In a process of its own.
    Process,
    /// In this process: `--leave`, where there is nothing to guard.
    InProcess(RestorePolicy),
}

impl Guard {
    /// Starts a guard. Needs a tokio runtime, for the fallback.
    pub fn start(fault: FaultInjector, assignment: Assignment, folder: Option<PathBuf>, place: GuardMode) -> Self {
        let (requests, received) = mpsc::channel(WAITING);
        let (sender, reports) = mpsc::channel(WAITING);
        let inside = InProcessGuard { fault, assignment, folder, runtime: Handle::current() };
        match place {
            GuardMode::InProcess(duty) => inside.run(duty, received, sender),
            GuardMode::Process => {
                let relaying = move || relay(inside, received, sender);
                if let Err(error) = thread::Builder::new().name("guard".to_owned()).spawn(relaying) {
                    // the requests went with the closure: the handle below reports the end of the guard
                    tracing::error!("the guard cannot be started: {error}");
                }
            }
        }
        Self { requests, reports, outstanding: None, pid: None }
    }

    /// Sends a request; lost only where the guard has ended.
    pub fn send(&mut self, request: GuardRequest) {
        if let GuardRequest::Adopt { intent, known: true } = &request {
            self.outstanding = Some((**intent).clone());
        }
        if let Err(error) = self.requests.try_send(request) {
            tracing::warn!("the guard takes no request: {error}");
        }
    }

    /// Waits for the next report. `None` once the guard has ended.
    pub async fn report(&mut self) -> Option<GuardReport> {
        let report = self.reports.recv().await?;
        match &report {
            GuardReport::Ready { pid, .. } => self.pid = Some(*pid),
            GuardReport::Outstanding { intent, .. } => self.outstanding = Some((**intent).clone()),
            GuardReport::Settled { .. } => self.outstanding = None,
            GuardReport::Step(_)
            | GuardReport::NeedsConsent { .. }
            | GuardReport::Notice { .. }
            | GuardReport::Fallback { .. } => {}
        }
        Some(report)
    }

    /// The fault that it will undo. `None` if nothing is outstanding.
    pub fn outstanding(&self) -> Option<&Intent> {
        self.outstanding.as_ref()
    }

    /// Its process id. `None` until it has reported, or if it runs inside this process.
    pub fn pid(&self) -> Option<u32> {
        self.pid.filter(|pid| *pid != std::process::id())
    }

    /// Lets go of it without a release: from here on it brings the control plane back by itself. What it reports
    /// meanwhile comes from the returned receiver, which ends with it.
    pub fn detach(self) -> mpsc::Receiver<GuardReport> {
        self.reports
    }
}

/// What the supervisor needs to run inside this process.
struct InProcessGuard {
    fault: FaultInjector,
    assignment: Assignment,
    folder: Option<PathBuf>,
    runtime: Handle,
}

impl InProcessGuard {
    fn run(self, duty: RestorePolicy, requests: mpsc::Receiver<GuardRequest>, reports: mpsc::Sender<GuardReport>) {
        let supervisor = Supervisor::new(self.fault, self.assignment, duty, self.folder, clock::wall_time, reports);
        self.runtime.spawn(supervisor.run(requests));
    }
}

/// Starts the process and relays between it and the dashboard until both ends are closed.
fn relay(inside: InProcessGuard, mut requests: mpsc::Receiver<GuardRequest>, reports: mpsc::Sender<GuardReport>) {
    let mut child = match spawn(&inside.assignment) {
        Ok(child) => child,
        Err(error) => {
            let _unread = reports.try_send(GuardReport::Fallback { reason: error.to_string() });
            inside.run(RestorePolicy::Restore, requests, reports);
            return;
        }
    };
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { return };
    let mut lines = BufReader::new(output).lines();
    // a program that begins and does not become a guard is none
    let ready = lines.next().and_then(|line| serde_json::from_str::<GuardReport>(&line.ok()?).ok());
    let Some(ready) = ready else {
        let _gone = child.kill().and_then(|()| child.wait());
        let _unread = reports.try_send(GuardReport::Fallback { reason: "it ended at once".to_owned() });
        inside.run(RestorePolicy::Restore, requests, reports);
        return;
    };
    let _unread = reports.try_send(ready);
    // the only sender from here on: its end tells the dashboard that the guard has ended
    let reporting = thread::Builder::new().name("reports".to_owned()).spawn(move || {
        for line in lines {
            let Ok(line) = line else { break };
            if let Ok(report) = serde_json::from_str(&line)
                && reports.blocking_send(report).is_err()
            {
                break;
            }
        }
        drop(reports);
        // no zombie
        let _status = child.wait();
    });
    if let Err(error) = reporting {
        tracing::warn!("the guard's reports cannot be read: {error}");
    }
    while let Some(request) = requests.blocking_recv() {
        if send(&mut input, &request).is_err() {
            return;
        }
    }
}

fn send(input: &mut impl io::Write, request: &GuardRequest) -> io::Result<()> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    input.write_all(&line)?;
    input.flush()
}

/// Starts this very program once more, as a guard.
fn spawn(assignment: &Assignment) -> io::Result<Child> {
    let mut command = Command::new(program()?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, "blackout");
    command.arg("guard").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let input = child.stdin.as_mut().ok_or_else(|| io::Error::other("it has no standard input"))?;
    send(input, &GuardRequest::Watch(assignment.clone()))?;
    Ok(child)
}

/// The program that runs. Under Linux by way of the kernel, so that a program that was rebuilt or deleted meanwhile is
/// still the same.
fn program() -> io::Result<PathBuf> {
    let kernel = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && kernel.exists() { Ok(kernel) } else { env::current_exe() }
}
