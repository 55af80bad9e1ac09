//! Conversion of the engine's events.

use super::*;

fn start() -> EventCheckpoint {
    EventCheckpoint::at(Time::from_timestamp_nanos(0))
}

/// Events of a real engine during `docker stop` of a control plane.
const STOP: &str = include_str!("../../../../tests/fixtures/engine/stop-events.jsonl");

fn messages() -> Vec<EventMessage> {
    STOP.lines().map(|json| serde_json::from_str(json).unwrap()).collect()
}

#[test]
fn a_stop_has_the_engine_s_actions_and_times() {
    let mut checkpoint = start();
    let events: Vec<_> = messages().into_iter().filter_map(|message| checkpoint.accept(message)).collect();
    let actions: Vec<_> = events.iter().map(|event| event.action).collect();
    use EngineAction::{Die, Disconnect, Kill, Stop};
    assert_eq!(actions, [Kill, Kill, Die, Disconnect, Stop]);
    assert!(events.iter().all(|event| event.container == "127e"));
    assert_eq!((events[0].signal, events[1].signal, events[2].signal), (Some(37), Some(9), None));
    assert_eq!(events[2].exit_code, Some(137));
    assert_eq!(events[0].happened.timestamp_nanos_opt(), Some(1_795_339_782_789_898_261));
    assert_eq!(checkpoint.last, 1_795_339_793_616_989_187);
}

#[test]
fn a_resumed_stream_repeats_no_event() {
    let mut checkpoint = start();
    let first = messages().into_iter().filter_map(|message| checkpoint.accept(message)).count();
    let again = messages().into_iter().filter_map(|message| checkpoint.accept(message)).count();
    assert_eq!((first, again), (5, 0));
}

#[test]
fn two_events_of_one_moment_are_both_accepted() {
    let mut checkpoint = start();
    let event = |action: &str| {
        let json = format!(r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"a"}},"timeNano":5}}"#);
        serde_json::from_str::<EventMessage>(&json).unwrap()
    };
    assert!(checkpoint.accept(event("die")).is_some());
    assert!(checkpoint.accept(event("stop")).is_some());
    assert!(checkpoint.accept(event("die")).is_none());
}

#[test]
fn incomplete_and_other_events_are_left_out() {
    let mut checkpoint = start();
    for json in [
        "{}",
        r#"{"Type":"container","Action":"die","timeNano":1}"#,
        r#"{"Type":"network","Action":"connect","Actor":{"ID":"n","Attributes":{}},"timeNano":1}"#,
        r#"{"Type":"container","Action":"exec_create: sh -c kill","Actor":{"ID":"a"},"timeNano":1}"#,
        r#"{"Type":"container","Action":"die","Actor":{"ID":"a"}}"#,
    ] {
        assert_eq!(checkpoint.accept(serde_json::from_str(json).unwrap()), None, "{json}");
    }
}
