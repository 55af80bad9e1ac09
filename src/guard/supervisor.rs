//! What a guard does, whatever it runs in: does faults, remembers them, and undoes them.
//!
//! Keeps promise 3: from the moment at which the intent is on disk, the control plane is brought back when the
//! dashboard is gone, when the deadline of the wall clock has passed, or when somebody asks. At most one request that
//! changes the container is under way, but for a restore that waits for the end of a stop. Ends when nothing is
//! outstanding any more. Draws nothing and knows nothing of processes and pipes.

use std::{path::PathBuf, process, time::Duration};

use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
    time::{Interval, MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    Assignment, Intent, IntentError, IntentLock, Report, Request,
    bring_back::{BringBack, BringBackError, Brought, GRACE},
    claim::Standing,
};
use crate::{
    clock::Clock,
    fault::{Fault, FaultError},
    observation::{Deed, Operator, OperatorPhase, Time},
    source::{access::Credentials, health::Readiness},
    test_panic,
};

/// Between two looks at the clock and the container.
const TICK: Duration = Duration::from_secs(1);

/// How long the disk may take to write an intent; then the operator is asked instead.
const DISK: Duration = Duration::from_secs(3);

/// How often the lock is tried, and the wait between two tries.
const LOCK_TRIES: u32 = 5;
const LOCK_WAIT: Duration = Duration::from_millis(100);

/// Sends reports without ever waiting: a dashboard that does not read must not hold up a restore.
#[derive(Debug, Clone)]
pub(super) struct Reporter(pub(super) mpsc::Sender<Report>);

impl Reporter {
    pub(super) fn send(&self, report: Report) {
        let _unread = self.0.try_send(report);
    }

    pub(super) fn step(&self, deed: Deed, container: &str, phase: OperatorPhase) {
        self.send(Report::Step(Operator { deed, container: container.to_owned(), phase }));
    }

    fn notice(&self, text: impl Into<String>) {
        self.send(Report::Notice { text: text.into() });
    }
}

/// What a supervisor may do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Brings the control plane back when the dashboard is gone or the deadline has passed.
    Restore,
    /// Leaves it as it is (`--leave`): no intent, no deadline, nothing on the way out.
    Leave,
}

