//! Bringing a control plane back: one try after another, each bounded, until `/readyz` answers 200.
//!
//! There is never more than one try at a time. A fault that may be under way is waited for before anything is undone,
//! and where the engine never answered it, the container is watched for one more grace period afterwards. What somebody
//! else did is not undone. Waits are measured in the time that the machine is awake, as the engine measures its own.
//! Writes no file: the intent is the supervisor's.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{GuardReport, Intent, claim_state::ClaimState, supervisor::ReportSender};
use crate::{
    clock::Clock,
    fault::{ContainerTarget, FaultError, FaultInjector, STOP_SECONDS},
    observation::{Cluster, FaultAction, OperatorPhase},
    source::{
        access::{ApiAccess, CredentialCache},
        health::{Readiness, readiness},
    },
};

/// The first wait after a try that failed, and the longest; each is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Longest time of all tries together: an engine that is restarted or updated is back within minutes.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// From the engine's last sign that a stop may come to the moment at which it has come or never will: its grace
/// period and what a busy machine adds (1.1 s on the testbed).
pub(super) const GRACE: Duration = Duration::from_secs(STOP_SECONDS as u64 + 2);

/// Longest wait for a stop under way, from the first answer of the engine: three times what a stop takes.
const STOP_ENDS: Duration = Duration::from_secs(STOP_SECONDS as u64 * 3);

/// Longest wait for the engine's answer to a fault that takes no time by itself (`Fault`'s own bound).
const FAULT_ENDS: Duration = Duration::from_secs(120);

/// From the end of the container to the engine's answer that it has stopped it; 0.2 s on the testbed.
const STOP_ANSWERS: Duration = Duration::from_secs(2);

/// Time in which a container that is not there may be one of another engine: a docker context that was switched, a
/// socket that is gone while the engine restarts.
pub(super) const GONE: Duration = Duration::from_secs(10);

/// Time after which an open port is all that can be waited for, where there is no kubeconfig.
const PORT_ALONE: Duration = Duration::from_secs(10);

/// Time between two looks at `/readyz` while it is waited for.
const LOOK: Duration = Duration::from_millis(500);

/// Looks at `/readyz` between two inspections of the container, which cost the engine more: two seconds.
const LOOKS: u32 = 4;

/// Exit codes of a container that somebody has stopped or killed: of a clean end, SIGINT, SIGKILL and SIGTERM, and 130
/// of systemd after SIGRTMIN+3 (kind#148). With any other it has ended by itself.
const STOPPED_BY_SOMEBODY: [i64; 4] = [0, 130, 137, 143];

/// A control plane to be brought back.
#[derive(Debug, Clone)]
pub(super) struct RestoreJob {
    pub(super) fault: FaultInjector,
    pub(super) cluster: Cluster,
    pub(super) access: ApiAccess,
    pub(super) credentials: CredentialCache,
    pub(super) clock: Clock,
    /// Name of the container.
    pub(super) container: String,
    /// The fault to undo; `None` to mend whatever somebody else did.
    pub(super) intent: Option<Intent>,
    /// Whether the fault may still be under way. The supervisor clears it as soon as the engine says that it is over.
    pub(super) fault_pending: watch::Receiver<bool>,
    /// Whether the fault was seen to have come.
    pub(super) fault_in_effect: bool,
    /// Whether a person asked for it: then it is done whoever changed the container since.
    pub(super) asked: bool,
    /// Whether it is started again although somebody else takes it away meanwhile.
    pub(super) retries_after_external_stop: bool,
    /// Whether the beginning was reported.
    pub(super) start_reported: bool,
    /// Whether the container ran before the last try, which therefore started nothing.
    pub(super) ran: bool,
    pub(super) reporter: ReportSender,
}

/// The end of bringing a control plane back.
#[derive(Debug)]
pub(super) enum RestoreOutcome {
    /// `/readyz` answered 200, or, where nothing may ask it, the port took connections.
    Ready(Readiness),
    /// Somebody else has changed the container since: it is theirs.
    NotOurs(&'static str),
}

/// Reason why a control plane was not brought back.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The engine could not start the container.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// The container runs, and its API server does not become ready.
    #[error("{container} was started, and its API server is not ready after {minutes} min ({last})")]
    NotReady {
        /// Name of the container.
        container: String,
        /// Time that was waited, in minutes.
        minutes: u64,
        /// Last answer of `/readyz`, for a person.
        last: String,
    },
}

