//! The engine's events of the cluster's containers, resumed where the last stream ended, without gap or repeat.
//!
//! The events of a network name the container in an attribute and carry none of its labels, so the engine cannot
//! filter by label: what belongs to the cluster is decided here, by the container's id.

use std::collections::{HashMap, VecDeque};

use bollard::{
    models::{EventMessage, EventMessageTypeEnum},
    query_parameters::EventsOptionsBuilder,
};
use futures_util::{StreamExt as _, stream::BoxStream};

use crate::{
    engine::{EngineClient, EngineError},
    observation::{EngineAction, EngineEvent, NodeRole, Time},
};

/// What a stream says of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) container: String,
    pub(super) name: Option<String>,
    pub(super) action: EngineAction,
    pub(super) happened: Time,
    signal: Option<i64>,
    exit_code: Option<i64>,
}

impl Event {
    pub(super) fn of(self, node: &str, role: NodeRole) -> EngineEvent {
        let Self { container: _, name: _, action, happened, signal, exit_code } = self;
        EngineEvent { node: node.to_owned(), role, action, happened, signal, exit_code }
    }
}

/// Where the stream is to be resumed, and what was heard at that very moment.
#[derive(Debug)]
pub(super) struct Bookmark {
    last: i64,
    heard: VecDeque<(i64, String, EngineAction)>,
}

/// Events of the last moments that are remembered; a resumed stream begins with the last moment again.
const REMEMBERED: usize = 64;

impl Bookmark {
    /// From a moment on.
    pub(super) fn at(start: Time) -> Self {
        Self { last: start.timestamp_nanos_opt().unwrap_or_default(), heard: VecDeque::new() }
    }

    /// Opens the stream; the first poll connects.
    pub(super) fn open(&self, client: &EngineClient) -> BoxStream<'static, Result<EventMessage, EngineError>> {
        let filters = HashMap::from([
            ("type", vec!["container", "network"]),
            ("event", vec!["kill", "die", "stop", "start", "pause", "unpause", "connect", "disconnect", "destroy"]),
        ]);
        let since = format!("{}.{:09}", self.last.div_euclid(1_000_000_000), self.last.rem_euclid(1_000_000_000));
        let options = EventsOptionsBuilder::new().since(&since).filters(&filters).build();
        let stream = client.docker().events(Some(options));
        let client = client.clone();
        stream.map(move |event| event.map_err(|error| client.explain("send its events", error))).boxed()
    }

    /// Decodes an event; nothing for one that was heard before, or that means nothing here.
    pub(super) fn take(&mut self, message: EventMessage) -> Option<Event> {
        let nanos = message.time_nano.or_else(|| message.time?.checked_mul(1_000_000_000))?;
        let event = decode(message, nanos)?;
        let key = (nanos, event.container.clone(), event.action);
        if self.heard.contains(&key) {
            return None;
        }
        self.last = self.last.max(nanos);
        if self.heard.len() == REMEMBERED {
            self.heard.pop_front();
        }
        self.heard.push_back(key);
        Some(event)
    }
}

fn decode(message: EventMessage, nanos: i64) -> Option<Event> {
    let actor = message.actor?;
    let mut attributes = actor.attributes.unwrap_or_default();
    let network = message.typ == Some(EventMessageTypeEnum::NETWORK);
    let action = match (network, message.action?.as_str()) {
        (true, "connect") => EngineAction::Connect,
        (true, "disconnect") => EngineAction::Disconnect,
        (false, "kill") => EngineAction::Kill,
        (false, "die") => EngineAction::Die,
        (false, "stop") => EngineAction::Stop,
        (false, "start") => EngineAction::Start,
        (false, "pause") => EngineAction::Pause,
        (false, "unpause") => EngineAction::Unpause,
        (false, "destroy") => EngineAction::Destroy,
        _ => return None,
    };
    let number = |name: &str| attributes.get(name).and_then(|text: &String| text.parse().ok());
    let (signal, exit_code) = (number("signal"), number("exitCode"));
    Some(Event {
        container: if network { attributes.remove("container")? } else { actor.id? },
        name: if network { None } else { attributes.remove("name") },
        action,
        happened: Time::from_timestamp_nanos(nanos),
        signal: signal.filter(|_| action == EngineAction::Kill),
        exit_code: exit_code.filter(|_| action == EngineAction::Die),
    })
}

#[cfg(test)]
mod tests;