/// The fault that is to be undone, and how certain it is that it happened.
#[derive(Debug)]
struct Claim {
    intent: Intent,
    certainty: Certainty,
    /// Since when the engine has said, without an error between, that the container is well.
    well_since: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certainty {
    /// The engine has been asked and has not answered yet.
    Asked,
    /// The engine's answer is missing: the fault may still come.
    Unanswered,
    /// The engine has failed, and said so; the fault may come all the same.
    Failed,
    /// An earlier run asked for it.
    Adopted,
    /// It has happened.
    Happened,
}

/// A piece of work that has ended.
enum Ended {
    /// The intent was written, or not.
    Prepared(Deed, String, Result<(Intent, Option<IntentLock>), PrepareError>),
    Fault(Result<(), FaultError>),
    BroughtBack(Result<Brought, BringBackError>),
    Looked(Result<Standing, FaultError>),
}

#[derive(Debug, thiserror::Error)]
enum PrepareError {
    #[error(transparent)]
    Fault(#[from] FaultError),
    #[error(transparent)]
    Intent(#[from] IntentError),
}

/// Watches over one control plane.
#[derive(Debug)]
pub struct Supervisor {
    fault: Fault,
    assignment: Assignment,
    duty: Duty,
    folder: Option<PathBuf>,
    wall: fn() -> Time,
    clock: Clock,
    credentials: Credentials,
    reporter: Reporter,
    lock: Option<IntentLock>,
    /// Whether another guard holds the lock.
    watched: bool,
    claim: Option<Claim>,
    work: JoinSet<Ended>,
    /// Whether a fault is prepared or under way.
    fault_under_way: bool,
    restoring: Option<tokio::task::AbortHandle>,
    looking: bool,
    /// Whether the dashboard is gone, or has released its claim.
    alone: bool,
    settled: bool,
}

impl Supervisor {
    /// Makes a supervisor for `assignment`. Intents go to `folder`, if there is one; `wall` is the wall clock, which a
    /// sleep of the machine moves on.
    pub fn new(
        fault: Fault,
        assignment: Assignment,
        duty: Duty,
        folder: Option<PathBuf>,
        wall: fn() -> Time,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        Self {
            fault,
            assignment,
            duty,
            folder,
            wall,
            clock: Clock::start(),
            credentials: Credentials::default(),
            reporter: Reporter(reports),
            lock: None,
            watched: false,
            claim: None,
            work: JoinSet::new(),
            fault_under_way: false,
            restoring: None,
            looking: false,
            alone: false,
            settled: false,
        }
    }

    /// Serves `requests` until nothing is outstanding and nobody can ask for more. Returns whether nothing is left to
    /// be brought back.
    pub async fn run(mut self, mut requests: mpsc::Receiver<Request>) -> bool {
        let ready = self.take_lock().await;
        self.reporter.send(ready);
        let mut ticks = ticks();
        while !self.is_over() {
            tokio::select! {
                biased;
                request = requests.recv(), if !self.alone => match request {
                    Some(request) => self.serve(request).await,
                    None => self.dashboard_gone(),
                },
                Some(ended) = self.work.join_next() => self.ended(ended).await,
                _ = ticks.tick() => self.tick(),
            }
        }
        self.claim.is_none()
    }

    fn is_over(&self) -> bool {
        let idle = !self.fault_under_way && self.restoring.is_none();
        idle && (self.settled || self.alone)
    }

    /// Takes the lock on the cluster's intent. A folder that does not answer counts as one that cannot be written.
    async fn take_lock(&mut self) -> Report {
        let ready =
            |intent_fails: Option<String>, watched_by| Report::Ready { pid: process::id(), intent_fails, watched_by };
        if self.duty == Duty::Leave {
            return ready(None, None);
        }
        let cluster = self.assignment.cluster.name.clone();
        let mut taken = self.take(&cluster).await;
        let mut tries = 1;
        // the lock of a guard that was killed a moment ago goes with the last of its files
        while matches!(taken, Err(IntentError::Watched { .. })) && tries < LOCK_TRIES {
            sleep(LOCK_WAIT).await;
            taken = self.take(&cluster).await;
            tries += 1;
        }
        match taken {
            Ok(lock) => {
                self.lock = Some(lock);
                ready(None, None)
            }
            Err(IntentError::Watched { pid, .. }) => {
                self.watched = true;
                ready(None, Some(pid))
            }
            Err(error) => ready(Some(error.to_string()), None),
        }
    }

    async fn take(&self, cluster: &str) -> Result<IntentLock, IntentError> {
        let cluster = cluster.to_owned();
        self.on_disk(move |folder| IntentLock::take(folder, &cluster)).await
    }

    /// Runs `job` with the state folder on a thread of its own, for three seconds at most.
    async fn on_disk<T: Send + 'static>(
        &self,
        job: impl FnOnce(&std::path::Path) -> Result<T, IntentError> + Send + 'static,
    ) -> Result<T, IntentError> {
        let folder = self.folder.clone().ok_or(IntentError::NoFolder)?;
        let path = folder.clone();
        match timeout(DISK, tokio::task::spawn_blocking(move || job(&folder))).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) | Err(_) => Err(IntentError::Silent { path }),
        }
    }

    async fn serve(&mut self, request: Request) {
        match request {
            // the assignment was taken before the loop began
            Request::Watch(_) => {}
            Request::Fault { deed, container, without_intent } => self.begin_fault(deed, container, without_intent),
            Request::Restore { container } => self.bring_back(container, true),
            Request::Adopt { intent } => self.adopt(*intent),
            Request::Release => self.release().await,
        }
    }

    fn begin_fault(&mut self, deed: Deed, container: String, without_intent: bool) {
        let refusal = if self.fault_under_way || self.restoring.is_some() {
            Some("something is being done to the control plane already; wait until that is over".to_owned())
        } else if self.claim.as_ref().is_some_and(|claim| claim.certainty != Certainty::Failed) {
            Some("a fault is outstanding already; start the control plane again first".to_owned())
        } else {
            None
        };
        if let Some(error) = refusal {
            self.reporter.step(deed, &container, OperatorPhase::Failed { error });
            return;
        }
        self.fault_under_way = true;
        let now = (self.wall)();
        let restore_at = self.deadline(now).filter(|_| self.duty == Duty::Restore);
        let (fault, cluster, folder) = (self.fault.clone(), self.assignment.cluster.name.clone(), self.folder.clone());
        let (duty, locked) = (self.duty, self.lock.is_some());
        self.work.spawn(async move {
            let prepare = async {
                let target = fault.inspect(&container).await?;
                let intent = Intent {
                    cluster: cluster.clone(),
                    container: container.clone(),
                    deed,
                    pid: process::id(),
                    asked: Some(now),
                    restore_at,
                    id: Some(target.id),
                    started_at: target.started_at,
                    networks: target.networks,
                };
                if duty == Duty::Leave {
                    return Ok((intent, None));
                }
                match write(folder, cluster, intent.clone(), locked).await {
                    Ok(lock) => Ok((intent, lock)),
                    Err(error) if !without_intent || matches!(error, IntentError::Watched { .. }) => Err(error.into()),
                    Err(_agreed) => Ok((intent, None)),
                }
            };
            let prepared = prepare.await;
            Ended::Prepared(deed, container, prepared)
        });
    }

