//! Bringing a control plane back: one try after another, each bounded, until `/readyz` answers 200.
//!
//! There is never more than one try at a time. A stop that may be under way is waited for before anything is started,
//! and where the engine never said what became of it, the container is watched for one more grace period afterwards.
//! What somebody else did is not undone. Writes no file: the intent is the supervisor's.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::sleep;

use super::{Intent, claim::Standing, supervisor::Reporter};
use crate::{
    clock::Clock,
    fault::{Fault, FaultError, STOP_SECONDS},
    observation::{Deed, OperatorPhase, Time},
    source::{
        access::{ApiAccess, Credentials},
        health::{Readiness, readiness},
    },
};

/// The first wait after a try that failed, and the longest; each is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// How long it is tried: an engine that is restarted or updated is back within minutes.
const PATIENCE: chrono::Duration = chrono::Duration::minutes(30);

/// From the engine's last sign that a stop may come to the moment at which it has come or never will: its grace
/// period and what a busy machine adds (1.1 s on the testbed).
pub(super) const GRACE: chrono::Duration = chrono::Duration::seconds(STOP_SECONDS as i64 + 2);

/// How long a stop under way is waited for, from the first answer of the engine.
const STOP_ENDS: chrono::Duration = chrono::Duration::seconds(STOP_SECONDS as i64 + 20);

/// Between two looks at `/readyz` while it is waited for.
const LOOK: Duration = Duration::from_millis(500);

/// Looks at `/readyz` between two inspections of the container.
const LOOKS: u32 = 4;

