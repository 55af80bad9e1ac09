//! The check of an outstanding fault, once a second: whether its deadline has passed, and whether the container is
//! still as the fault left it.
//!
//! Pauses while a restore is in progress, which compares by itself.

use super::state::{Activity, FaultClaim, FaultStatus, JobResult, LockState, Supervisor};
use crate::{
    fault::{FaultError, FaultInjector},
    guard::{
        claim_state::ClaimState,
        intent::Intent,
        protocol::GuardReport,
        restore::{
            RestoreTrigger,
            timing::{GRACE_PERIOD, MISSING_TIMEOUT},
        },
    },
    observation::{FaultAction, OperatorPhase},
};

impl Supervisor {
    /// Takes over a fault that another guard has injected, unless a fault is outstanding or a guard watches over it.
    pub(super) fn adopt(&mut self, intent: Intent, known: bool) {
        if self.claim.is_some() || matches!(self.lock, LockState::HeldByOther) {
            return;
        }
        let now = (self.wall)();
        // a deadline that passed without a guard is set anew: the operator is asked first
        let ahead = intent.restore_at.filter(|at| *at > now);
        let restore_at = ahead.into_iter().chain(self.deadline(now)).min();
        self.claim = Some(FaultClaim::new(Intent { restore_at, ..intent }, FaultStatus::Adopted, known));
        self.handle_tick();
    }

    /// Restores if the deadline has passed; else starts an inspection of the container.
    pub(super) fn handle_tick(&mut self) {
        if self.activity.is_restoring() {
            return;
        }
        let Some(claim) = &self.claim else { return };
        if claim.intent.restore_at.is_some_and(|at| (self.wall)() >= at) {
            self.reports.notice("the time of --restore-after is over: starting the control plane again");
            self.start_restore(claim.intent.container.clone(), RestoreTrigger::Automatic);
            return;
        }
        if matches!(self.activity, Activity::Idle) {
            let (fault, intent) = (self.fault.clone(), claim.intent.clone());
            let job = self.jobs.spawn(async move { JobResult::Inspected(inspect(&fault, &intent).await) });
            self.activity = Activity::Inspecting(job);
        }
    }

    /// Updates the claim after an inspection, and settles if nothing is left to be undone.
    pub(super) async fn handle_inspected(&mut self, result: Result<(ClaimState, bool), FaultError>) {
        let now = self.clock.instant_now();
        let Some(claim) = &mut self.claim else { return };
        let (action, container) = (claim.intent.action, claim.intent.container.clone());
        let (state, running) = match result {
            Ok(result) => result,
            Err(error) if error.is_final() => {
                if now - *claim.missing_since.get_or_insert(now) >= MISSING_TIMEOUT {
                    self.release_claim(error.to_string()).await;
                }
                return;
            }
            // an engine that does not answer may be about to inject the fault
            Err(_) => {
                claim.intact_since = None;
                return;
            }
        };
        claim.missing_since = None;
        match (state, claim.status) {
            (ClaimState::InEffect, FaultStatus::Confirmed | FaultStatus::Requested) => {}
            (ClaimState::InEffect, FaultStatus::Adopted) => {
                claim.status = FaultStatus::Confirmed;
                claim.known_to_dashboard = true;
                let intent = Box::new(claim.intent.clone());
                self.reports.send(GuardReport::Outstanding { intent, adopted: true });
            }
            (ClaimState::InEffect, FaultStatus::Unanswered | FaultStatus::Failed) => {
                claim.status = FaultStatus::Confirmed;
                self.reports.step(action, &container, OperatorPhase::Done);
            }
            (ClaimState::Superseded, _) | (ClaimState::NotInEffect, FaultStatus::Confirmed) => {
                self.release_claim(match running {
                    true => format!("{container} was started by somebody else"),
                    false => format!("{container} was changed by somebody else and is stopped: it is left as it is"),
                })
                .await;
            }
            (
                ClaimState::NotInEffect,
                FaultStatus::Requested | FaultStatus::Unanswered | FaultStatus::Failed | FaultStatus::Adopted,
            ) => {
                let is_stop = matches!(action, FaultAction::Stop | FaultAction::Kill);
                let may_take_effect = is_stop || claim.status != FaultStatus::Adopted;
                let intact_for = now - *claim.intact_since.get_or_insert(now);
                if may_take_effect && intact_for < GRACE_PERIOD {
                    return;
                }
                if claim.status == FaultStatus::Unanswered {
                    let error = format!("the container engine did not do it: {container} runs as before");
                    self.reports.step(action, &container, OperatorPhase::Failed { error });
                }
                self.settle(&format!("{container} runs as before")).await;
            }
        }
    }

    /// Reports that the fault is no longer this guard's to undo, and settles.
    async fn release_claim(&mut self, reason: String) {
        if let Some(claim) = &self.claim {
            let phase = OperatorPhase::Released { reason: reason.clone() };
            self.reports.step(claim.intent.action, &claim.intent.container, phase);
        }
        self.settle(&reason).await;
    }
}

/// Compares the container with the intent. Returns also whether the container runs.
async fn inspect(fault: &FaultInjector, intent: &Intent) -> Result<(ClaimState, bool), FaultError> {
    let target = fault.inspect(&intent.container).await?;
    let needs_manifest = intent.action == FaultAction::Apiserver && target.running && !target.paused;
    let has_manifest = !needs_manifest || fault.has_manifest(&target).await?;
    Ok((ClaimState::of(intent, &target, has_manifest), target.running))
}