/// The end of one try.
enum RestoreAttempt {
    Ready(Readiness),
    NotOurs(&'static str),
    /// The container went down again: by the stop that was under way, or by itself.
    DownAgain,
}

impl RestoreJob {
    /// Tries until the control plane is ready.
    pub(super) async fn run(mut self) -> Result<RestoreOutcome, RestoreError> {
        if self.asked {
            self.report_start();
        }
        let begun = self.clock.instant_now();
        let mut gone_since = None;
        let mut wait = FIRST_WAIT;
        loop {
            let tried = self.once(begun + PATIENCE).await;
            let now = self.clock.instant_now();
            match tried {
                Ok(RestoreAttempt::Ready(readiness)) => return Ok(RestoreOutcome::Ready(readiness)),
                Ok(RestoreAttempt::NotOurs(why)) => return Ok(RestoreOutcome::NotOurs(why)),
                Ok(RestoreAttempt::DownAgain) => {
                    self.waiting(format!("{} went down again; starting it again", self.container))
                }
                Err(RestoreError::Fault(error)) if now < begun + PATIENCE => {
                    if error.is_final() && now - *gone_since.get_or_insert(now) >= GONE {
                        return Err(error.into());
                    }
                    if !error.is_final() {
                        gone_since = None;
                    }
                    // a person waits to see that something is done about what is outstanding
                    self.report_start();
                    let next_s = wait.as_secs_f32().ceil() as u32;
                    let phase = OperatorPhase::Retrying { error: error.to_string(), next_s };
                    self.reporter.step(FaultAction::Restore, &self.container, phase);
                }
                Err(error) => return Err(error),
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Reports the beginning, once, however many tries it takes.
    fn report_start(&mut self) {
        if !self.start_reported {
            self.reporter.step(FaultAction::Restore, &self.container, OperatorPhase::Requested);
            self.start_reported = true;
        }
    }

    fn fault_pending(&self) -> bool {
        !self.fault_in_effect && *self.fault_pending.borrow()
    }

    fn waiting(&self, words: String) {
        self.reporter.step(FaultAction::Restore, &self.container, OperatorPhase::Waiting { message: words });
    }

    async fn once(&mut self, until: Instant) -> Result<RestoreAttempt, RestoreError> {
        let target = self.fault.inspect(&self.container).await?;
        if let Some(intent) = &self.intent {
            let manifest =
                intent.deed != FaultAction::Apiserver || !target.running || self.fault.has_manifest(&target).await?;
            let standing = ClaimState::of(intent, &target, manifest);
            if standing == ClaimState::InEffect {
                self.fault_in_effect = true;
            }
            let undone = standing == ClaimState::NotInEffect && !self.fault_pending() && !self.start_reported;
            if !self.asked && (standing == ClaimState::Superseded || undone) {
                return Ok(RestoreAttempt::NotOurs("somebody else has changed it since: it is left as it is"));
            }
            if let Some(id) = &intent.id {
                self.fault.remember_networks(id, intent.networks.clone());
            }
        }
        self.report_start();
        self.ran = target.running && !target.paused && !self.fault_pending();
        // the engine answers: a stop that it has not begun by now begins now
        let engine_answered = self.clock.instant_now();
        self.wait_for_fault(&target, engine_answered + STOP_ENDS).await?;
        self.start().await?;
        self.until_ready(&target, engine_answered + GRACE, until).await
    }

    /// Waits until a fault under way is over; for a stop until `ends` at most, and longer while the engine is answering
    /// our own request for it.
    async fn wait_for_fault(&mut self, target: &ContainerTarget, ends: Instant) -> Result<(), FaultError> {
        if !self.fault_pending() || !target.running {
            return Ok(());
        }
        let stop =
            self.intent.as_ref().is_none_or(|intent| matches!(intent.deed, FaultAction::Stop | FaultAction::Kill));
        if !stop {
            self.waiting("waiting for the engine's answer to the fault".to_owned());
            let _unanswered = timeout(FAULT_ENDS, self.fault_pending.wait_for(|may_come| !may_come)).await;
            return Ok(());
        }
        self.waiting("waiting until the stop under way is over".to_owned());
        loop {
            let bound = ends.saturating_duration_since(self.clock.instant_now());
            if bound.is_zero() {
                return Ok(());
            }
            if self.fault.wait_until_stopped(&self.container, bound).await? {
                self.fault_in_effect = true;
                // the engine is still answering the stop: nothing else is asked of it meanwhile
                let _unanswered = timeout(STOP_ANSWERS, self.fault_pending.wait_for(|may_come| !may_come)).await;
                return Ok(());
            }
            sleep(LOOK.min(bound)).await;
        }
    }

    /// Undoes what is wrong with the container. From here on a start of it may be ours, and is not compared any more
    /// with the one before the fault.
    async fn start(&mut self) -> Result<(), FaultError> {
        let restored = self.fault.restore(&self.container).await;
        if let Some(intent) = &mut self.intent {
            intent.started_at = match &restored {
                Ok(()) => self.fault.inspect(&self.container).await.ok().and_then(|target| target.started_at),
                Err(_) => None,
            };
            let begun = Intent { started_at: None, ..intent.clone() };
            self.reporter.send(GuardReport::Outstanding { intent: Box::new(begun), adopted: false });
        }
        restored
    }

    /// Waits until `/readyz` is 200 and no stop can come any more: the engine has said so, or it is `settled`. `before` is
    /// the container before the start.
    async fn until_ready(
        &mut self,
        before: &ContainerTarget,
        settled: Instant,
        until: Instant,
    ) -> Result<RestoreAttempt, RestoreError> {
        let started = self.clock.instant_now();
        let mut looks = 0;
        loop {
            let readiness = readiness(&self.access, &self.credentials, &self.cluster, self.clock).await;
            let now = self.clock.instant_now();
            let ready = match &readiness {
                Readiness::Ready => true,
                Readiness::PortOpen(_) => now >= started + PORT_ALONE,
                Readiness::NotReady(_) => false,
            };
            let over = now >= settled || !self.fault_pending();
            looks += 1;
            // `/readyz` of another control plane may be behind the same port
            if ready && over || looks % LOOKS == 0 {
                match self.fault.inspect(&self.container).await {
                    Ok(target) if target.running && !target.paused && ready && over => {
                        return Ok(RestoreAttempt::Ready(readiness));
                    }
                    Ok(target) if !target.running || target.paused => {
                        return Ok(self.down_again(before, &target, settled));
                    }
                    Ok(_) => {}
                    // an engine that does not answer keeps nobody from a control plane that does
                    Err(_) if ready && over => return Ok(RestoreAttempt::Ready(readiness)),
                    Err(_) => {}
                }
            }
            if now >= until {
                let (container, last) = (self.container.clone(), readiness.to_string());
                return Err(RestoreError::NotReady { container, minutes: PATIENCE.as_secs() / 60, last });
            }
            let seconds = (now - started).as_secs();
            self.waiting(match ready {
                true => "ready; watching for one more grace period of the engine".to_owned(),
                // it ran already where a stop is under way that somebody else has asked for
                false if self.ran => format!("running, not ready ({seconds} s): {readiness}"),
                false => format!("started, not ready yet ({seconds} s): {readiness}"),
            });
            sleep(LOOK).await;
        }
    }

    /// Decides whose doing it is that the container is down again.
    fn down_again(&self, before: &ContainerTarget, target: &ContainerTarget, settled: Instant) -> RestoreAttempt {
        // never started since: what ended it is the fault that is being undone
        let same_run = before.running && before.started_at.is_some() && before.started_at == target.started_at;
        let stop = self.fault_pending() && self.clock.instant_now() <= settled + GRACE;
        let by_itself = target.exit_code.is_some_and(|code| !STOPPED_BY_SOMEBODY.contains(&code));
        if self.retries_after_external_stop || same_run && self.intent.is_some() || stop || by_itself {
            RestoreAttempt::DownAgain
        } else {
            RestoreAttempt::NotOurs("somebody else has taken it away again: it is left as it is")
        }
    }
}
