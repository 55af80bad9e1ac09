//! A kubelet's events: one at a time, twelve tries ten seconds apart, then given up (client-go tools/record/event.go).

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    Kubelet,
    client::Call,
    failure::{CallError, Failure},
};
use crate::{
    kubelet::{Activity, RetrySchedule},
    lab::{objects, topology::PodPlan},
    observation::Time,
};

/// Something that happened to a pod.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) pod: PodPlan,
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) at: Time,
    /// Its name's second part.
    pub(super) id: String,
}

impl Event {
    fn name(&self) -> String {
        format!("{}.{}", self.pod.name, self.id)
    }

    fn object(&self, host: &str) -> Value {
        let PodPlan { namespace, name, uid, .. } = &self.pod;
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

    /// The event as Go prints it, shortened by what is empty in it.
    fn dump(&self, host: &str) -> String {
        let PodPlan { namespace, name, uid, app, .. } = &self.pod;
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
    /// Writes the events that come in, for ever.
    pub(super) async fn write_events(self, mut events: mpsc::Receiver<Event>) {
        let Some(rhythm) = RetrySchedule::of(Activity::Event, Some(self.words.version.minor())) else { return };
        let mut dice = self.dice.of("events");
        while let Some(event) = events.recv().await {
            let mut tries = 0;
            while let Err(error) = self.write_event(&event).await {
                if matches!(error.failure, Failure::Answered(..)) {
                    // a server that rejects an event is not asked again
                    break;
                }
                self.pen.write([self.words.event_failed(&event.dump(&self.member.name), &error.to_string())]);
                tries += 1;
                if rhythm.tries.is_some_and(|most| tries >= most) {
                    self.pen.write([self.words.event_given_up(&event.dump(&self.member.name))]);
                    break;
                }
                // the first wait is cut by chance, so that not all come back at once
                let wait = if tries == 1 { dice.up_to(rhythm.first) } else { rhythm.first };
                self.pace.sleep(wait.max(Duration::from_millis(1))).await;
            }
        }
    }

    async fn write_event(&self, event: &Event) -> Result<(), CallError> {
        let path = format!("/api/v1/namespaces/{}/events", event.pod.namespace);
        match self.objects.call(Call::send(Method::POST, path, &event.object(&self.member.name))).await {
            Err(CallError { failure: Failure::Answered(StatusCode::CONFLICT, _), .. }) => Ok(()),
            written => written.map(drop),
        }
    }
}
