//! One attempt of a restore: wait for a fault in progress, undo it, wait until the API server is ready.

use tokio::time::{Instant, sleep, timeout};

use super::{
    error::RestoreError,
    job::{RestoreAttempt, RestoreJob, RestoreTrigger},
    timing::{
        CHECK_INTERVAL, CHECKS_PER_INSPECTION, FAULT_TIMEOUT, GRACE_PERIOD, PORT_ONLY_WAIT, RESTORE_TIMEOUT,
        STOP_ANSWER_TIMEOUT, STOP_TIMEOUT,
    },
};
use crate::{
    fault::{ContainerTarget, FaultError},
    guard::{claim_state::ClaimState, intent::Intent, protocol::GuardReport},
    observation::FaultAction,
    source::health::{Readiness, readiness},
};

/// Exit codes of a container that was stopped or killed: 0 of a clean end, 130 of SIGINT and of systemd after
/// SIGRTMIN+3 (kind#148), 137 of SIGKILL, 143 of SIGTERM. With any other code it has ended by itself.
const STOPPED_EXIT_CODES: [i64; 4] = [0, 130, 137, 143];

/// The container is left to whoever changed it before this restore began.
const CHANGED_BY_OTHERS: &str = "somebody else has changed it since: it is left as it is";

/// The container is left to whoever stopped it during this restore.
const STOPPED_BY_OTHERS: &str = "somebody else has stopped it again: it is left as it is";

impl RestoreJob {
    /// Makes one attempt, which ends at `deadline` at the latest if the API server does not become ready.
    ///
    /// # Errors
    /// The engine cannot be asked or refuses, or the API server is not ready at `deadline`.
    pub(super) async fn attempt(&mut self, deadline: Instant) -> Result<RestoreAttempt, RestoreError> {
        let target = self.fault.inspect(&self.container).await?;
        if !self.may_undo(&target).await? {
            return Ok(RestoreAttempt::NotOurs(CHANGED_BY_OTHERS));
        }
        self.report_requested();
        self.progress.was_running = target.running && !target.paused && !self.is_fault_pending();
        // the engine answers now, so a stop that it has queued has begun by now
        let engine_answered = self.clock.instant_now();
        self.wait_for_fault(&target, engine_answered + STOP_TIMEOUT).await?;
        self.undo().await?;
        self.wait_until_ready(&target, engine_answered + GRACE_PERIOD, deadline).await
    }

    /// Compares the container with the intent. Returns `false` if somebody else has changed it and the operator did not
    /// ask for this restore.
    async fn may_undo(&mut self, target: &ContainerTarget) -> Result<bool, FaultError> {
        let Some(intent) = &self.intent else { return Ok(true) };
        let has_manifest =
            intent.action != FaultAction::Apiserver || !target.running || self.fault.has_manifest(target).await?;
        let state = ClaimState::of(intent, target, has_manifest);
        if state == ClaimState::InEffect {
            self.progress.fault_in_effect = true;
        }
        let undone_by_others = state == ClaimState::NotInEffect && !self.is_fault_pending() && !self.progress.reported;
        if self.trigger == RestoreTrigger::Automatic && (state == ClaimState::Superseded || undone_by_others) {
            return Ok(false);
        }
        if let Some(id) = &intent.id {
            self.fault.remember_networks(id, intent.networks.clone());
        }
        Ok(true)
    }

    /// Waits until a fault in progress has ended: for a stop until `stop_deadline` at most, and longer while the engine
    /// has not answered this guard's own request for it.
    async fn wait_for_fault(&mut self, target: &ContainerTarget, stop_deadline: Instant) -> Result<(), FaultError> {
        if !self.is_fault_pending() || !target.running {
            return Ok(());
        }
        let is_stop = |intent: &Intent| matches!(intent.action, FaultAction::Stop | FaultAction::Kill);
        if !self.intent.as_ref().is_none_or(is_stop) {
            self.report_waiting("waiting for the engine's answer to the fault");
            let _unanswered = timeout(FAULT_TIMEOUT, self.fault_pending.wait_for(|pending| !pending)).await;
            return Ok(());
        }
        self.report_waiting("waiting for the end of the stop in progress");
        loop {
            let left = stop_deadline.saturating_duration_since(self.clock.instant_now());
            if left.is_zero() {
                return Ok(());
            }
            if self.fault.wait_until_stopped(&self.container, left).await? {
                self.progress.fault_in_effect = true;
                // nothing else is asked of the engine before it has answered the stop
                let _unanswered = timeout(STOP_ANSWER_TIMEOUT, self.fault_pending.wait_for(|pending| !pending)).await;
                return Ok(());
            }
            sleep(CHECK_INTERVAL.min(left)).await;
        }
    }

