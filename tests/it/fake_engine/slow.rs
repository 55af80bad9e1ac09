//! Requests that take time: a stop, which continues after its client hung up, as Docker's does; a start, which ends
//! when its client hangs up; and the wait for a container's end.

use std::{io, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{io::AsyncReadExt as _, net::UnixStream, time::sleep};

use super::{Container, FakeEngine, Grace, Mode, Shared};
use crate::{
    http::{Request, answer, begin_chunks, chunk},
    terminal::PATIENCE,
};

impl FakeEngine {
    /// Sets the grace period of stops.
    pub(crate) fn set_grace(&self, grace: Grace) {
        self.state().grace = grace;
    }

    /// Sets the duration of starts.
    pub(crate) fn set_start_duration(&self, duration: Duration) {
        self.state().start_duration = duration;
    }

    /// Stops a container as another client.
    pub(crate) async fn stop_by_somebody_else(&self, name: &str) {
        self.shared.clone().end_after_grace(name.to_owned(), Duration::ZERO).await;
    }

    /// Stops a container that ignores the signal, as another client.
    pub(crate) async fn stop_slowly_by_somebody_else(&self, name: &str) {
        let Grace::Fixed(grace) = self.state().grace else { panic!("a stop that takes its time") };
        self.shared.clone().end_after_grace(name.to_owned(), grace).await;
    }

    /// Starts a container as another client.
    pub(crate) fn start_by_somebody_else(&self, name: &str) {
        assert_eq!(self.shared.apply_action(name, "start").0, 204, "{name} was not down");
    }

    /// Ends a container by itself, with this exit code.
    pub(crate) fn crash(&self, name: &str, code: i64) {
        self.shared.exit(name, code);
    }

    /// Ends the engine for a time, whose events are lost.
    pub(crate) fn go_away_for(self: &Arc<Self>, time: Duration) {
        self.state().loses_events = true;
        self.go_away();
        let engine = self.clone();
        tokio::spawn(async move {
            sleep(time).await;
            engine.come_back();
            engine.state().loses_events = false;
        });
    }

    /// Freezes the engine for a time, and then handles all requests, even those whose clients hung up.
    pub(crate) fn freeze_for(self: &Arc<Self>, time: Duration) {
        self.set_mode(Mode::Frozen);
        let engine = self.clone();
        tokio::spawn(async move {
            sleep(time).await;
            engine.set_mode(Mode::Healthy);
        });
    }

    /// Waits until a container meets a condition.
    #[track_caller]
    pub(crate) fn until(
        &self,
        name: &str,
        what: &str,
        wanted: impl Fn(&Container) -> bool,
    ) -> impl Future<Output = ()> {
        let mut changes = self.shared.changes.subscribe();
        let caller = std::panic::Location::caller();
        async move {
            let wait = async {
                while !self.shared.find(name).is_some_and(|container| wanted(&container)) {
                    changes.changed().await.unwrap();
                }
            };
            let waited = tokio::time::timeout(PATIENCE, wait).await;
            assert!(waited.is_ok(), "{caller}: waited for {what}; the container is {:?}", self.shared.find(name));
        }
    }

    /// Waits for the `times`-th request of a kind.
    #[track_caller]
    pub(crate) fn until_requested(&self, kind: &str, times: usize) -> impl Future<Output = ()> {
        let mut changes = self.shared.changes.subscribe();
        let caller = std::panic::Location::caller();
        async move {
            let wait = async {
                while self.count(kind) < times {
                    changes.changed().await.unwrap();
                }
            };
            let waited = tokio::time::timeout(PATIENCE, wait).await;
            assert!(waited.is_ok(), "{caller}: waited for request {times} to {kind}; there were {}", self.count(kind));
        }
    }
}

/// Handles a request to stop.
pub(super) async fn stop(
    stream: &mut UnixStream,
    shared: &Arc<Shared>,
    name: &str,
    request: &Request,
) -> io::Result<()> {
    let grace = match shared.state.lock().unwrap().grace {
        Grace::None => Duration::ZERO,
        Grace::Fixed(grace) => grace,
        Grace::Requested => Duration::from_secs(request.query.get("t").and_then(|t| t.parse().ok()).unwrap_or(10)),
    };
    let found = shared.find(name);
    let runs = found.as_ref().is_some_and(|container| matches!(container.state, "running" | "paused"));
    let Some(container) = found.filter(|_| runs && !grace.is_zero()) else {
        let (status, body) = shared.apply_action(name, "stop");
        return answer(stream, status, &body.to_string()).await;
    };
    // A task, so that it continues without the connection.
    let over = tokio::spawn(shared.clone().end_after_grace(container.name, grace));
    tokio::select! {
        _ = over => {}
        closed = client_hung_up(stream) => return closed,
    }
    thaw(stream, shared, || {}).await;
    answer(stream, 204, "").await
}

/// Handles a request to start.
pub(super) async fn start(stream: &mut UnixStream, shared: &Shared, name: &str) -> io::Result<()> {
    let takes = shared.state.lock().unwrap().start_duration;
    let down = shared.find(name).is_some_and(|container| matches!(container.state, "exited" | "created"));
    if down && !takes.is_zero() {
        tokio::select! {
            () = sleep(takes) => {}
            closed = client_hung_up(stream) => return closed,
        }
    }
    let (status, body) = shared.apply_action(name, "start");
    answer(stream, status, &body.to_string()).await
}

/// Handles a request to wait: sends the headers at once, as Docker does, and the body when the container has ended.
pub(super) async fn wait(stream: &mut UnixStream, shared: &Shared, name: &str, request: &Request) -> io::Result<()> {
    let mut changes = shared.changes.subscribe();
    let Some(found) = shared.find(name) else {
        return answer(stream, 404, &json!({ "message": format!("No such container: {name}") }).to_string()).await;
    };
    begin_chunks(stream).await?;
    let next = request.query.get("condition").is_some_and(|condition| condition != "not-running");
    loop {
        changes.borrow_and_update();
        let code = match shared.find(name) {
            Some(container) if matches!(container.state, "running" | "paused") => None,
            Some(container) if next && container.ends == found.ends => None,
            Some(container) => Some(container.exit_code),
            None => Some(0),
        };
        if let Some(code) = code {
            chunk(stream, &format!("{}\n", json!({ "StatusCode": code }))).await?;
            return tokio::io::AsyncWriteExt::write_all(stream, b"0\r\n\r\n").await;
        }
        tokio::select! {
            changed = changes.changed() => changed.map_err(io::Error::other)?,
            closed = client_hung_up(stream) => return closed,
        }
    }
}

/// Waits until the engine is no longer frozen. Calls `client_gone` when the client hangs up before that.
pub(super) async fn thaw(stream: &mut UnixStream, shared: &Shared, client_gone: impl Fn()) {
    let mut changes = shared.changes.subscribe();
    let mut connected = true;
    loop {
        changes.borrow_and_update();
        if shared.state.lock().unwrap().mode != Mode::Frozen {
            return;
        }
        tokio::select! {
            _ = changes.changed() => {}
            _ = client_hung_up(stream), if connected => {
                connected = false;
                client_gone();
            }
        }
    }
}

/// Waits until the client hangs up. Returns an error then; a client sends nothing before its answer.
async fn client_hung_up(stream: &mut UnixStream) -> io::Result<()> {
    let mut byte = [0];
    while stream.read(&mut byte).await? > 0 {}
    Err(io::ErrorKind::ConnectionAborted.into())
}

impl Shared {
    /// Stops a container: the signal, which kind's nodes ignore, and SIGKILL after `grace`.
    async fn end_after_grace(self: Arc<Self>, name: String, grace: Duration) {
        let Some(found) = self.find(&name) else { return };
        self.set(&name, |container| container.stopping += 1);
        self.emit_event(&name, "kill", json!({ "signal": "37" }));
        let mut changes = self.changes.subscribe();
        let ended = async {
            while self.find(&name).is_some_and(|container| container.ends == found.ends) {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        let forced = tokio::select! {
            () = ended => false,
            () = sleep(grace) => true,
        };
        if self.find(&name).is_none() {
            return;
        }
        if forced {
            self.emit_event(&name, "kill", json!({ "signal": "9" }));
            self.exit(&name, 137);
            self.set(&name, |container| container.left_network = true);
            self.emit_event(&name, "disconnect", json!({}));
        }
        self.set(&name, |container| container.stopping -= 1);
        self.emit_event(&name, "stop", json!({}));
    }
}
