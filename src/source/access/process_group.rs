//! Process group of a child process.

use tokio::process::Child;

/// Kills the process group of a child when dropped, unless the child has ended.
pub(super) struct ProcessGroup {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl ProcessGroup {
    /// The group that `child` leads.
    pub(super) fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    /// Leaves the group alone from now on: its id may be reused.
    pub(super) fn leader_has_ended(&mut self) {
        self.leader = None;
    }
}

#[cfg(unix)]
impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            let _has_ended = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
impl ProcessGroup {
    /// The group that `child` leads.
    pub(super) fn of(_child: &Child) -> Self {
        Self {}
    }

    /// Leaves the group alone from now on.
    pub(super) fn leader_has_ended(&mut self) {}
}
