//! What the engine's events become.

use super::*;

fn start() -> Bookmark {
    Bookmark::at(Time::from_timestamp_nanos(0))
}

/// As the engine of the testbed sent them when the control plane was stopped and started.
const STOP: [&str; 6] = [
    r#"{"status":"kill","id":"127e","from":"kindest/node:v1.20.2","Type":"container","Action":"kill","Actor":{"ID":"127e","Attributes":{"image":"kindest/node:v1.20.2","io.x-k8s.kind.cluster":"api-server-failure","io.x-k8s.kind.role":"control-plane","name":"api-server-failure-control-plane","signal":"37"}},"scope":"local","time":1795339782,"timeNano":1795339782789898261}"#,
    r#"{"Type":"container","Action":"kill","Actor":{"ID":"127e","Attributes":{"name":"n","signal":"9"}},"scope":"local","time":1795339792,"timeNano":1795339792976095666}"#,
    r#"{"Type":"container","Action":"die","Actor":{"ID":"127e","Attributes":{"exitCode":"137","name":"n"}},"scope":"local","time":1795339793,"timeNano":1795339793385518894}"#,
    r#"{"Type":"network","Action":"disconnect","Actor":{"ID":"9dee","Attributes":{"container":"127e","name":"kind","type":"bridge"}},"scope":"local","time":1795339793,"timeNano":1795339793588670661}"#,
    r#"{"Type":"volume","Action":"unmount","Actor":{"ID":"v","Attributes":{"container":"127e"}},"scope":"local","time":1795339793,"timeNano":1795339793600079980}"#,
    r#"{"Type":"container","Action":"stop","Actor":{"ID":"127e","Attributes":{"name":"n"}},"scope":"local","time":1795339793,"timeNano":1795339793616989187}"#,
];

fn messages() -> Vec<EventMessage> {
    STOP.iter().map(|json| serde_json::from_str(json).unwrap()).collect()
}

#[test]
fn a_stop_is_told_in_the_engines_words_and_time() {
    let mut bookmark = start();
    let events: Vec<_> = messages().into_iter().filter_map(|message| bookmark.take(message)).collect();
    let actions: Vec<_> = events.iter().map(|event| event.action).collect();
    use EngineAction::{Die, Disconnect, Kill, Stop};
    assert_eq!(actions, [Kill, Kill, Die, Disconnect, Stop]);
    assert!(events.iter().all(|event| event.container == "127e"));
    assert_eq!((events[0].signal, events[1].signal, events[2].signal), (Some(37), Some(9), None));
    assert_eq!(events[2].exit_code, Some(137));
    assert_eq!(events[0].happened.timestamp_nanos_opt(), Some(1_795_339_782_789_898_261));
    assert_eq!(bookmark.last, 1_795_339_793_616_989_187);
}

#[test]
fn a_resumed_stream_repeats_nothing() {
    let mut bookmark = start();
    let first = messages().into_iter().filter_map(|message| bookmark.take(message)).count();
    let again = messages().into_iter().filter_map(|message| bookmark.take(message)).count();
    assert_eq!((first, again), (5, 0));
}

#[test]
fn two_events_of_one_moment_are_both_told() {
    let mut bookmark = start();
    let event = |action: &str| {
        let json = format!(r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"a"}},"timeNano":5}}"#);
        serde_json::from_str::<EventMessage>(&json).unwrap()
    };
    assert!(bookmark.take(event("die")).is_some());
    assert!(bookmark.take(event("stop")).is_some());
    assert!(bookmark.take(event("die")).is_none());
}

#[test]
fn odd_events_are_left_out() {
    let mut bookmark = start();
    for json in [
        "{}",
        r#"{"Type":"container","Action":"die","timeNano":1}"#,
        r#"{"Type":"network","Action":"connect","Actor":{"ID":"n","Attributes":{}},"timeNano":1}"#,
        r#"{"Type":"container","Action":"exec_create: sh -c kill","Actor":{"ID":"a"},"timeNano":1}"#,
        r#"{"Type":"container","Action":"die","Actor":{"ID":"a"}}"#,
    ] {
        assert_eq!(bookmark.take(serde_json::from_str(json).unwrap()), None, "{json}");
    }
}