    /// The deadline of a fault that is asked for now. `None` if it lies beyond the end of the calendar.
    fn deadline(&self, now: Time) -> Option<Time> {
        let after = chrono::Duration::from_std(Duration::from_secs(self.assignment.restore_after_s)).ok()?;
        now.checked_add_signed(after)
    }

    async fn ended(&mut self, ended: Result<Ended, JoinError>) {
        match ended {
            Ok(Ended::Prepared(deed, container, prepared)) => self.prepared(deed, &container, prepared).await,
            Ok(Ended::Fault(done)) => self.fault_ended(done.map_err(Some)).await,
            Ok(Ended::BroughtBack(brought)) => self.brought_back(brought).await,
            Ok(Ended::Looked(looked)) => {
                self.looking = false;
                if !self.fault_under_way && self.restoring.is_none() {
                    self.looked(looked).await;
                }
            }
            Err(error) if error.is_cancelled() => {}
            // which of them it was does not matter: what is outstanding stays so, and is looked at again
            Err(_crashed) => {
                self.looking = false;
                if self.restoring.take().is_some() {
                    if let Some(claim) = &self.claim {
                        self.bring_back(claim.intent.container.clone(), false);
                    }
                } else if self.fault_under_way {
                    self.fault_ended(Err(None)).await;
                }
            }
        }
    }

    async fn prepared(
        &mut self,
        deed: Deed,
        container: &str,
        prepared: Result<(Intent, Option<IntentLock>), PrepareError>,
    ) {
        let intent = match prepared {
            Ok((intent, lock)) => {
                self.lock = self.lock.take().or(lock);
                intent
            }
            Err(PrepareError::Intent(error)) if !matches!(error, IntentError::Watched { .. }) => {
                self.fault_under_way = false;
                self.reporter.send(Report::NeedsConsent { deed, reason: error.to_string() });
                return;
            }
            Err(error) => {
                self.fault_under_way = false;
                self.reporter.step(deed, container, OperatorPhase::Failed { error: error.to_string() });
                self.settle(&format!("nothing was done to {container}")).await;
                return;
            }
        };
        // nothing was done yet, and nobody is there any more who wants it
        if self.alone {
            self.fault_under_way = false;
            self.settle(&format!("nothing was done to {container}")).await;
            return;
        }
        self.reporter.step(deed, container, OperatorPhase::Requested);
        self.reporter.send(Report::Outstanding { intent: Box::new(intent.clone()), adopted: false });
        self.claim = Some(Claim { intent, certainty: Certainty::Asked, well_since: None });
        let (fault, container) = (self.fault.clone(), container.to_owned());
        self.work.spawn(async move {
            let done = test_panic::or_panic("deed", fault.carry_out(deed, &container)).await;
            Ended::Fault(done)
        });
    }

    /// The engine has answered the request of a fault, or will not answer any more (`Err(None)`: our task crashed).
    async fn fault_ended(&mut self, done: Result<(), Option<FaultError>>) {
        self.fault_under_way = false;
        let Some(claim) = &mut self.claim else { return };
        let (deed, container) = (claim.intent.deed, claim.intent.container.clone());
        match done {
            Ok(()) => {
                claim.certainty = Certainty::Happened;
                self.reporter.step(deed, &container, OperatorPhase::Done);
            }
            Err(error) => {
                let words =
                    error.as_ref().map_or("the task that asked the engine crashed".to_owned(), ToString::to_string);
                tracing::error!("{words}");
                let failed = || OperatorPhase::Failed { error: words.clone() };
                match error {
                    // a restore that waits for the stop goes on and finds out by itself
                    Some(error) if error.touched_nothing() && self.restoring.is_none() => {
                        self.reporter.step(deed, &container, failed());
                        self.settle(&format!("nothing was done to {container}")).await;
                    }
                    Some(error) if error.is_answer() => {
                        claim.certainty = Certainty::Failed;
                        self.reporter.step(deed, &container, failed());
                    }
                    _ => {
                        claim.certainty = Certainty::Unanswered;
                        let words = format!("{words}; looking whether it was done");
                        self.reporter.step(deed, &container, OperatorPhase::Waiting { words });
                    }
                }
            }
        }
    }