/// What is to be brought back.
#[derive(Debug, Clone)]
pub(super) struct BringBack {
    pub(super) fault: Fault,
    pub(super) cluster: crate::observation::Cluster,
    pub(super) access: ApiAccess,
    pub(super) credentials: Credentials,
    pub(super) clock: Clock,
    pub(super) container: String,
    /// The fault to undo; `None` to mend whatever somebody else did.
    pub(super) intent: Option<Intent>,
    /// Whether a stop may still be under way. The supervisor clears it as soon as the engine says that the stop is over.
    pub(super) stop_may_come: Arc<AtomicBool>,
    /// Whether a person asked for it: then it is done whoever changed the container since.
    pub(super) asked: bool,
    /// Whether it is started again although somebody else takes it away meanwhile.
    pub(super) insists: bool,
    /// Whether its beginning was reported.
    pub(super) announced: bool,
    /// Whether the container ran before the last try, which therefore started nothing.
    pub(super) ran: bool,
    pub(super) reporter: Reporter,
    pub(super) wall: fn() -> Time,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Brought {
    /// `/readyz` answered 200, or, where nothing may ask it, the port took a connection.
    Ready(Readiness),
    /// Somebody else has changed the container since: it is theirs.
    Theirs(&'static str),
}

/// Why a control plane was not brought back.
#[derive(Debug, thiserror::Error)]
pub enum BringBackError {
    /// The engine could not start it.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// It runs, and its API server does not become ready.
    #[error("{container} was started, and its API server is not ready after {minutes} min ({last})")]
    NotReady {
        /// The container.
        container: String,
        /// How long it was waited for, in minutes.
        minutes: i64,
        /// What `/readyz` last answered.
        last: String,
    },
}

/// One try's end.
enum Tried {
    Ready(Readiness),
    Theirs(&'static str),
    /// It went down again, by the stop that was under way.
    DownAgain,
}

impl BringBack {
    /// Tries until the control plane is ready.
    pub(super) async fn run(mut self) -> Result<Brought, BringBackError> {
        if self.asked {
            self.announce();
        }
        let until = (self.wall)() + PATIENCE;
        let mut wait = FIRST_WAIT;
        loop {
            match self.once(until).await {
                Ok(Tried::Ready(readiness)) => return Ok(Brought::Ready(readiness)),
                Ok(Tried::Theirs(why)) => return Ok(Brought::Theirs(why)),
                Ok(Tried::DownAgain) => wait = FIRST_WAIT,
                Err(BringBackError::Fault(error)) if !error.is_final() && (self.wall)() < until => {
                    let phase =
                        OperatorPhase::Retrying { error: error.to_string(), next_s: wait.as_secs_f32().ceil() as u32 };
                    self.reporter.step(Deed::Restore, &self.container, phase);
                    sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reports the beginning, once, however many tries it takes.
    fn announce(&mut self) {
        if !self.announced {
            self.reporter.step(Deed::Restore, &self.container, OperatorPhase::Requested);
            self.announced = true;
        }
    }

    fn stop_may_come(&self) -> bool {
        self.stop_may_come.load(Ordering::SeqCst)
    }

    fn waiting(&self, words: String) {
        self.reporter.step(Deed::Restore, &self.container, OperatorPhase::Waiting { words });
    }

    async fn once(&mut self, until: Time) -> Result<Tried, BringBackError> {
        let target = self.fault.inspect(&self.container).await?;
        if let Some(intent) = &self.intent {
            let manifest =
                intent.deed != Deed::Apiserver || !target.running || self.fault.has_manifest(&target).await?;
            let standing = Standing::of(intent, &target, manifest);
            if standing == Standing::AsLeft {
                // the stop that was waited for has come
                self.stop_may_come.store(false, Ordering::SeqCst);
            }
            let undone = standing == Standing::Well && !self.stop_may_come() && !self.announced;
            if !self.asked && (standing == Standing::Changed || undone) {
                return Ok(Tried::Theirs("somebody else has changed it since: it is left as it is"));
            }
            if let Some(id) = &intent.id {
                self.fault.remember_networks(id, intent.networks.clone());
            }
        }
        self.announce();
        self.ran = target.running && !target.paused && !self.stop_may_come();
        // the engine answers: a stop that it has not begun by now begins now
        let engine_answered = (self.wall)();
        if self.stop_may_come() && target.running {
            self.waiting("waiting until the stop under way is over".to_owned());
            let ends = engine_answered + STOP_ENDS;
            loop {
                let bound = (ends - (self.wall)()).to_std().unwrap_or_default();
                if bound.is_zero() || self.fault.wait_until_stopped(&self.container, bound).await? {
                    break;
                }
                sleep(LOOK.min(bound)).await;
            }
        }
        self.fault.restore(&self.container).await?;
        let started = (self.wall)();
        // from here on a start that is compared with is ours
        if let Some(intent) = &mut self.intent {
            intent.started_at = self.fault.inspect(&self.container).await.ok().and_then(|target| target.started_at);
        }
        self.until_ready(started, engine_answered + GRACE, until).await
    }

    /// Waits until `/readyz` is 200 and no stop can come any more: the engine has said so, or it is `settled`.
    async fn until_ready(&mut self, started: Time, settled: Time, until: Time) -> Result<Tried, BringBackError> {
        let mut looks = 0;
        loop {
            let readiness = readiness(&self.access, &self.credentials, &self.cluster, self.clock).await;
            let now = (self.wall)();
            if readiness.is_ready() && (now >= settled || !self.stop_may_come()) {
                return Ok(Tried::Ready(readiness));
            }
            if now >= until {
                let (container, last) = (self.container.clone(), readiness.to_string());
                return Err(BringBackError::NotReady { container, minutes: PATIENCE.num_minutes(), last });
            }
            let seconds = (now - started).num_seconds().max(0);
            self.waiting(match readiness.is_ready() {
                true => "ready; watching for one more grace period of the engine".to_owned(),
                // it ran already where a stop is under way that somebody else has asked for
                false if self.ran => format!("running, not ready ({seconds} s): {readiness}"),
                false => format!("started, not ready yet ({seconds} s): {readiness}"),
            });
            looks += 1;
            if looks % LOOKS == 0
                && let Ok(target) = self.fault.inspect(&self.container).await
                && (!target.running || target.paused)
            {
                if self.insists || self.stop_may_come() && (self.wall)() <= settled + GRACE {
                    return Ok(Tried::DownAgain);
                }
                return Ok(Tried::Theirs("somebody else has taken it away again: it is left as it is"));
            }
            sleep(LOOK).await;
        }
    }
}
