//! The requests that came in, with their times, and those that are to be refused.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{FakeEngine, Shared};
use crate::http::Request;

/// What changes a container.
const CHANGING: [&str; 8] = ["start", "stop", "kill", "pause", "unpause", "restart", "connect", "disconnect"];

/// One request. Times count from the engine's start.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The last word of its path; `inspect`, `list` and `exec` where that is none that tells it apart.
    pub(crate) kind: String,
    /// Name of the container, if it is about one that exists.
    pub(crate) container: Option<String>,
    pub(crate) begun: Duration,
    /// When it was answered or its client hung up; `None` while neither has happened.
    pub(crate) over: Option<Duration>,
}

/// Requests that are answered with an error, and do nothing.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    kind: String,
    container: Option<String>,
    status: u16,
    left: usize,
}

/// A request under way; its end is noted when it is dropped.
pub(super) struct UnderWay {
    shared: Arc<Shared>,
    number: usize,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.over();
    }
}

impl UnderWay {
    /// Notes its end, once.
    pub(super) fn over(&self) {
        let now = self.shared.time.elapsed();
        // a test that has failed has poisoned the lock perhaps
        if let Ok(mut state) = self.shared.state.lock() {
            state.requests[self.number].over.get_or_insert(now);
        }
    }
}

impl FakeEngine {
    /// Answers the next `times` requests of this kind with `status`, and does nothing for them.
    pub(crate) fn refuse(&self, kind: &str, status: u16, times: usize) {
        self.state().refusals.push(Refusal { kind: kind.to_owned(), container: None, status, left: times });
    }

    /// Answers every request of this kind for one container with `status`.
    pub(crate) fn refuse_for(&self, container: &str, kind: &str, status: u16) {
        let refusal =
            Refusal { kind: kind.to_owned(), container: Some(container.to_owned()), status, left: usize::MAX };
        self.state().refusals.push(refusal);
    }

    /// The requests of this kind, oldest first.
    pub(crate) fn requests(&self, kind: &str) -> Vec<Asked> {
        self.state().requests.iter().filter(|asked| asked.kind == kind).cloned().collect()
    }

    /// How many requests of this kind came.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.state().requests.iter().filter(|asked| asked.kind == kind).count()
    }

    /// The times between the end of each request of this kind and the start of the next.
    pub(crate) fn gaps(&self, kind: &str) -> Vec<Duration> {
        let requests = self.requests(kind);
        let gap = |pair: &[Asked]| pair[1].begun.saturating_sub(pair[0].over.unwrap_or(pair[1].begun));
        requests.windows(2).map(gap).collect()
    }

    /// The most requests that changed one container at one time.
    pub(crate) fn most_changes_at_once(&self) -> usize {
        let state = self.state();
        let mut edges: HashMap<&str, Vec<(Duration, isize)>> = HashMap::new();
        for asked in state.requests.iter().filter(|asked| CHANGING.contains(&asked.kind.as_str())) {
            let edges = edges.entry(asked.container.as_deref().unwrap_or_default()).or_default();
            edges.push((asked.begun, 1));
            edges.extend(asked.over.map(|over| (over, -1)));
        }
        let most = |mut edges: Vec<(Duration, isize)>| {
            // an end before a beginning of the same moment
            edges.sort_unstable();
            let running = edges.iter().scan(0, |at_once, (_, step)| {
                *at_once += step;
                Some(*at_once)
            });
            running.max().unwrap_or_default().unsigned_abs()
        };
        edges.into_values().map(most).max().unwrap_or_default()
    }
}

impl Shared {
    pub(super) fn begin(self: &Arc<Self>, request: &Request) -> UnderWay {
        let container = self.container_of(request);
        let asked = Asked { kind: kind(request), container, begun: self.time.elapsed(), over: None };
        let mut state = self.state.lock().unwrap();
        state.asked.push(format!("{} {}", request.method, request.path));
        state.requests.push(asked);
        let number = state.requests.len() - 1;
        drop(state);
        self.changes.send_modify(|n| *n += 1);
        UnderWay { shared: self.clone(), number }
    }

    /// The status that this request is refused with, if it is.
    pub(super) fn refusal(&self, request: &Request) -> Option<u16> {
        let (kind, container) = (kind(request), self.container_of(request));
        let mut state = self.state.lock().unwrap();
        let fits = |refusal: &&mut Refusal| {
            refusal.left > 0 && refusal.kind == kind && (refusal.container.is_none() || refusal.container == container)
        };
        let refusal = state.refusals.iter_mut().find(fits)?;
        refusal.left -= 1;
        Some(refusal.status)
    }

    fn container_of(&self, request: &Request) -> Option<String> {
        let asked = match request.parts().as_slice() {
            ["containers", name, _] => (*name).to_owned(),
            ["networks", ..] => request.json()["Container"].as_str()?.to_owned(),
            _ => return None,
        };
        self.find(&asked).map(|container| container.name)
    }
}

fn kind(request: &Request) -> String {
    match (request.method.as_str(), request.parts().as_slice()) {
        ("GET", ["containers", "json"]) => "list".to_owned(),
        ("GET", ["containers", _, "json"]) => "inspect".to_owned(),
        // a start of an exec is none of a container
        (_, ["exec", ..]) => "exec".to_owned(),
        (_, parts) => parts.last().copied().unwrap_or_default().trim_start_matches('_').to_owned(),
    }
}