    /// Begins to bring `container` back, unless that is under way.
    fn bring_back(&mut self, container: String, asked: bool) {
        if self.restoring.is_some() {
            return;
        }
        let claim = self.claim.as_ref().filter(|claim| claim.intent.container == container);
        let job = BringBack {
            fault: self.fault.clone(),
            cluster: self.assignment.cluster.clone(),
            access: self.assignment.access.clone(),
            credentials: self.credentials.clone(),
            clock: self.clock,
            intent: claim.map(|claim| claim.intent.clone()),
            stop_may_come: claim.is_some_and(|claim| {
                matches!(claim.intent.deed, Deed::Stop | Deed::Kill) && claim.certainty != Certainty::Happened
            }),
            asked,
            insists: false,
            announced: false,
            container,
            reporter: self.reporter.clone(),
            wall: self.wall,
        };
        self.restoring =
            Some(self.work.spawn(async move { Ended::BroughtBack(test_panic::or_panic("deed", job.run()).await) }));
    }

    async fn brought_back(&mut self, brought: Result<Brought, BringBackError>) {
        if self.restoring.take().is_none() {
            return;
        }
        let container = self.claim.as_ref().map(|claim| claim.intent.container.clone());
        let container = container
            .or_else(|| self.assignment.cluster.control_planes().next().map(|node| node.name.clone()))
            .unwrap_or_default();
        match brought {
            Ok(Brought::Ready(readiness)) => {
                if let Readiness::PortOpen(_) = &readiness {
                    self.reporter.notice(format!("{container} runs; {readiness}"));
                }
                self.reporter.step(Deed::Restore, &container, OperatorPhase::Done);
                self.settle(&match readiness {
                    Readiness::Ready => format!("{container} is ready again: /readyz is 200"),
                    other => format!("{container} was started: {other}"),
                })
                .await;
            }
            Ok(Brought::Theirs(why)) => {
                let reason = format!("{container}: {why}");
                self.reporter.step(Deed::Restore, &container, OperatorPhase::Released { reason: reason.clone() });
                self.settle(&reason).await;
            }
            Err(error) => {
                let gone = matches!(&error, BringBackError::Fault(fault) if fault.is_final());
                tracing::error!("{error}");
                self.reporter.step(Deed::Restore, &container, OperatorPhase::Failed { error: error.to_string() });
                if gone {
                    // there is nothing left that could be brought back
                    self.settle(&error.to_string()).await;
                } else if self.claim.is_none() {
                    self.settled = true;
                }
            }
        }
    }

    fn adopt(&mut self, intent: Intent) {
        if self.claim.is_some() || self.watched {
            return;
        }
        let now = (self.wall)();
        // a deadline that passed while nobody watched is given anew: the operator is asked first
        let ahead = intent.restore_at.filter(|at| *at > now);
        let restore_at = ahead.into_iter().chain(self.deadline(now)).min();
        self.claim =
            Some(Claim { intent: Intent { restore_at, ..intent }, certainty: Certainty::Adopted, well_since: None });
        self.tick();
    }

    async fn release(&mut self) {
        if let Some(restoring) = self.restoring.take() {
            restoring.abort();
        }
        self.alone = true;
        self.fault_under_way = false;
        let released = self.claim.as_ref().map(|claim| format!("{} is left as it is", claim.intent.container));
        self.settle(&released.unwrap_or_else(|| "nothing was outstanding".to_owned())).await;
    }

    fn dashboard_gone(&mut self) {
        self.alone = true;
        if self.duty == Duty::Leave {
            self.claim = None;
            return;
        }
        if let Some(claim) = &self.claim {
            self.bring_back(claim.intent.container.clone(), false);
        }
    }

