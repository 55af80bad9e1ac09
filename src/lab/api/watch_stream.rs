//! Watches: one line of JSON for each change, for as long as the client asked for.
//!
//! A watch reads the store's history at its own speed, so a slow reader delays nobody else. It ends at its time-out;
//! that its connection breaks is the business of `net/server.rs`.

use std::{collections::VecDeque, slice, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{Response, StatusCode, body::Frame};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    query::QueryParams,
    response::{ApiBody, StatusError, response},
    table,
};
use crate::lab::{
    cluster::{object_kind::ObjectKind, selector::ObjectSelector, store::ObjectStore},
    time_scale::TimeScale,
};

/// Time between two bookmarks (`bookmarkFrequency` of the API server's cacher).
const BOOKMARK_INTERVAL: Duration = Duration::from_secs(60);
/// Time from the last bookmark to the end of a watch (`nextBookmarkTime` of the API server's cacher).
const LAST_BOOKMARK: Duration = Duration::from_secs(2);
/// Length of a watch without `timeoutSeconds`: the middle of the 30 to 60 minutes of a real API server
/// (`--min-request-timeout`).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(45 * 60);

/// The body of a watch.
pub(super) struct WatchStream {
    store: ObjectStore,
    kind: ObjectKind,
    selector: ObjectSelector,
    /// Resource version up to which changes were sent.
    version: u64,
    /// The version of the kind's newest change; `None` for a kind without objects.
    newest: Option<watch::Receiver<u64>>,
    time: TimeScale,
    as_table: bool,
    /// Lines to be sent before the next changes.
    pending: VecDeque<Bytes>,
    end: Instant,
    bookmarks: bool,
    next_bookmark: Instant,
    /// The history no longer reaches back to `version`; the error was sent.
    expired: bool,
}

impl WatchStream {
    /// Begins at the query's `resourceVersion`, or with all selected objects if it has none.
    pub(super) fn new(
        store: ObjectStore,
        time: TimeScale,
        kind: ObjectKind,
        selector: ObjectSelector,
        query: &QueryParams,
        as_table: bool,
    ) -> Self {
        let seconds = query.get("timeoutSeconds").parse().ok().filter(|seconds| *seconds > 0);
        let timeout = seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
        let first_bookmark = BOOKMARK_INTERVAL.min(timeout.saturating_sub(LAST_BOOKMARK));
        let now = time.instant();
        let mut stream = Self {
            kind,
            selector,
            version: 0,
            newest: store.subscribe(kind),
            store,
            time,
            as_table,
            pending: VecDeque::new(),
            end: now + time.scaled(timeout),
            bookmarks: query.is_true("allowWatchBookmarks"),
            next_bookmark: now + time.scaled(first_bookmark),
            expired: false,
        };
        let send_initial = query.is_true("sendInitialEvents");
        match query.get("resourceVersion").parse() {
            Ok(version) if version > 0 && !send_initial => stream.version = version,
            _ => stream.queue_all_objects(send_initial),
        }
        stream
    }

    pub(super) fn into_response(self) -> Response<ApiBody> {
        let frames = stream::unfold(self, |mut stream| async move {
            let lines = stream.next().await?;
            Some((Ok(Frame::data(lines)), stream))
        });
        response(StatusCode::OK, "application/json", StreamBody::new(frames).boxed_unsync())
    }

    /// Queues every selected object as added; `with_bookmark` marks their end (`sendInitialEvents`).
    fn queue_all_objects(&mut self, with_bookmark: bool) {
        let (objects, version) = self.store.list(self.kind, &self.selector);
        for object in objects {
            let line = self.event("ADDED", &object);
            self.pending.push_back(line);
        }
        self.version = version;
        if with_bookmark {
            let line = self.bookmark(version, true);
            self.pending.push_back(line);
        }
    }

    /// Waits for the next lines; `None` at the end of the watch.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.pending.pop_front() {
                return Some(line);
            }
            if self.expired {
                return None;
            }
            if let Some(lines) = self.changes() {
                return Some(lines);
            }
            let newest = self.newest.as_mut()?;
            let until = if self.bookmarks { self.end.min(self.next_bookmark) } else { self.end };
            tokio::select! {
                changed = newest.changed() => changed.ok()?,
                () = sleep_until(until) => {
                    if until == self.end {
                        return None;
                    }
                    return Some(self.due_bookmark());
                }
            }
        }
    }

    /// Returns the selected changes since `version`, or the error if the watch has expired; `None` if there are none.
    fn changes(&mut self) -> Option<Bytes> {
        if let Some(newest) = &mut self.newest {
            newest.borrow_and_update();
        }
        let Some(changes) = self.store.changes_since(self.kind, self.version) else {
            self.expired = true;
            let error = StatusError::expired(self.version, self.store.version());
            return Some(line("ERROR", &error.status()));
        };
        let mut lines = BytesMut::new();
        for change in changes {
            self.version = change.version;
            if self.selector.matches(&change.key.namespace, &change.object) {
                if self.as_table {
                    lines.extend_from_slice(&self.event(change.change_type.as_str(), &change.object));
                } else {
                    lines.extend_from_slice(&change.line);
                }
            }
        }
        (!lines.is_empty()).then(|| lines.freeze())
    }

    /// Returns the bookmark that is due, after the changes up to it, and schedules the next.
    fn due_bookmark(&mut self) -> Bytes {
        let last = self.end - self.time.scaled(LAST_BOOKMARK);
        let next = self.next_bookmark + self.time.scaled(BOOKMARK_INTERVAL);
        self.next_bookmark = if self.next_bookmark < last { next.min(last) } else { self.end };
        // read before the changes, so that every change up to this version is sent before the bookmark
        let version = self.store.version();
        let changes = self.changes();
        self.version = self.version.max(version);
        match changes {
            Some(lines) if self.expired => lines,
            Some(lines) => {
                self.pending.push_back(self.bookmark(version, false));
                lines
            }
            None => self.bookmark(version, false),
        }
    }

    fn bookmark(&self, version: u64, ends_initial_events: bool) -> Bytes {
        let mut metadata = json!({"resourceVersion": version.to_string(), "creationTimestamp": null});
        if ends_initial_events {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = json!({"kind": self.kind.name(), "apiVersion": self.kind.api_version(), "metadata": metadata});
        self.event("BOOKMARK", &object.into())
    }

    /// Encodes an event, whose object is a table if the client asked for one.
    fn event(&self, event_type: &str, object: &Arc<Value>) -> Bytes {
        if self.as_table {
            let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            return line(event_type, &table::build(self.kind, slice::from_ref(object), version, self.time.now()));
        }
        line(event_type, object)
    }
}

fn line(event_type: &str, object: &Value) -> Bytes {
    format!("{{\"type\":\"{event_type}\",\"object\":{object}}}\n").into()
}
