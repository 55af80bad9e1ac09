//! The sending end of the guard's reports.

use tokio::sync::mpsc;

use super::protocol::GuardReport;
use crate::observation::{FaultAction, OperatorPhase, OperatorStep};

/// Sends reports without waiting for room: a dashboard that does not read must not delay a restore. A report without
/// room is dropped.
#[derive(Debug, Clone)]
pub(super) struct ReportSender(mpsc::Sender<GuardReport>);

impl ReportSender {
    pub(super) fn new(sender: mpsc::Sender<GuardReport>) -> Self {
        Self(sender)
    }

    pub(super) fn send(&self, report: GuardReport) {
        let _dropped = self.0.try_send(report);
    }

    /// Sends one step of a fault or a restore.
    pub(super) fn step(&self, action: FaultAction, container: &str, phase: OperatorPhase) {
        self.send(GuardReport::Step(OperatorStep { action, container: container.to_owned(), phase }));
    }

    /// Sends a sentence for the operator.
    pub(super) fn notice(&self, text: impl Into<String>) {
        self.send(GuardReport::Notice { text: text.into() });
    }
}