    /// Once a second: has the deadline passed, and is the container still as the fault left it?
    fn tick(&mut self) {
        if self.restoring.is_some() {
            return;
        }
        let Some(claim) = &self.claim else { return };
        if claim.intent.restore_at.is_some_and(|at| (self.wall)() >= at) {
            let after = humantime::format_duration(Duration::from_secs(self.assignment.restore_after_s));
            self.reporter.notice(format!("{after} have passed: starting the control plane again (--restore-after)"));
            self.bring_back(claim.intent.container.clone(), false);
            return;
        }
        if self.fault_under_way || self.looking {
            return;
        }
        self.looking = true;
        let (fault, intent) = (self.fault.clone(), claim.intent.clone());
        self.work.spawn(async move {
            let look = async {
                let target = fault.inspect(&intent.container).await?;
                let asks = intent.deed == Deed::Apiserver && target.running && !target.paused;
                let manifest = !asks || fault.has_manifest(&target).await?;
                Ok(Standing::of(&intent, &target, manifest))
            };
            Ended::Looked(look.await)
        });
    }

    async fn looked(&mut self, looked: Result<Standing, FaultError>) {
        let now = (self.wall)();
        let Some(claim) = &mut self.claim else { return };
        let (deed, container) = (claim.intent.deed, claim.intent.container.clone());
        let standing = match looked {
            Ok(standing) => standing,
            Err(error) if error.is_final() => {
                let reason = error.to_string();
                self.reporter.step(deed, &container, OperatorPhase::Released { reason: reason.clone() });
                self.settle(&reason).await;
                return;
            }
            // an engine that does not answer may be about to do what it was asked
            Err(_) => {
                claim.well_since = None;
                return;
            }
        };
        match (standing, claim.certainty) {
            (Standing::AsLeft, Certainty::Happened | Certainty::Asked) => {}
            (Standing::AsLeft, Certainty::Adopted) => {
                claim.certainty = Certainty::Happened;
                let intent = Box::new(claim.intent.clone());
                self.reporter.send(Report::Outstanding { intent, adopted: true });
            }
            (Standing::AsLeft, Certainty::Unanswered | Certainty::Failed) => {
                claim.certainty = Certainty::Happened;
                self.reporter.step(deed, &container, OperatorPhase::Done);
            }
            (Standing::Changed, _) | (Standing::Well, Certainty::Happened) => {
                let reason = format!("{container} was brought back by somebody else");
                self.reporter.step(deed, &container, OperatorPhase::Released { reason: reason.clone() });
                self.settle(&reason).await;
            }
            (Standing::Well, Certainty::Asked | Certainty::Unanswered | Certainty::Failed | Certainty::Adopted) => {
                let since = *claim.well_since.get_or_insert(now);
                let may_come = matches!(deed, Deed::Stop | Deed::Kill) || claim.certainty != Certainty::Adopted;
                if now - since < GRACE && may_come {
                    return;
                }
                if claim.certainty == Certainty::Unanswered {
                    let error = format!("the container engine did not do it: {container} runs as before");
                    self.reporter.step(deed, &container, OperatorPhase::Failed { error });
                }
                self.settle(&format!("{container} runs as before")).await;
            }
        }
    }

    /// Nothing is outstanding any more.
    async fn settle(&mut self, reason: &str) {
        self.claim = None;
        if self.lock.is_some() {
            let cluster = self.assignment.cluster.name.clone();
            let deleted = self.on_disk(move |folder| {
                Intent::delete(folder, &cluster);
                Ok(())
            });
            if let Err(error) = deleted.await {
                tracing::warn!("{error}");
            }
            // before it is reported: the next guard may start at once
            self.lock = None;
        }
        self.reporter.send(Report::Settled { reason: reason.to_owned() });
        self.settled = true;
    }
}

/// Writes the intent; takes the lock first where it is not ours yet, and returns it then.
async fn write(
    folder: Option<PathBuf>,
    cluster: String,
    intent: Intent,
    locked: bool,
) -> Result<Option<IntentLock>, IntentError> {
    let folder = folder.ok_or(IntentError::NoFolder)?;
    let path = folder.clone();
    let job = move || -> Result<Option<IntentLock>, IntentError> {
        let lock = if locked { None } else { Some(IntentLock::take(&folder, &cluster)?) };
        intent.write(&folder).map(|()| lock)
    };
    match timeout(DISK, tokio::task::spawn_blocking(job)).await {
        Ok(Ok(written)) => written,
        Ok(Err(_)) | Err(_) => Err(IntentError::Silent { path }),
    }
}

/// Ticks once a second from now on; one that was missed, as in a sleep of the machine, comes at once and once.
fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
