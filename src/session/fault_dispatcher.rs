//! The operator's faults and restores, dispatched to the guard of a real cluster or to the lab.
//!
//! Touches no container itself. Everything that follows from a request comes back as a [`GuardEvent`], in order.

use std::path::PathBuf;

use tokio::task::JoinSet;

use super::backend::Backend;
use crate::{
    fault::FaultInjector,
    feed::Feed,
    guard::{Assignment, Guard, GuardMode, GuardReport, GuardRequest, Intent, IntentLock, RestorePolicy},
    lab::Lab,
    observation::{Cluster, FaultAction, Observation, OperatorPhase, OperatorStep},
};

/// An event that follows from a request, or from the state of an earlier run.
#[derive(Debug)]
pub(super) enum GuardEvent {
    /// The guard has sent a report.
    Report(GuardReport),
    /// The guard has ended. `outstanding` is the fault that it left, if any.
    Ended { outstanding: Option<Box<Intent>> },
    /// An earlier run has left this fault, and no guard watches over it.
    IntentFound(Box<Intent>),
    /// Another process, with this id, watches over the cluster.
    WatchedBy(u32),
    /// The request is done, and its result reaches the session through the feed or is empty.
    Nothing,
}

/// Dispatcher of one session's requests.
#[derive(Debug)]
pub(super) struct FaultDispatcher {
    backend: Backend,
    /// The cluster, as the engine last described it.
    cluster: Cluster,
    mode: GuardMode,
    /// State directory. `None` if there is no home directory.
    folder: Option<PathBuf>,
    restore_after_s: u64,
    guard: Option<Guard>,
    jobs: JoinSet<GuardEvent>,
}

impl FaultDispatcher {
    /// Creates the dispatcher of a session. `restore_after_s` is `None` if `--leave` is set.
    pub(super) fn new(
        backend: Backend,
        cluster: Cluster,
        folder: Option<PathBuf>,
        restore_after_s: Option<u64>,
    ) -> Self {
        let mode = match restore_after_s {
            Some(_) => GuardMode::Process,
            None => GuardMode::InProcess(RestorePolicy::Leave),
        };
        let restore_after_s = restore_after_s.unwrap_or_default();
        Self { backend, cluster, mode, folder, restore_after_s, guard: None, jobs: JoinSet::new() }
    }

    /// Updates the description of the cluster, which the next guard gets.
    pub(super) fn set_cluster(&mut self, cluster: Cluster) {
        self.cluster = cluster;
    }

    /// Starts to look for a fault that an earlier run has left behind.
    pub(super) fn look_for_intent(&mut self) {
        let guarded = matches!(self.backend, Backend::Engine { .. }) && self.mode == GuardMode::Process;
        let (Some(folder), true) = (self.folder.clone(), guarded) else { return };
        let cluster = self.cluster.name.clone();
        self.jobs.spawn_blocking(move || {
            if let Some(pid) = IntentLock::holder(&folder, &cluster) {
                return GuardEvent::WatchedBy(pid);
            }
            let intent = Intent::read(&folder, &cluster);
            intent.map_or(GuardEvent::Nothing, |intent| GuardEvent::IntentFound(Box::new(intent)))
        });
    }

    /// Starts a guard, unless there is one or the target is the lab. Returns whether one was started.
    pub(super) fn start_guard(&mut self) -> bool {
        let Backend::Engine { engine, access } = &self.backend else { return false };
        if self.guard.is_some() {
            return false;
        }
        let (cluster, access) = (self.cluster.clone(), access.clone());
        let fault = FaultInjector::new(engine.clone(), &cluster);
        let assignment = Assignment { cluster, access, restore_after_s: self.restore_after_s };
        self.guard = Some(Guard::start(fault, assignment, self.folder.clone(), self.mode));
        true
    }

    /// Ends a guard that has nothing to undo. Returns whether there was one.
    pub(super) fn dismiss_guard(&mut self) -> bool {
        if self.guard.as_ref().is_some_and(|guard| guard.outstanding().is_some()) {
            return false;
        }
        self.guard.take().is_some()
    }

    /// Makes a guard watch over an outstanding fault: of this session if it is `known`, else of an earlier run.
    pub(super) fn adopt(&mut self, intent: Box<Intent>, known: bool) {
        self.start_guard();
        self.send(GuardRequest::Adopt { intent, known });
    }

    /// Dispatches a fault or a restore of `container`. Steps in the lab go to `feed`.
    pub(super) fn dispatch(&mut self, action: FaultAction, container: String, without_intent: bool, feed: &Feed) {
        match &self.backend {
            Backend::Engine { .. } => {
                self.start_guard();
                self.send(match action {
                    FaultAction::Restore => GuardRequest::Restore { container },
                    action => GuardRequest::Fault { action, container, without_intent },
                });
            }
            Backend::Lab(lab) => {
                let (lab, feed) = (lab.clone(), feed.clone());
                self.jobs.spawn(async move {
                    carry_out_in_lab(&lab, action, container, &feed).await;
                    GuardEvent::Nothing
                });
            }
        }
    }

    /// Leaves the control plane as it is, for good.
    pub(super) fn release(&mut self) {
        self.send(GuardRequest::Release);
    }

    fn send(&mut self, request: GuardRequest) {
        if let Some(guard) = &mut self.guard {
            guard.send(request);
        }
    }

    /// Waits for the next event; without end if nothing was requested. Cancel safe.
    pub(super) async fn next_event(&mut self) -> GuardEvent {
        let Self { guard, jobs, .. } = self;
        let next_report = async {
            match guard {
                Some(guard) => guard.report().await,
                None => std::future::pending().await,
            }
        };
        let report = tokio::select! {
            report = next_report => report,
            Some(event) = jobs.join_next() => return event.unwrap_or(GuardEvent::Nothing),
        };
        match report {
            Some(report) => {
                // a settled guard ends and accepts no request: the next one goes to another guard
                if matches!(report, GuardReport::Settled { .. }) {
                    self.guard = None;
                }
                GuardEvent::Report(report)
            }
            None => {
                let outstanding = self.guard.take().and_then(|guard| guard.outstanding().cloned());
                GuardEvent::Ended { outstanding: outstanding.map(Box::new) }
            }
        }
    }

    /// Takes the guard out of the dispatcher. `None` if there is none, or it runs in this process (`--leave`).
    pub(super) fn take_guard(&mut self) -> Option<Guard> {
        self.guard.take().filter(|_| self.mode == GuardMode::Process)
    }
}

/// Carries out a fault or a restore in the lab, and sends its steps to `feed`.
pub(super) async fn carry_out_in_lab(lab: &Lab, action: FaultAction, container: String, feed: &Feed) {
    let report = async |phase| {
        let step = OperatorStep { action, container: container.clone(), phase };
        let _session_ended = feed.send(Observation::Operator(step)).await;
    };
    report(OperatorPhase::Requested).await;
    report(match lab.carry_out(action).await {
        Ok(()) => OperatorPhase::Done,
        Err(error) => OperatorPhase::Failed { error: error.to_string() },
    })
    .await;
}
