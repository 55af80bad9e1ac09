//! Conversion of the API server's objects.

use super::*;

#[test]
fn a_node_without_a_ready_condition_is_unknown() {
    let node: Node = serde_json::from_str(r#"{"metadata":{"name":"n"}}"#).unwrap();
    let Some(Observation::Node(fact)) = node.fact() else { panic!("a node gives a fact") };
    assert_eq!((fact.ready, fact.since, fact.cordoned), (NodeReadiness::Unknown, None, false));
}

#[test]
fn a_cordoned_node_that_is_not_ready_has_both_and_its_transition_time() {
    let json = r#"{"metadata":{"name":"n"},"spec":{"unschedulable":true},"status":{"conditions":[
        {"type":"MemoryPressure","status":"False"},
        {"type":"Ready","status":"False","lastTransitionTime":"2026-11-22T09:00:00Z"}]}}"#;
    let node: Node = serde_json::from_str(json).unwrap();
    let Some(Observation::Node(fact)) = node.fact() else { panic!("a node gives a fact") };
    assert_eq!((fact.ready, fact.cordoned), (NodeReadiness::NotReady, true));
    assert_eq!(fact.since.unwrap().to_rfc3339(), "2026-11-22T09:00:00+00:00");
}

#[test]
fn a_lease_that_was_never_renewed_gives_no_fact() {
    let lease: Lease = serde_json::from_str(r#"{"metadata":{"name":"n"},"spec":{}}"#).unwrap();
    assert_eq!(lease.fact(), None);
}
