//! Event stream of the engine, resumed at the last event without gaps or repeats.
//!
//! A network's event names the container in an attribute and lacks the container's labels, so the engine can't filter
//! events by label: the caller selects those of the cluster by the container's id.

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

/// Event of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContainerEvent {
    /// Id of the container.
    pub(super) container: String,
    pub(super) action: EngineAction,
    pub(super) happened: Time,
    signal: Option<i64>,
    exit_code: Option<i64>,
}

impl ContainerEvent {
    /// Converts the event of a node's container into a fact.
    pub(super) fn into_fact(self, node: &str, role: NodeRole) -> EngineEvent {
        let Self { container: _, action, happened, signal, exit_code } = self;
        EngineEvent { node: node.to_owned(), role, action, happened, signal, exit_code }
    }
}

/// Position at which the stream is to be resumed, with the latest events, because the stream repeats those of that
/// moment.
#[derive(Debug)]
pub(super) struct EventCheckpoint {
    /// Time of the latest event, in nanoseconds since 1970.
    last: i64,
    /// Latest events: time, container and action.
    seen: VecDeque<(i64, String, EngineAction)>,
}

/// Number of events that a checkpoint keeps: several times those of one moment in a large cluster.
const KEPT_EVENTS: usize = 64;

impl EventCheckpoint {
    /// Creates a checkpoint at a time.
    pub(super) fn at(start: Time) -> Self {
        Self { last: start.timestamp_nanos_opt().unwrap_or_default(), seen: VecDeque::new() }
    }

    /// Opens the stream, which connects at the first poll.
    pub(super) fn open(&self, client: &EngineClient) -> BoxStream<'static, Result<EventMessage, EngineError>> {
        let filters = HashMap::from([
            ("type", vec!["container", "network"]),
            ("event", vec!["kill", "die", "stop", "start", "pause", "unpause", "connect", "disconnect", "destroy"]),
        ]);
        let since = format!("{}.{:09}", self.last.div_euclid(1_000_000_000), self.last.rem_euclid(1_000_000_000));
        let options = EventsOptionsBuilder::new().since(&since).filters(&filters).build();
        let stream = client.docker().events(Some(options));
        let client = client.clone();
        stream.map(move |event| event.map_err(|error| client.error("send its events", error))).boxed()
    }

    /// Decodes an event and moves the checkpoint. `None` for a repeated event, or one of another kind.
    pub(super) fn accept(&mut self, message: EventMessage) -> Option<ContainerEvent> {
        let nanos = message.time_nano.or_else(|| message.time?.checked_mul(1_000_000_000))?;
        let event = decode(message, nanos)?;
        let key = (nanos, event.container.clone(), event.action);
        if self.seen.contains(&key) {
            return None;
        }
        self.last = self.last.max(nanos);
        if self.seen.len() == KEPT_EVENTS {
            self.seen.pop_front();
        }
        self.seen.push_back(key);
        Some(event)
    }
}

fn decode(message: EventMessage, nanos: i64) -> Option<ContainerEvent> {
    let actor = message.actor?;
    let mut attributes = actor.attributes.unwrap_or_default();
    let is_network = message.typ == Some(EventMessageTypeEnum::NETWORK);
    let action = match (is_network, message.action?.as_str()) {
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
    Some(ContainerEvent {
        container: if is_network { attributes.remove("container")? } else { actor.id? },
        action,
        happened: Time::from_timestamp_nanos(nanos),
        signal: signal.filter(|_| action == EngineAction::Kill),
        exit_code: exit_code.filter(|_| action == EngineAction::Die),
    })
}

#[cfg(test)]
mod tests;
