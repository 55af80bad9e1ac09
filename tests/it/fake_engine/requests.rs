//! Record of the requests with their times, and refusals.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{FakeEngine, Shared};
use crate::http::Request;

/// Kinds of requests that change a container.
const CHANGING: [&str; 8] = ["start", "stop", "kill", "pause", "unpause", "restart", "connect", "disconnect"];

/// A request. Times count from the start of the engine.
#[derive(Debug, Clone)]
pub(crate) struct RecordedRequest {
    /// Last segment of the path, or `inspect`, `list` or `exec` if that is ambiguous.
    pub(crate) kind: String,
    /// Name of the container. `None` if the request is not about one, or it does not exist.
    pub(crate) container: Option<String>,
    pub(crate) begun: Duration,
    /// Time of the answer, or at which the client hung up. `None` before both.
    pub(crate) ended: Option<Duration>,
}

/// A kind of request that is answered with an error and not carried out.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    kind: String,
    container: Option<String>,
    status: u16,
    left: usize,
}

/// A request in progress, whose end is recorded when this is dropped.
pub(super) struct RequestInProgress {
    shared: Arc<Shared>,
    number: usize,
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        self.end();
    }
}

impl RequestInProgress {
    /// Records the end, once.
    pub(super) fn end(&self) {
        let now = self.shared.time.elapsed();
        // A failed test may have poisoned the lock.
        if let Ok(mut state) = self.shared.state.lock() {
            state.requests[self.number].ended.get_or_insert(now);
        }
    }
}

impl FakeEngine {
    /// Refuses the next `times` requests of a kind with `status`.
    pub(crate) fn refuse(&self, kind: &str, status: u16, times: usize) {
        self.state().refusals.push(Refusal { kind: kind.to_owned(), container: None, status, left: times });
    }

    /// Refuses every request of a kind for one container with `status`.
    pub(crate) fn refuse_for(&self, container: &str, kind: &str, status: u16) {
        let refusal =
            Refusal { kind: kind.to_owned(), container: Some(container.to_owned()), status, left: usize::MAX };
        self.state().refusals.push(refusal);
    }

    /// Requests of a kind, oldest first.
    pub(crate) fn requests(&self, kind: &str) -> Vec<RecordedRequest> {
        self.state().requests.iter().filter(|request| request.kind == kind).cloned().collect()
    }

    /// Number of requests of a kind.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.state().requests.iter().filter(|request| request.kind == kind).count()
    }

    /// Times between the end of each request of a kind and the begin of the next.
    pub(crate) fn gaps(&self, kind: &str) -> Vec<Duration> {
        let requests = self.requests(kind);
        let gap = |pair: &[RecordedRequest]| pair[1].begun.saturating_sub(pair[0].ended.unwrap_or(pair[1].begun));
        requests.windows(2).map(gap).collect()
    }

    /// Largest number of simultaneous requests that changed one container.
    pub(crate) fn most_changes_at_once(&self) -> usize {
        let state = self.state();
        let mut edges: HashMap<&str, Vec<(Duration, isize)>> = HashMap::new();
        for request in state.requests.iter().filter(|request| CHANGING.contains(&request.kind.as_str())) {
            let edges = edges.entry(request.container.as_deref().unwrap_or_default()).or_default();
            edges.push((request.begun, 1));
            edges.extend(request.ended.map(|ended| (ended, -1)));
        }
        let most = |mut edges: Vec<(Duration, isize)>| {
            // Sorts an end before a begin of the same moment.
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
    pub(super) fn record(self: &Arc<Self>, request: &Request) -> RequestInProgress {
        let container = self.container_of(request);
        let recorded = RecordedRequest { kind: kind(request), container, begun: self.time.elapsed(), ended: None };
        let mut state = self.state.lock().unwrap();
        state.request_lines.push(format!("{} {}", request.method, request.path));
        state.requests.push(recorded);
        let number = state.requests.len() - 1;
        drop(state);
        self.changes.send_modify(|n| *n += 1);
        RequestInProgress { shared: self.clone(), number }
    }

    /// Status with which a request is refused. `None` if it is not.
    pub(super) fn refusal(&self, request: &Request) -> Option<u16> {
        let (kind, container) = (kind(request), self.container_of(request));
        let mut state = self.state.lock().unwrap();
        let matches = |refusal: &&mut Refusal| {
            refusal.left > 0 && refusal.kind == kind && (refusal.container.is_none() || refusal.container == container)
        };
        let refusal = state.refusals.iter_mut().find(matches)?;
        refusal.left -= 1;
        Some(refusal.status)
    }

    fn container_of(&self, request: &Request) -> Option<String> {
        let name = match request.parts().as_slice() {
            ["containers", name, _] => (*name).to_owned(),
            ["networks", ..] => request.json()["Container"].as_str()?.to_owned(),
            _ => return None,
        };
        self.find(&name).map(|container| container.name)
    }
}

fn kind(request: &Request) -> String {
    match (request.method.as_str(), request.parts().as_slice()) {
        ("GET", ["containers", "json"]) => "list".to_owned(),
        ("GET", ["containers", _, "json"]) => "inspect".to_owned(),
        // The start of an exec is not one of a container.
        (_, ["exec", ..]) => "exec".to_owned(),
        (_, parts) => parts.last().copied().unwrap_or_default().trim_start_matches('_').to_owned(),
    }
}
