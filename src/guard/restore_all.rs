//! `blackout restore`: bringing control planes back without a dashboard, by the rules of the guard.
//!
//! Undoes whatever is wrong with every control plane of the cluster, whoever did it, and waits until each is ready. All
//! are started together: without a majority of them none becomes ready.

use std::{path::Path, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    Assignment, GuardReport, Intent, IntentLock,
    restore::{RestoreJob, RestoreOutcome},
    supervisor::ReportSender,
};
use crate::{
    clock::Clock,
    fault::FaultInjector,
    observation::OperatorPhase,
    source::{access::CredentialCache, health::Readiness},
};

/// The end of one control plane's restore.
#[derive(Debug)]
pub enum NodeRestore {
    /// It is ready, or its port is open and nothing else may be asked; the words tell which.
    Ready(Readiness),
    /// It could not be brought back; the reason, for a person.
    Failed(String),
    /// It is not ready in the time given; what was last seen, for a person.
    TimedOut(String),
}

/// Brings every control plane of the cluster back, all together, within `patience`. What is seen meanwhile goes to
/// `progress`, what came of each to `done`, with the name of the container. Returns whether all are ready; only then the
/// intent is removed.
pub async fn restore_all(
    fault: FaultInjector,
    assignment: Assignment,
    folder: Option<&Path>,
    patience: Duration,
    mut progress: impl FnMut(&str, &str),
    mut done: impl FnMut(&str, &NodeRestore),
) -> bool {
    let cluster = assignment.cluster.clone();
    let intent = folder.and_then(|folder| Intent::read(folder, &cluster.name));
    let (credentials, clock) = (CredentialCache::default(), Clock::start());
    let (reports, mut received) = mpsc::channel(super::process::WAITING);
    let mut jobs = JoinSet::new();
    for node in cluster.control_planes() {
        let intent = intent.clone().filter(|intent| intent.container == node.name);
        let job = RestoreJob {
            fault: fault.clone(),
            cluster: cluster.clone(),
            access: assignment.access.clone(),
            credentials: credentials.clone(),
            clock,
            container: node.name.clone(),
            // a stop that a killed run has begun may still be under way
            fault_pending: watch::channel(intent.is_some()).1,
            fault_in_effect: false,
            intent,
            asked: true,
            retries_after_external_stop: true,
            start_reported: false,
            ran: false,
            reporter: ReportSender(reports.clone()),
        };
        let name = node.name.clone();
        jobs.spawn(async move { (name, tokio::time::timeout(patience, job.run()).await) });
    }
    let mut last = std::collections::HashMap::new();
    let mut all = true;
    loop {
        let ended = tokio::select! {
            ended = jobs.join_next() => match ended {
                Some(ended) => ended,
                None => break,
            },
            Some(report) = received.recv() => {
                let GuardReport::Step(step) = report else { continue };
                let words = match step.phase {
                    OperatorPhase::Waiting { message: words } => words,
                    OperatorPhase::Retrying { error, next_s } => format!("{error}; next try in {next_s} s"),
                    _ => continue,
                };
                progress(&step.container, &words);
                last.insert(step.container, words);
                continue;
            }
        };
        // a task that crashed has no name to report
        let Ok((name, ended)) = ended else {
            all = false;
            continue;
        };
        let restored = match ended {
            Ok(Ok(RestoreOutcome::Ready(readiness))) => NodeRestore::Ready(readiness),
            Ok(Ok(RestoreOutcome::NotOurs(why))) => NodeRestore::Failed(why.to_owned()),
            Ok(Err(error)) => NodeRestore::Failed(error.to_string()),
            Err(_elapsed) => NodeRestore::TimedOut(last.remove(&name).unwrap_or_default()),
        };
        all &= matches!(restored, NodeRestore::Ready(_));
        done(&name, &restored);
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
