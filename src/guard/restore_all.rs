//! `blackout restore`: brings control planes back without a dashboard, by the rules of the guard.
//!
//! Undoes whatever is wrong with every control plane of the cluster, whoever caused it, and waits until each is ready.
//! All are started at the same time: without a majority of them etcd has no quorum, and none becomes ready.

use std::{collections::HashMap, path::Path, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use super::{
    intent::Intent,
    intent_lock::IntentLock,
    protocol::{Assignment, GuardReport, QUEUE_CAPACITY},
    report_sender::ReportSender,
    restore::{RestoreJob, RestoreOutcome, RestoreTrigger},
};
use crate::{
    clock::Clock,
    fault::FaultInjector,
    observation::OperatorPhase,
    source::{access::CredentialCache, health::Readiness},
};

/// Result of one control plane's restore.
#[derive(Debug)]
pub enum NodeRestore {
    /// The control plane is ready, or, without a kubeconfig, its port accepts connections.
    Ready(Readiness),
    /// The control plane could not be brought back; the reason, for a person.
    Failed(String),
    /// The control plane is not ready in the given time; the last message, for a person.
    TimedOut(String),
}

/// Brings every control plane of the cluster back, all at the same time, within `limit` each. Calls `progress` with the
/// name of a container and a message, and `done` with the name and the result. Returns whether all are ready; only then
/// the intent is deleted.
pub async fn restore_all(
    fault: FaultInjector,
    assignment: Assignment,
    folder: Option<&Path>,
    limit: Duration,
    mut progress: impl FnMut(&str, &str),
    mut done: impl FnMut(&str, &NodeRestore),
) -> bool {
    let cluster = assignment.cluster.clone();
    let intent = folder.and_then(|folder| Intent::read(folder, &cluster.name));
    let (sender, mut reports) = mpsc::channel(QUEUE_CAPACITY);
    let (credentials, clock, reporter) = (CredentialCache::default(), Clock::start(), ReportSender::new(sender));
    let mut jobs = JoinSet::new();
    for node in cluster.control_planes() {
        let intent = intent.clone().filter(|intent| intent.container == node.name);
        let job = RestoreJob {
            fault: fault.clone(),
            cluster: cluster.clone(),
            access: assignment.access.clone(),
            credentials: credentials.clone(),
            clock,
            reports: reporter.clone(),
            container: node.name.clone(),
            trigger: RestoreTrigger::Command,
            // a stop that a killed run has asked for may still be in progress
            fault_pending: watch::channel(intent.is_some()).1,
            intent,
            progress: Default::default(),
        };
        let name = node.name.clone();
        jobs.spawn(async move { (name, timeout(limit, job.run()).await) });
    }
    let mut last_messages = HashMap::new();
    let mut all_ready = true;
    loop {
        tokio::select! {
            ended = jobs.join_next() => match ended {
                Some(Ok((name, result))) => {
                    let result = match result {
                        Ok(Ok(RestoreOutcome::Ready(readiness))) => NodeRestore::Ready(readiness),
                        Ok(Ok(RestoreOutcome::NotOurs(reason))) => NodeRestore::Failed(reason.to_owned()),
                        Ok(Err(error)) => NodeRestore::Failed(error.to_string()),
                        Err(_elapsed) => NodeRestore::TimedOut(last_messages.remove(&name).unwrap_or_default()),
                    };
                    all_ready &= matches!(result, NodeRestore::Ready(_));
                    done(&name, &result);
                }
                // a task that panicked returns no name
                Some(Err(_panicked)) => all_ready = false,
                None => break,
            },
            Some(report) = reports.recv() => if let Some((container, message)) = progress_message(report) {
                progress(&container, &message);
                last_messages.insert(container, message);
            },
        }
    }
    if all_ready && let Some(folder) = folder {
        delete_unguarded_intent(folder, &cluster.name);
    }
    all_ready
}

/// Returns the container and the message of a report that is progress for a person.
fn progress_message(report: GuardReport) -> Option<(String, String)> {
    let GuardReport::Step(step) = report else { return None };
    let message = match step.phase {
        OperatorPhase::Waiting { message } => message,
        OperatorPhase::Retrying { error, next_s } => format!("{error}; retry in {next_s} s"),
        _ => return None,
    };
    Some((step.container, message))
}

/// Deletes the intent, unless a guard holds its lock and will delete it.
fn delete_unguarded_intent(folder: &Path, cluster: &str) {
    if IntentLock::holder(folder, cluster).is_none() {
        Intent::delete(folder, cluster);
    }
}