    /// Undoes what is wrong with the container. From here on its start may be this guard's own, so the start time of
    /// the intent is replaced or forgotten. The dashboard learns so before the start: a guard that replaces this one
    /// must not take that start for somebody else's.
    async fn undo(&mut self) -> Result<(), FaultError> {
        if let Some(intent) = &self.intent {
            let without_start = Intent { started_at: None, ..intent.clone() };
            self.reports.send(GuardReport::Outstanding { intent: Box::new(without_start), adopted: false });
        }
        let result = self.fault.restore(&self.container).await;
        if let Some(intent) = &mut self.intent {
            intent.started_at = match &result {
                Ok(()) => self.fault.inspect(&self.container).await.ok().and_then(|target| target.started_at),
                Err(_) => None,
            };
        }
        result
    }

    /// Waits until the API server is ready and no stop can take effect any more: either the engine has answered it, or
    /// `settled_at` has passed. `before` is the container before it was started.
    async fn wait_until_ready(
        &mut self,
        before: &ContainerTarget,
        settled_at: Instant,
        deadline: Instant,
    ) -> Result<RestoreAttempt, RestoreError> {
        let started = self.clock.instant_now();
        let mut checks = 0;
        loop {
            let readiness = readiness(&self.access, &self.credentials, &self.cluster, self.clock).await;
            let now = self.clock.instant_now();
            let ready = match &readiness {
                Readiness::Ready => true,
                Readiness::PortOpen(_) => now >= started + PORT_ONLY_WAIT,
                Readiness::NotReady(_) => false,
            };
            let settled = now >= settled_at || !self.is_fault_pending();
            checks += 1;
            // the container is inspected also if `/readyz` is 200: another control plane may answer behind the same
            // port
            if ready && settled || checks % CHECKS_PER_INSPECTION == 0 {
                match self.fault.inspect(&self.container).await {
                    Ok(target) if !target.running || target.paused => {
                        return Ok(self.classify_down(before, &target, settled_at));
                    }
                    // an engine that does not answer is no reason to distrust an API server that does
                    Ok(_) | Err(_) if ready && settled => return Ok(RestoreAttempt::Ready(readiness)),
                    Ok(_) | Err(_) => {}
                }
            }
            if now >= deadline {
                let (container, last) = (self.container.clone(), readiness.to_string());
                return Err(RestoreError::NotReady { container, minutes: RESTORE_TIMEOUT.as_secs() / 60, last });
            }
            self.report_waiting(self.waiting_message(ready, (now - started).as_secs(), &readiness));
            sleep(CHECK_INTERVAL).await;
        }
    }

    fn waiting_message(&self, ready: bool, seconds: u64, readiness: &Readiness) -> String {
        match ready {
            true => "ready; watching the container for one more grace period".to_owned(),
            false if self.progress.was_running => format!("running, not ready ({seconds} s): {readiness}"),
            false => format!("started, not ready yet ({seconds} s): {readiness}"),
        }
    }

    /// Decides whether a container that is down after the start is started again or left to somebody else.
    fn classify_down(&self, before: &ContainerTarget, target: &ContainerTarget, settled_at: Instant) -> RestoreAttempt {
        // not started since: the fault that is being undone has stopped it
        let same_run = before.running && before.started_at.is_some() && before.started_at == target.started_at;
        let by_fault = same_run && self.intent.is_some();
        let by_pending_stop = self.is_fault_pending() && self.clock.instant_now() <= settled_at + GRACE_PERIOD;
        let by_itself = target.exit_code.is_some_and(|code| !STOPPED_EXIT_CODES.contains(&code));
        if self.trigger == RestoreTrigger::Command || by_fault || by_pending_stop || by_itself {
            RestoreAttempt::DownAgain
        } else {
            RestoreAttempt::NotOurs(STOPPED_BY_OTHERS)
        }
    }
}
