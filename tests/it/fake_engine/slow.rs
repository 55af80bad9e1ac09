//! What takes its time: a stop, which goes on after its client has hung up as Docker's does; a start, which is given up
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
    /// How long a stop takes from now on.
    pub(crate) fn set_grace(&self, grace: Grace) {
        self.state().grace = grace;
    }

    /// How long a start takes from now on.
    pub(crate) fn set_start_takes(&self, takes: Duration) {
        self.state().start_takes = takes;
    }

    /// Somebody else stops a container with `docker stop`.
    pub(crate) async fn stop_by_somebody_else(&self, name: &str) {
        self.shared.clone().end_after_grace(name.to_owned(), Duration::ZERO).await;
    }

    /// Somebody else stops a container that ignores the signal.
    pub(crate) async fn stop_in_grace_by_somebody_else(&self, name: &str) {
        let Grace::Is(grace) = self.state().grace else { panic!("a stop that takes its time") };
        self.shared.clone().end_after_grace(name.to_owned(), grace).await;
    }

    /// Somebody else starts a container.
    pub(crate) fn start_by_somebody_else(&self, name: &str) {
        assert_eq!(self.shared.deed(name, "start").0, 204, "{name} was not down");
    }

    /// The socket is gone for so long; what happens meanwhile is never told.
    pub(crate) fn go_away_for(self: &Arc<Self>, time: Duration) {
        self.state().lossy = true;
        self.go_away();
        let engine = self.clone();
        tokio::spawn(async move {
            sleep(time).await;
            engine.come_back();
            engine.state().lossy = false;
        });
    }

    /// No request is looked at for so long; then all are carried out, also those whose clients have hung up.
    pub(crate) fn freeze_for(self: &Arc<Self>, time: Duration) {
        self.set_mode(Mode::Frozen);
        let engine = self.clone();
        tokio::spawn(async move {
            sleep(time).await;
            engine.set_mode(Mode::Well);
        });
    }

    /// Waits until a container is as wanted.
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

    /// Waits until there are so many requests of a kind.
    #[track_caller]
    pub(crate) fn until_asked(&self, kind: &str, times: usize) -> impl Future<Output = ()> {
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

/// Carries out a request to stop, and answers it if its client is still there.
pub(super) async fn stop(
    stream: &mut UnixStream,
    shared: &Arc<Shared>,
    name: &str,
    request: &Request,
) -> io::Result<()> {
    let grace = match shared.state.lock().unwrap().grace {
        Grace::None => Duration::ZERO,
        Grace::Is(grace) => grace,
        Grace::AsAsked => Duration::from_secs(request.query.get("t").and_then(|t| t.parse().ok()).unwrap_or(10)),
    };
    let found = shared.find(name);
    let runs = found.as_ref().is_some_and(|container| matches!(container.state, "running" | "paused"));
    let Some(container) = found.filter(|_| runs && !grace.is_zero()) else {
        let (status, body) = shared.deed(name, "stop");
        return answer(stream, status, &body.to_string()).await;
    };
    // a task of the engine's: it goes on without the connection
    let over = tokio::spawn(shared.clone().end_after_grace(container.name, grace));
    tokio::select! {
        _ = over => {}
        gone = hung_up(stream) => return gone,
    }
    thaw(stream, shared, || {}).await;
    answer(stream, 204, "").await
}

/// Carries out a request to start.
pub(super) async fn start(stream: &mut UnixStream, shared: &Shared, name: &str) -> io::Result<()> {
    let takes = shared.state.lock().unwrap().start_takes;
    let down = shared.find(name).is_some_and(|container| matches!(container.state, "exited" | "created"));
    if down && !takes.is_zero() {
        tokio::select! {
            () = sleep(takes) => {}
            gone = hung_up(stream) => return gone,
        }
    }
    let (status, body) = shared.deed(name, "start");
    answer(stream, status, &body.to_string()).await
}

/// Answers when the container does not run; begins the answer at once, as Docker does.
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
            gone = hung_up(stream) => return gone,
        }
    }
}

/// Waits until the engine is no longer frozen, also for a client that has gone.
pub(super) async fn thaw(stream: &mut UnixStream, shared: &Shared, client_gone: impl Fn()) {
    let mut changes = shared.changes.subscribe();
    let mut there = true;
    loop {
        changes.borrow_and_update();
        if shared.state.lock().unwrap().mode != Mode::Frozen {
            return;
        }
        tokio::select! {
            _ = changes.changed() => {}
            _ = hung_up(stream), if there => {
                there = false;
                client_gone();
            }
        }
    }
}

/// Waits until the client has hung up; a client sends nothing before it has its answer.
async fn hung_up(stream: &mut UnixStream) -> io::Result<()> {
    let mut byte = [0];
    while stream.read(&mut byte).await? > 0 {}
    Err(io::ErrorKind::ConnectionAborted.into())
}

impl Shared {
    /// A stop: the signal, which kind's nodes ignore, and after `grace` the end.
    async fn end_after_grace(self: Arc<Self>, name: String, grace: Duration) {
        let Some(found) = self.find(&name) else { return };
        self.set(&name, |container| container.stopping += 1);
        self.happen(&name, "kill", json!({ "signal": "37" }));
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
            self.happen(&name, "kill", json!({ "signal": "9" }));
            self.exit(&name, 137);
            self.set(&name, |container| container.left_network = true);
            self.happen(&name, "disconnect", json!({}));
        }
        self.set(&name, |container| container.stopping -= 1);
        self.happen(&name, "stop", json!({}));
    }
}
