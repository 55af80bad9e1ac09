//! Watches: a line for each change, for as long as the client asked for.
//!
//! A watch reads the store's history by itself whenever its bell rings, so that a slow reader holds up nobody and costs
//! nothing but its place in the history. It ends by its own time; that its connection is cut is `server`'s business.

use std::{collections::VecDeque, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{Response, StatusCode, body::Frame};
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use super::{
    Api,
    answer::{Body, Problem, with_body},
    request::Query,
    table,
};
use crate::lab::{
    pace::Pace,
    store::{Kind, Selection, Store},
};

/// The time between two bookmarks (`bookmarkFrequency` of the API server's cacher).
const BOOKMARK: Duration = Duration::from_secs(60);
/// A last bookmark comes so long before a watch's end.
const LAST_BOOKMARK: Duration = Duration::from_secs(2);
/// How long a watch lasts that asks for no time: 30 to 60 minutes in the real one.
const LONGEST: Duration = Duration::from_secs(45 * 60);

impl Api {
    pub(super) fn watch(&self, kind: Kind, selection: Selection, query: &Query, as_table: bool) -> Response<Body> {
        let seconds = query.get("timeoutSeconds").parse().ok().filter(|seconds| *seconds > 0);
        let lasts = seconds.map_or(LONGEST, Duration::from_secs);
        let now = self.pace.instant();
        let mut watching = Watching {
            store: self.store.clone(),
            kind,
            selection,
            version: 0,
            bell: self.store.bell(kind),
            pace: self.pace,
            table: as_table,
            pending: VecDeque::new(),
            end: now + self.pace.of(lasts),
            bookmarks: query.is("allowWatchBookmarks"),
            next_bookmark: now + self.pace.of(BOOKMARK.min(lasts.saturating_sub(LAST_BOOKMARK))),
            expired: false,
        };
        let from = query.get("resourceVersion");
        let initial = query.is("sendInitialEvents");
        match from.parse() {
            Ok(version) if version > 0 && !initial => watching.version = version,
            _ => watching.begin(initial),
        }
        let frames = stream::unfold(watching, |mut watching| async move {
            let line = watching.next().await?;
            Some((Ok(Frame::data(line)), watching))
        });
        with_body(StatusCode::OK, "application/json", StreamBody::new(frames).boxed_unsync())
    }
}

struct Watching {
    store: Store,
    kind: Kind,
    selection: Selection,
    /// What was told so far.
    version: u64,
    bell: Option<watch::Receiver<u64>>,
    pace: Pace,
    table: bool,
    pending: VecDeque<Bytes>,
    end: Instant,
    bookmarks: bool,
    next_bookmark: Instant,
    expired: bool,
}

impl Watching {
    /// Without a version to go on from, it begins with what there is.
    fn begin(&mut self, bookmark: bool) {
        let (objects, version) = self.store.list(self.kind, &self.selection);
        for object in objects {
            let line = self.line("ADDED", &object);
            self.pending.push_back(line);
        }
        self.version = version;
        if bookmark {
            let line = self.bookmark(version, true);
            self.pending.push_back(line);
        }
    }

    /// The next lines; nothing when the watch is over.
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
            let bell = self.bell.as_mut()?;
            let until = if self.bookmarks { self.end.min(self.next_bookmark) } else { self.end };
            tokio::select! {
                rung = bell.changed() => rung.ok()?,
                () = tokio::time::sleep_until(until) => {
                    if until == self.end {
                        return None;
                    }
                    return Some(self.next_bookmark());
                }
            }
        }
    }

    /// What changed since; nothing if that is nothing for this watch.
    fn changes(&mut self) -> Option<Bytes> {
        if let Some(bell) = &mut self.bell {
            bell.borrow_and_update();
        }
        let Some(changes) = self.store.since(self.kind, self.version) else {
            self.expired = true;
            let problem = Problem::expired(self.version, self.store.version());
            return Some(event("ERROR", &problem.status()));
        };
        let mut lines = BytesMut::new();
        for change in changes {
            self.version = change.version;
            if self.selection.takes(&change.key, &change.object) {
                if self.table {
                    lines.extend_from_slice(&self.line(change.happened.word(), &change.object));
                } else {
                    lines.extend_from_slice(&change.line);
                }
            }
        }
        (!lines.is_empty()).then(|| lines.freeze())
    }

    fn next_bookmark(&mut self) -> Bytes {
        let last = self.end - self.pace.of(LAST_BOOKMARK);
        let next = self.next_bookmark + self.pace.of(BOOKMARK);
        self.next_bookmark = if self.next_bookmark < last { next.min(last) } else { self.end };
        // read before the changes: all that happened up to it has been told
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

    fn bookmark(&self, version: u64, initial: bool) -> Bytes {
        let mut metadata = json!({"resourceVersion": version.to_string(), "creationTimestamp": null});
        if initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = json!({"kind": self.kind.name(), "apiVersion": self.kind.api_version(), "metadata": metadata});
        if self.table {
            return event("BOOKMARK", &table::of(self.kind, &[object.into()], &version.to_string(), self.pace.now()));
        }
        event("BOOKMARK", &object)
    }

    fn line(&self, word: &str, object: &std::sync::Arc<Value>) -> Bytes {
        if self.table {
            let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            return event(word, &table::of(self.kind, std::slice::from_ref(object), version, self.pace.now()));
        }
        event(word, object)
    }
}

fn event(word: &str, object: &Value) -> Bytes {
    format!("{{\"type\":\"{word}\",\"object\":{object}}}\n").into()
}
