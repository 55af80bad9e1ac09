//! What the operator asks for, on its way to whoever does it: the guard of a real cluster, or the lab.
//!
//! Does nothing to a container itself. Everything that comes of a request is an [`Event`], in order.

use std::{path::PathBuf, sync::Arc};

use tokio::{sync::mpsc, task::JoinSet};

use super::shutdown::DetachedGuard;

use crate::{
    engine::Engine,
    fault::FaultInjector,
    feed::Feed,
    guard::{Assignment, Guard, GuardMode, GuardReport, GuardRequest, Intent, IntentLock, RestorePolicy},
    lab::Lab,
    observation::{Cluster, FaultAction, Observation, OperatorPhase, OperatorStep},
    source::access::ApiAccess,
};

/// Who does what the operator asks for.
#[derive(Debug, Clone)]
pub(super) enum Backend {
    /// A guard, through the container engine.
    Engine {
        /// The engine.
        engine: Engine,
        /// The way to the API server, by which a guard sees that it is ready.
        access: ApiAccess,
    },
    /// The lab in this process.
    Lab(Arc<Lab>),
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Event {
    /// The guard reports.
    Guard(GuardReport),
    /// The guard has ended; what it left outstanding.
    GuardEnded(Option<Box<Intent>>),
    /// An earlier run has left this behind, and nobody looks after it.
    LeftBehind(Box<Intent>),
    /// Another process watches over the cluster.
    WatchedBy(u32),
    /// Something came of it that reaches the session otherwise, or nothing.
    Nothing,
}

/// The operator's requests of one session.
#[derive(Debug)]
pub(super) struct FaultDispatcher {
    backend: Backend,
    /// The cluster, as the engine last described it.
    cluster: Cluster,
    mode: GuardMode,
    folder: Option<PathBuf>,
    restore_after_s: u64,
    guard: Option<Guard>,
    jobs: JoinSet<Event>,
}

impl FaultDispatcher {
    /// Makes the fault_dispatcher of a session. `restore_after_s` is `None` for `--leave`.
    pub(super) fn new(
        backend: Backend,
        cluster: Cluster,
        folder: Option<PathBuf>,
        restore_after_s: Option<u64>,
    ) -> Self {
        let mode =
            if restore_after_s.is_some() { GuardMode::Process } else { GuardMode::InProcess(RestorePolicy::Leave) };
        let restore_after_s = restore_after_s.unwrap_or_default();
        Self { backend, cluster, mode, folder, restore_after_s, guard: None, jobs: JoinSet::new() }
    }

    /// The engine describes the cluster anew.
    pub(super) fn describe(&mut self, cluster: &Cluster) {
        self.cluster = cluster.clone();
    }

    /// Looks for what an earlier run has left behind.
    pub(super) fn look_for_intent(&mut self) {
        let guards = matches!(self.backend, Backend::Engine { .. }) && self.mode == GuardMode::Process;
        let (Some(folder), true) = (self.folder.clone(), guards) else { return };
        let cluster = self.cluster.name.clone();
        self.jobs.spawn_blocking(move || {
            if let Some(pid) = IntentLock::holder(&folder, &cluster) {
                return Event::WatchedBy(pid);
            }
            Intent::read(&folder, &cluster).map_or(Event::Nothing, |intent| Event::LeftBehind(Box::new(intent)))
        });
    }

    /// Starts a guard, unless there is one or the lab needs none. Returns whether one was started.
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

    /// Lets a guard go that has nothing to undo. Returns whether it went.
    pub(super) fn dismiss_guard(&mut self) -> bool {
        if self.guard.as_ref().is_some_and(|guard| guard.outstanding().is_some()) {
            return false;
        }
        self.guard.take().is_some()
    }

    /// Has a guard watch over what is outstanding: of an earlier run, or, if it is `known`, of this one.
    pub(super) fn adopt(&mut self, intent: Box<Intent>, known: bool) {
        self.start_guard();
        self.send(GuardRequest::Adopt { intent, known });
    }

    /// Has a deed done to `container`.
    pub(super) fn carry_out(&mut self, deed: FaultAction, container: String, without_intent: bool, feed: &Feed) {
        match &self.backend {
            Backend::Engine { .. } => {
                self.start_guard();
                self.send(match deed {
                    FaultAction::Restore => GuardRequest::Restore { container },
                    deed => GuardRequest::Fault { deed, container, without_intent },
                });
            }
            Backend::Lab(lab) => {
                let (lab, feed) = (lab.clone(), feed.clone());
                self.jobs.spawn(async move {
                    carry_out_in_lab(&lab, deed, container, &feed).await;
                    Event::Nothing
                });
            }
        }
    }

    /// Leaves the control plane as it is, for good: the operator has said so.
    pub(super) fn release(&mut self) {
        self.send(GuardRequest::Release);
    }

    fn send(&mut self, request: GuardRequest) {
        if let Some(guard) = &mut self.guard {
            guard.send(request);
        }
    }

    /// Waits for the next event; for ever if nothing was asked for.
    pub(super) async fn next(&mut self) -> Event {
        let Self { guard, jobs, .. } = self;
        let report = async {
            match guard {
                Some(guard) => guard.report().await,
                None => std::future::pending().await,
            }
        };
        let report = tokio::select! {
            report = report => report,
            Some(done) = jobs.join_next() => return done.unwrap_or(Event::Nothing),
        };
        match report {
            Some(report) => {
                // it ends by itself, and takes no more requests: the next one goes to another
                if matches!(report, GuardReport::Settled { .. }) {
                    self.guard = None;
                }
                Event::Guard(report)
            }
            None => {
                let left = self.guard.take().and_then(|guard| guard.outstanding().cloned());
                Event::GuardEnded(left.map(Box::new))
            }
        }
    }

    /// Lets go of the guard: from here on it brings the control plane back by itself. `None` if there is none, or it
    /// has nothing to guard (`--leave`).
    pub(super) fn detach(mut self) -> Option<DetachedGuard> {
        let guard = self.guard.take().filter(|_| self.mode == GuardMode::Process)?;
        let (pid, outstanding) = (guard.pid(), guard.outstanding().cloned());
        Some(DetachedGuard { reports: guard.detach(), pid, outstanding, fault_dispatcher: self })
    }

    /// Starts another guard for what is outstanding, and lets go of it.
    pub(super) fn replace_guard(&mut self, intent: Box<Intent>) -> Option<(mpsc::Receiver<GuardReport>, Option<u32>)> {
        self.adopt(intent, true);
        let guard = self.guard.take()?;
        let pid = guard.pid();
        Some((guard.detach(), pid))
    }
}

/// Does a deed in the lab, and reports its steps.
pub(super) async fn carry_out_in_lab(lab: &Lab, deed: FaultAction, container: String, feed: &Feed) {
    let report = async |phase| {
        let step = OperatorStep { action: deed, container: container.clone(), phase };
        let _session_gone = feed.send(Observation::Operator(step)).await;
    };
    report(OperatorPhase::Requested).await;
    report(match lab.carry_out(deed).await {
        Ok(()) => OperatorPhase::Done,
        Err(error) => OperatorPhase::Failed { error: error.to_string() },
    })
    .await;
}
