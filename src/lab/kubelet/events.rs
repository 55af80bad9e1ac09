//! A kubelet's event recorder: one event at a time, each tried up to twelve times, ten seconds apart, and then dropped
//! (k8s.io/client-go `tools/record/event.go`).

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    call_error::{CallError, CallFailure},
    client::ApiCall,
    handle::Kubelet,
};
use crate::{
    kubelet::{Activity, RetrySchedule},
    lab::cluster::{objects, topology::LabPod},
    observation::Time,
};

/// An event of a pod.
#[derive(Debug, Clone)]
pub(super) struct PodEvent {
    pub(super) pod: LabPod,
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) at: Time,
    /// Second part of the event's name, after that of the pod.
    pub(super) id: String,
}

impl PodEvent {
    fn name(&self) -> String {
        format!("{}.{}", self.pod.name, self.id)
    }

    fn object(&self, host: &str) -> Value {
        let LabPod { namespace, name, uid, .. } = &self.pod;
        let at = objects::time(self.at);
        json!({
            "metadata": {"name": self.name(), "namespace": namespace},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": name, "uid": uid},
            "reason": self.reason, "message": self.message, "type": "Normal", "count": 1,
            "firstTimestamp": at, "lastTimestamp": at, "eventTime": null,
            "source": {"component": "kubelet", "host": host},
            "reportingComponent": "kubelet", "reportingInstance": host,
        })
    }

    /// Formats the event as Go's `%v` does, without the empty fields of its metadata.
    fn dump(&self, host: &str) -> String {
        let LabPod { namespace, name, uid, app, .. } = &self.pod;
        let at = self.at.format("%Y-%m-%d %H:%M:%S%.6f +0000 UTC");
        format!(
            "ObjectMeta:{{{}  {namespace}    0 0001-01-01 00:00:00 +0000 UTC <nil> <nil> map[] map[] [] [] []}},\
             InvolvedObject:ObjectReference{{Kind:Pod,Namespace:{namespace},Name:{name},UID:{uid},APIVersion:v1,\
             ResourceVersion:,FieldPath:spec.containers{{{app}}},}},Reason:{},Message:{},\
             Source:EventSource{{Component:kubelet,Host:{host},}},FirstTimestamp:{at},LastTimestamp:{at},Count:1,\
             Type:Normal,EventTime:0001-01-01 00:00:00 +0000 UTC,Series:nil,Action:,Related:nil,\
             ReportingController:kubelet,ReportingInstance:{host},",
            self.name(),
            self.reason,
            self.message,
        )
    }
}

impl Kubelet {
    /// Writes the events of the queue until it is closed.
    pub(super) async fn write_events(self, mut events: mpsc::Receiver<PodEvent>) {
        let Some(schedule) = RetrySchedule::of(Activity::Event, Some(self.version.minor())) else { return };
        let mut rng = self.rng.stream("events");
        while let Some(event) = events.recv().await {
            let mut attempts = 0;
            while let Err(error) = self.write_event(&event).await {
                if matches!(error.failure, CallFailure::Response(..)) {
                    // an event that the API server rejects is not written again
                    break;
                }
                self.journal.write([self.messages.event_failed(&event.dump(&self.node.name), &error.to_string())]);
                attempts += 1;
                if schedule.tries.is_some_and(|limit| attempts >= limit) {
                    self.journal.write([self.messages.event_given_up(&event.dump(&self.node.name))]);
                    break;
                }
                // the first wait is random, so that the recorders of a cluster do not write at the same time
                let wait = if attempts == 1 { rng.duration(schedule.first) } else { schedule.first };
                self.time.sleep(wait.max(Duration::from_millis(1))).await;
            }
        }
    }

    async fn write_event(&self, event: &PodEvent) -> Result<(), CallError> {
        let path = format!("/api/v1/namespaces/{}/events", event.pod.namespace);
        match self.api_client.call(ApiCall::write(Method::POST, path, &event.object(&self.node.name))).await {
            // the event was written by an attempt whose response was lost
            Err(CallError { failure: CallFailure::Response(StatusCode::CONFLICT, _), .. }) => Ok(()),
            written => written.map(drop),
        }
    }
}
