//! A reflector: list, watch, and both again when they fail (client-go tools/cache/reflector.go).
//!
//! Whom it may not connect to a watch (refused) it tries again in silence; every other failure is said and ends the
//! try. The waits are client-go's: 0.8 s doubling to 30 s, each up to twice as long by chance, anew after two minutes
//! without one. It keeps no objects: only their version is of use here.

use std::time::Duration;

use serde::Deserialize;

use super::{
    Kubelet,
    client::{Call, Stream},
    failure::{CallError, Failure},
    plan::Watched,
};
use crate::{
    kubelet::{Activity, RetrySchedule},
    lab::{dice::Dice, pace::Pace},
};

/// Without a wait for so long, the waits begin anew.
const RESET: Duration = Duration::from_secs(120);
/// A watch that ends sooner, without an event, counts as broken.
const VERY_SHORT: Duration = Duration::from_secs(1);

/// `wait.NewExponentialBackoffManager`.
struct Backoff {
    rhythm: RetrySchedule,
    next: Duration,
    last: Option<Duration>,
}

impl Backoff {
    fn new(rhythm: RetrySchedule) -> Self {
        Self { rhythm, next: rhythm.first, last: None }
    }

    async fn wait(&mut self, pace: Pace, dice: &mut Dice) {
        let now = pace.elapsed();
        if self.last.is_some_and(|last| pace.real(now.saturating_sub(last)) > RESET) {
            self.next = self.rhythm.first;
        }
        self.last = Some(now);
        let wait = dice.jitter(self.next, self.rhythm.jitter);
        self.next = (self.next * self.rhythm.factor).min(self.rhythm.longest);
        pace.sleep(wait).await;
    }
}

pub(super) struct Reflector {
    kubelet: Kubelet,
    watched: Watched,
    dice: Dice,
    version: Option<u64>,
    /// After a failed try.
    backoff: Backoff,
    /// After a refused watch, where that has waits of its own.
    refused: Option<Backoff>,
}

/// How a watch ended.
enum Ended {
    /// In order: watch again.
    Done,
    /// Not in order: list again, after a wait.
    Broken,
}

#[derive(Deserialize)]
struct Versioned {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    resource_version: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    word: String,
    object: serde_json::Value,
}

impl Reflector {
    /// Nothing in a version without reflectors; there is none.
    pub(super) fn new(kubelet: Kubelet, watched: Watched) -> Option<Self> {
        let version = kubelet.words.version;
        let rhythm = RetrySchedule::of(Activity::Watch, Some(version.minor()))?;
        let name = watched.list(None);
        let refused = (!version.shares_backoff()).then(|| Backoff::new(rhythm));
        let dice = kubelet.dice.of(&name);
        Some(Self { kubelet, watched, dice, version: None, backoff: Backoff::new(rhythm), refused })
    }

    pub(super) async fn run(mut self) {
        loop {
            self.list_and_watch().await;
            self.backoff.wait(self.kubelet.pace, &mut self.dice).await;
        }
    }

    /// One try; it ends when something went wrong, and says so unless that is silent.
    async fn list_and_watch(&mut self) {
        let mut version = match self.list().await {
            Ok(version) => version,
            Err(error) => {
                let records = self.kubelet.words.list_failed(&self.watched, &error.to_string());
                return self.kubelet.pen.write(records);
            }
        };
        loop {
            self.version = Some(version);
            let began = self.kubelet.pace.elapsed();
            let call = Call::get(self.watched.watch(version, &mut self.dice));
            let stream = match self.kubelet.objects.stream(call).await {
                Ok(stream) => stream,
                Err(CallError { failure: Failure::Refused, .. }) => {
                    let backoff = self.refused.as_mut().unwrap_or(&mut self.backoff);
                    backoff.wait(self.kubelet.pace, &mut self.dice).await;
                    continue;
                }
                // client-go takes these for a watch that ended before it began, and is silent
                Err(error) if error.failure.is_like_an_end() => {
                    if self.lasted(began) < VERY_SHORT {
                        return;
                    }
                    continue;
                }
                Err(error) => {
                    let record = self.kubelet.words.watch_failed(&self.watched, &error.to_string());
                    return self.kubelet.pen.write([record]);
                }
            };
            let (ended, events) = self.follow(stream, &mut version).await;
            self.version = Some(version);
            if matches!(ended, Ended::Broken) || (self.lasted(began) < VERY_SHORT && events == 0) {
                return;
            }
        }
    }

    /// How long it is since then, in the real thing's time.
    fn lasted(&self, began: Duration) -> Duration {
        let pace = self.kubelet.pace;
        pace.real(pace.elapsed().saturating_sub(began))
    }

    async fn list(&mut self) -> Result<u64, CallError> {
        let call = Call::get(self.watched.list(self.version));
        let body = self.kubelet.objects.call(call).await?;
        let listed = serde_json::from_slice::<Versioned>(&body).ok();
        Ok(listed.and_then(|listed| listed.metadata.resource_version.parse().ok()).unwrap_or_default())
    }

    /// Reads a watch to its end.
    async fn follow(&mut self, mut stream: Stream, version: &mut u64) -> (Ended, u64) {
        let mut events = 0;
        let mut rest = Vec::new();
        loop {
            match stream.next().await {
                None => return (Ended::Done, events),
                Some(Ok(piece)) => {
                    rest.extend_from_slice(&piece);
                    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                        let line: Vec<u8> = rest.drain(..=end).collect();
                        let Ok(event) = serde_json::from_slice::<Event>(&line) else { continue };
                        if event.word == "ERROR" {
                            // too old: a new list, without the version
                            self.version = None;
                            return (Ended::Broken, events);
                        }
                        events += 1;
                        let newer =
                            event.object["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok());
                        *version = newer.unwrap_or(*version);
                    }
                }
                // a stream that is cut off is an end like any other to client-go
                Some(Err(Failure::Eof | Failure::Reset | Failure::Closed)) => return (Ended::Done, events.max(1)),
                Some(Err(failure)) => {
                    let why = match failure {
                        Failure::Lost => "http2: client connection lost".to_owned(),
                        other => format!("{other:?}"),
                    };
                    self.kubelet.pen.write([self.kubelet.words.watch_ended(&self.watched, &why)]);
                    return (Ended::Broken, events);
                }
            }
        }
    }
}
