//! What is outstanding, handle_inspected at once a second: has the deadline passed, is the container still as the fault left it?
//!
//! Decides nothing about a restore that is under way: that one looks by itself.

use super::{FaultClaim, FaultStatus, JobResult, Supervisor};
use crate::{
    fault::FaultError,
    guard::{
        GuardReport, Intent,
        claim_state::ClaimState,
        restore::{GONE, GRACE},
    },
    observation::{FaultAction, OperatorPhase},
};

impl Supervisor {
    pub(super) fn adopt(&mut self, intent: Intent, known: bool) {
        if self.claim.is_some() || self.watched {
            return;
        }
        let now = (self.wall)();
        // a deadline that passed while nobody watched is given anew: the operator is asked first
        let ahead = intent.restore_at.filter(|at| *at > now);
        let restore_at = ahead.into_iter().chain(self.deadline(now)).min();
        self.claim = Some(FaultClaim {
            intent: Intent { restore_at, ..intent },
            status: FaultStatus::Adopted,
            reported: known,
            well_since: None,
            gone_since: None,
        });
        self.tick();
    }

    /// Once a second: has the deadline passed, and is the container still as the fault left it?
    pub(super) fn tick(&mut self) {
        if self.restoring.is_some() {
            return;
        }
        let Some(claim) = &self.claim else { return };
        if claim.intent.restore_at.is_some_and(|at| (self.wall)() >= at) {
            self.reporter.notice("the time of --restore-after is over: starting the control plane again");
            self.start_restore(claim.intent.container.clone(), false);
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
                let asks = intent.deed == FaultAction::Apiserver && target.running && !target.paused;
                let manifest = !asks || fault.has_manifest(&target).await?;
                Ok((ClaimState::of(&intent, &target, manifest), target.running))
            };
            JobResult::Inspected(look.await)
        });
    }

    pub(super) async fn handle_inspected(&mut self, handle_inspected: Result<(ClaimState, bool), FaultError>) {
        let now = self.clock.instant_now();
        let Some(claim) = &mut self.claim else { return };
        let (deed, container) = (claim.intent.deed, claim.intent.container.clone());
        let (standing, runs) = match handle_inspected {
            Ok(handle_inspected) => handle_inspected,
            Err(error) if error.is_final() => {
                if now - *claim.gone_since.get_or_insert(now) < GONE {
                    return;
                }
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
        claim.gone_since = None;
        match (standing, claim.status) {
            (ClaimState::InEffect, FaultStatus::Confirmed | FaultStatus::Requested) => {}
            (ClaimState::InEffect, FaultStatus::Adopted) => {
                claim.status = FaultStatus::Confirmed;
                claim.reported = true;
                let intent = Box::new(claim.intent.clone());
                self.reporter.send(GuardReport::Outstanding { intent, adopted: true });
            }
            (ClaimState::InEffect, FaultStatus::Unanswered | FaultStatus::Failed) => {
                claim.status = FaultStatus::Confirmed;
                self.reporter.step(deed, &container, OperatorPhase::Done);
            }
            (ClaimState::Superseded, _) | (ClaimState::NotInEffect, FaultStatus::Confirmed) => {
                let reason = match runs {
                    true => format!("{container} was brought back by somebody else"),
                    false => format!("{container} was changed by somebody else and does not run: it is left as it is"),
                };
                self.reporter.step(deed, &container, OperatorPhase::Released { reason: reason.clone() });
                self.settle(&reason).await;
            }
            (
                ClaimState::NotInEffect,
                FaultStatus::Requested | FaultStatus::Unanswered | FaultStatus::Failed | FaultStatus::Adopted,
            ) => {
                let since = *claim.well_since.get_or_insert(now);
                let may_come =
                    matches!(deed, FaultAction::Stop | FaultAction::Kill) || claim.status != FaultStatus::Adopted;
                if now - since < GRACE && may_come {
                    return;
                }
                if claim.status == FaultStatus::Unanswered {
                    let error = format!("the container engine did not do it: {container} runs as before");
                    self.reporter.step(deed, &container, OperatorPhase::Failed { error });
                }
                self.settle(&format!("{container} runs as before")).await;
            }
        }
    }
}
