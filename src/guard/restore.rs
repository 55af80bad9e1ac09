//! `blackout restore`: bringing control planes back without a dashboard, by the rules of the guard.
//!
//! Undoes whatever is wrong with every control plane of the cluster, whoever did it, and waits until each is ready.

use std::{
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::mpsc;

use super::{
    Assignment, BringBackError, Intent, IntentLock, Report,
    bring_back::{BringBack, Brought},
    supervisor::Reporter,
};
use crate::{
    clock::{self, Clock},
    fault::Fault,
    observation::OperatorPhase,
    source::{access::Credentials, health::Readiness},
};

/// What came of one control plane.
#[derive(Debug)]
pub enum Restored {
    /// It is ready, or its port is open and nothing else may be asked; the words tell which.
    Ready(Readiness),
    /// Somebody else took it away again meanwhile.
    Theirs(&'static str),
    /// It could not be brought back.
    Failed(BringBackError),
    /// It is not ready in the time given; what was last seen.
    TimedOut(String),
}

/// Brings every control plane of the cluster back, one after the other, and gives each at most `patience`. What is
/// seen meanwhile goes to `progress`, what came of each to `done`, with the name of the container. Returns whether all
/// are ready; only then the intent is removed.
pub async fn restore(
    fault: Fault,
    assignment: Assignment,
    folder: Option<&Path>,
    patience: Duration,
    mut progress: impl FnMut(&str, &str),
    mut done: impl FnMut(&str, &Restored),
) -> bool {
    let cluster = assignment.cluster.clone();
    let intent = folder.and_then(|folder| Intent::read(folder, &cluster.name));
    let (credentials, clock) = (Credentials::default(), Clock::start());
    let mut all = true;
    for node in cluster.control_planes() {
        let (reports, mut received) = mpsc::channel(super::process::WAITING);
        let job = BringBack {
            fault: fault.clone(),
            cluster: cluster.clone(),
            access: assignment.access.clone(),
            credentials: credentials.clone(),
            clock,
            container: node.name.clone(),
            // a stop that a killed run has begun may still be under way
            stop_may_come: Arc::new(AtomicBool::new(
                intent.as_ref().is_some_and(|intent| intent.container == node.name),
            )),
            intent: intent.clone().filter(|intent| intent.container == node.name),
            asked: true,
            insists: true,
            announced: false,
            ran: false,
            reporter: Reporter(reports),
            wall: clock::wall,
        };
        let bringing = tokio::time::timeout(patience, job.run());
        tokio::pin!(bringing);
        let mut last = String::new();
        let ended = loop {
            tokio::select! {
                ended = &mut bringing => break ended,
                Some(report) = received.recv() => {
                    let Report::Step(step) = report else { continue };
                    let words = match step.phase {
                        OperatorPhase::Waiting { words } => words,
                        OperatorPhase::Retrying { error, next_s } => format!("{error}; next try in {next_s} s"),
                        _ => continue,
                    };
                    progress(&node.name, &words);
                    last = words;
                }
            }
        };
        let restored = match ended {
            Ok(Ok(Brought::Ready(readiness))) => Restored::Ready(readiness),
            Ok(Ok(Brought::Theirs(why))) => Restored::Theirs(why),
            Ok(Err(error)) => Restored::Failed(error),
            Err(_elapsed) => Restored::TimedOut(last),
        };
        all &= matches!(restored, Restored::Ready(_));
        done(&node.name, &restored);
    }
    // an intent that a guard still looks after is the guard's
    if let Some(folder) = folder
        && all
        && IntentLock::holder(folder, &cluster.name).is_none()
    {
        Intent::delete(folder, &cluster.name);
    }
    all
}
