//! A reflector: list, watch, and both again after a failure (k8s.io/client-go `tools/cache/reflector.go`).
//!
//! A refused watch is retried without logging; any other failure is logged and ends the attempt. The waits are those of
//! client-go: 0.8 s, doubled up to 30 s, each lengthened by up to its own length at random, and back to 0.8 s after two
//! minutes without a wait. Only resource versions are kept, not the objects.

use std::time::Duration;

use serde::Deserialize;

use super::{
    call_error::{CallError, CallFailure},
    client::{ApiCall, ResponseStream},
    handle::Kubelet,
    watch_spec::WatchSpec,
};
use crate::{
    kubelet::{Activity, RetrySchedule},
    lab::{rng::Rng, time_scale::TimeScale},
};

/// Time without a wait after which the backoff starts over (`NewReflector`, 2 minutes).
const BACKOFF_RESET: Duration = Duration::from_secs(120);
/// A watch that ends earlier and without an event counts as a failure ("very short watch").
const VERY_SHORT: Duration = Duration::from_secs(1);

/// client-go's exponential backoff (`wait.NewExponentialBackoffManager`).
struct ReflectorBackoff {
    schedule: RetrySchedule,
    next: Duration,
    /// When the last wait began; `None` before the first.
    last: Option<Duration>,
}

impl ReflectorBackoff {
    fn new(schedule: RetrySchedule) -> Self {
        Self { schedule, next: schedule.first, last: None }
    }

    async fn wait(&mut self, time: TimeScale, rng: &mut Rng) {
        if self.last.is_some_and(|last| time.real_since(last) > BACKOFF_RESET) {
            self.next = self.schedule.first;
        }
        self.last = Some(time.elapsed());
        let wait = rng.jitter(self.next, self.schedule.jitter);
        self.next = (self.next * self.schedule.factor).min(self.schedule.longest);
        time.sleep(wait).await;
    }
}

/// A reflector of a kubelet.
pub(super) struct Reflector {
    kubelet: Kubelet,
    spec: WatchSpec,
    rng: Rng,
    /// Resource version of the newest object; `None` before the first list, and after the version has expired.
    version: Option<u64>,
    backoff: ReflectorBackoff,
    /// Backoff after a refused watch; `None` in versions in which that shares `backoff`.
    refused_backoff: Option<ReflectorBackoff>,
}

/// How a watch ended.
enum WatchEnd {
    /// In order, or by the end of its connection: the watch is resumed.
    Finished,
    /// By an error: the list is repeated after a wait.
    Failed,
    /// By a 410: as [`Failed`](Self::Failed), and the next list names no resource version.
    Expired,
}

#[derive(Deserialize)]
struct ListResponse {
    metadata: ListMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata {
    #[serde(default)]
    resource_version: String,
}

#[derive(Deserialize)]
struct WatchEvent {
    #[serde(rename = "type")]
    event_type: String,
    object: serde_json::Value,
}

impl Reflector {
    /// `None` if the kubelet's version has no retry schedule for watches.
    pub(super) fn new(kubelet: Kubelet, spec: WatchSpec) -> Option<Self> {
        let schedule = RetrySchedule::of(Activity::Watch, Some(kubelet.version.minor()))?;
        let refused_backoff = (!kubelet.version.shares_backoff()).then(|| ReflectorBackoff::new(schedule));
        let rng = kubelet.rng.stream(&spec.list_path(None));
        Some(Self { kubelet, spec, rng, version: None, backoff: ReflectorBackoff::new(schedule), refused_backoff })
    }

    /// Lists and watches until dropped.
    pub(super) async fn run(mut self) {
        loop {
            self.list_and_watch().await;
            self.backoff.wait(self.kubelet.time, &mut self.rng).await;
        }
    }

    /// Makes one attempt, which ends at the first failure.
    async fn list_and_watch(&mut self) {
        let mut version = match self.list().await {
            Ok(version) => version,
            Err(error) => {
                let records = self.kubelet.messages.list_failed(&self.spec, &error.to_string());
                return self.kubelet.journal.write(records);
            }
        };
        loop {
            self.version = Some(version);
            let began = self.kubelet.time.elapsed();
            let call = ApiCall::get(self.spec.watch_path(version, &mut self.rng));
            let stream = match self.kubelet.api_client.stream(call).await {
                Ok(stream) => stream,
                Err(CallError { failure: CallFailure::Refused, .. }) => {
                    let backoff = self.refused_backoff.as_mut().unwrap_or(&mut self.backoff);
                    backoff.wait(self.kubelet.time, &mut self.rng).await;
                    continue;
                }
                Err(error) if error.failure.ends_watch_silently() => {
                    if self.kubelet.time.real_since(began) < VERY_SHORT {
                        return;
                    }
                    continue;
                }
                Err(error) => {
                    let record = self.kubelet.messages.watch_failed(&self.spec, &error.to_string());
                    return self.kubelet.journal.write([record]);
                }
            };
            let (end, events) = self.read_watch(stream, &mut version).await;
            self.version = (!matches!(end, WatchEnd::Expired)).then_some(version);
            let very_short = self.kubelet.time.real_since(began) < VERY_SHORT && events == 0;
            if very_short || !matches!(end, WatchEnd::Finished) {
                return;
            }
        }
    }

    /// Lists the objects. Returns the list's resource version.
    async fn list(&mut self) -> Result<u64, CallError> {
        let body = self.kubelet.api_client.call(ApiCall::get(self.spec.list_path(self.version))).await?;
        let list = serde_json::from_slice::<ListResponse>(&body).ok();
        Ok(list.and_then(|list| list.metadata.resource_version.parse().ok()).unwrap_or_default())
    }

    /// Reads a watch to its end and updates `version`. Returns how it ended and the number of its events.
    async fn read_watch(&self, mut stream: ResponseStream, version: &mut u64) -> (WatchEnd, u64) {
        let mut events = 0;
        let mut buffer = Vec::new();
        loop {
            match stream.next().await {
                None => return (WatchEnd::Finished, events),
                Some(Ok(chunk)) => {
                    buffer.extend_from_slice(&chunk);
                    while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                        let line: Vec<u8> = buffer.drain(..=end).collect();
                        let Ok(event) = serde_json::from_slice::<WatchEvent>(&line) else { continue };
                        if event.event_type == "ERROR" {
                            return (WatchEnd::Expired, events);
                        }
                        events += 1;
                        let newer =
                            event.object["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok());
                        *version = newer.unwrap_or(*version);
                    }
                }
                // client-go takes a stream that breaks off for one that has ended, and not for a very short watch
                Some(Err(CallFailure::Eof | CallFailure::Reset | CallFailure::Closed)) => {
                    return (WatchEnd::Finished, events.max(1));
                }
                Some(Err(failure)) => {
                    let reason = match failure {
                        CallFailure::PingTimeout => "http2: client connection lost".to_owned(),
                        CallFailure::Other(text) => text,
                        other => format!("{other:?}"),
                    };
                    self.kubelet.journal.write([self.kubelet.messages.watch_ended(&self.spec, &reason)]);
                    return (WatchEnd::Failed, events);
                }
            }
        }
    }
}
