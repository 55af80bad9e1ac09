//! The dashboard's end of its guard.
//!
//! [`Guard::start`] returns at once: a thread starts the process, and requests wait until it runs. If no process can be
//! started, the same supervisor runs inside this process and reports that ([`GuardReport::Fallback`]). Dropping a
//! [`Guard`] has the same effect as the end of this process: the control plane is brought back.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Lines},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
};

use tokio::{runtime::Handle, sync::mpsc};

use super::{
    intent::Intent,
    protocol::{Assignment, GuardReport, GuardRequest, QUEUE_CAPACITY},
    supervisor::{RestorePolicy, Supervisor},
};
use crate::{clock, fault::FaultInjector};

/// A running guard, as its dashboard sees it.
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
    /// In this process, because `--leave` asks for no guard.
    InProcess(RestorePolicy),
}

impl Guard {
    /// Starts a guard. Intents are written to `folder`. Must be called in a tokio runtime, which runs the fallback.
    pub fn start(fault: FaultInjector, assignment: Assignment, folder: Option<PathBuf>, mode: GuardMode) -> Self {
        let (requests, received) = mpsc::channel(QUEUE_CAPACITY);
        let (sender, reports) = mpsc::channel(QUEUE_CAPACITY);
        let in_process = InProcessGuard { fault, assignment, folder, runtime: Handle::current() };
        match mode {
            GuardMode::InProcess(policy) => in_process.spawn(policy, received, sender),
            GuardMode::Process => {
                let relay = move || relay(in_process, received, sender);
                if let Err(error) = thread::Builder::new().name("guard".to_owned()).spawn(relay) {
                    // the channels were dropped with the closure, so `report` returns `None`
                    tracing::error!("cannot start the guard: {error}");
                }
            }
        }
        Self { requests, reports, outstanding: None, pid: None }
    }

    /// Sends a request. It is lost only if the guard has ended.
    pub fn send(&mut self, request: GuardRequest) {
        if let GuardRequest::Adopt { intent, known: true } = &request {
            self.outstanding = Some((**intent).clone());
        }
        if let Err(error) = self.requests.try_send(request) {
            tracing::warn!("the guard does not accept a request: {error}");
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

    /// Returns the fault that the guard will undo. `None` if nothing is outstanding.
    pub fn outstanding(&self) -> Option<&Intent> {
        self.outstanding.as_ref()
    }

    /// Returns the guard's process id. `None` until it has reported, or if it runs inside this process.
    pub fn pid(&self) -> Option<u32> {
        self.pid.filter(|pid| *pid != std::process::id())
    }

    /// Closes the requests without a release: the guard brings the control plane back by itself. Returns the receiver
    /// of its reports, which ends with the guard.
    pub fn detach(self) -> mpsc::Receiver<GuardReport> {
        self.reports
    }
}

/// Everything that the supervisor needs to run inside this process.
struct InProcessGuard {
    fault: FaultInjector,
    assignment: Assignment,
    folder: Option<PathBuf>,
    runtime: Handle,
}

impl InProcessGuard {
    fn spawn(self, policy: RestorePolicy, requests: mpsc::Receiver<GuardRequest>, reports: mpsc::Sender<GuardReport>) {
        let supervisor = Supervisor::new(self.fault, self.assignment, policy, self.folder, clock::wall_time, reports);
        self.runtime.spawn(supervisor.run(requests));
    }

    /// Reports the reason and runs the supervisor inside this process.
    fn fall_back(self, reason: String, requests: mpsc::Receiver<GuardRequest>, reports: mpsc::Sender<GuardReport>) {
        let _dropped = reports.try_send(GuardReport::Fallback { reason });
        self.spawn(RestorePolicy::Restore, requests, reports);
    }
}

/// Starts the process and relays requests and reports until both ends are closed.
fn relay(in_process: InProcessGuard, mut requests: mpsc::Receiver<GuardRequest>, reports: mpsc::Sender<GuardReport>) {
    let mut process = match GuardProcess::start(&in_process.assignment) {
        Ok(process) => process,
        Err(error) => return in_process.fall_back(error.to_string(), requests, reports),
    };
    // a program that starts and does not become a guard sends no report
    let Some(ready) = process.next_report() else {
        process.kill();
        return in_process.fall_back("it ended at once".to_owned(), requests, reports);
    };
    let _dropped = reports.try_send(ready);
    let GuardProcess { child, mut input, output } = process;
    let relay = move || relay_reports(child, output, reports);
    if let Err(error) = thread::Builder::new().name("reports".to_owned()).spawn(relay) {
        tracing::warn!("cannot read the guard's reports: {error}");
    }
    while let Some(request) = requests.blocking_recv() {
        if write_request(&mut input, &request).is_err() {
            return;
        }
    }
}

/// Relays reports until the guard ends. `reports` is the only sender, so its end shows the dashboard the guard's end.
fn relay_reports(mut child: Child, output: Lines<BufReader<ChildStdout>>, reports: mpsc::Sender<GuardReport>) {
    for line in output {
        let Ok(line) = line else { break };
        if let Ok(report) = serde_json::from_str(&line)
            && reports.blocking_send(report).is_err()
        {
            break;
        }
    }
    drop(reports);
    // waits, so that no zombie is left
    let _status = child.wait();
}

/// A guard process with both its pipes.
struct GuardProcess {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl GuardProcess {
    /// Starts this very program as a guard, and sends it the assignment.
    fn start(assignment: &Assignment) -> io::Result<Self> {
        let mut command = Command::new(program()?);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, "blackout");
        command.arg("guard").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the guard has no standard input and output"));
        };
        write_request(&mut input, &GuardRequest::Watch(assignment.clone()))?;
        Ok(Self { child, input, output: BufReader::new(output).lines() })
    }

    /// Reads one report. `None` if the output ends or has another form.
    fn next_report(&mut self) -> Option<GuardReport> {
        serde_json::from_str(&self.output.next()?.ok()?).ok()
    }

    fn kill(mut self) {
        let _ended_already = self.child.kill().and_then(|()| self.child.wait());
    }
}

fn write_request(input: &mut impl io::Write, request: &GuardRequest) -> io::Result<()> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    input.write_all(&line)?;
    input.flush()
}

/// Returns the path of the running program. On Linux it is the kernel's link, which still leads to this program after
/// its file was rebuilt or deleted.
fn program() -> io::Result<PathBuf> {
    let kernel_link = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && kernel_link.exists() { Ok(kernel_link) } else { env::current_exe() }
}
