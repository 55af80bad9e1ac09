//! The processes of one test: those whose environment names its folder.

use std::{fs, path::Path, process::Command};

/// A process of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    /// Its session, as in the sixth field of `/proc/PID/stat`.
    pub(crate) session: u32,
    pub(crate) is_guard: bool,
}

/// The processes that run with this home folder.
pub(super) fn of(home: &Path) -> Vec<Process> {
    with("HOME", home)
}

/// The processes that run with `folder` in this variable of their environment. A process that has ended and was not
/// waited for is none.
pub(crate) fn with(variable: &str, folder: &Path) -> Vec<Process> {
    let wanted = format!("{variable}={}", folder.display());
    let all = fs::read_dir("/proc").expect("/proc is there").flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let ours = environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes());
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // the name, in parentheses, may hold anything
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let is_guard = command.split(|byte| *byte == 0).nth(1) == Some(b"guard");
        (ours && fields[0] != "Z").then_some(Process { pid, session: fields[3].parse().ok()?, is_guard })
    })
    .collect()
}

/// Ends them at once, all with one command.
pub(super) fn kill(processes: &[u32]) {
    let sent = Command::new("kill").args(["-s", "KILL"]).args(processes.iter().map(ToString::to_string)).output();
    sent.expect("kill is there");
}
