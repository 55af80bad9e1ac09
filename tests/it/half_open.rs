//! Journals whose connection is half open: it stays, and sends nothing more.

use std::time::Duration;

use blackout::{
    engine::Engine,
    observation::{Observation, SourceHealth, SourceId},
    source::journal,
};

use crate::{
    fake_engine::{FakeEngine, entry},
    observations::{ObservationSink, health, until},
};

const WORKER: &str = "demo-worker";

fn source() -> SourceId {
    SourceId::Journal(WORKER.to_owned())
}

fn entries(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| entry(number, &format!("line {number}"))).collect()
}

/// A journal of three lines, followed by a source.
async fn followed_journal() -> (FakeEngine, ObservationSink) {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 40001, &[Some(30090)]);
    (0..3).for_each(|number| engine.write_journal(WORKER, &format!("line {number}")));
    let mut sink = ObservationSink::new();
    sink.spawn(journal::run(sink.context.clone(), Engine::at(engine.host()), WORKER.to_owned(), 100));
    assert_eq!(sink.lines(3).await, entries(0..3));
    (engine, sink)
}

/// Advances the time of the sources without anything else.
async fn advance(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Lines of the journal in a list of observations.
fn lines(received: &[Observation]) -> Vec<String> {
    let line = |observation: &Observation| match observation {
        Observation::Journal(line) => Some(line.line.clone()),
        _ => None,
    };
    received.iter().filter_map(line).collect()
}

#[tokio::test]
async fn a_dead_stream_is_resumed_at_its_last_line_while_the_api_server_is_down() {
    let (engine, mut sink) = followed_journal().await;
    engine.half_open_execs();
    engine.write_journal(WORKER, "line 3");
    sink.context.api_server.set_down(true);
    // Lets the source receive the signal before its time advances.
    tokio::task::yield_now().await;
    advance(16).await;
    let error = sink.wait_retrying(source()).await;
    assert!(error.contains("has been silent for 15 s") && error.contains("at its last line"), "{error}");
    assert_eq!(sink.lines(1).await, entries(3..4));
    engine.write_journal(WORKER, "line 4");
    assert_eq!(sink.lines(1).await, entries(4..5));
    let received = sink.close().await;
    assert_eq!(lines(&received), entries(0..5), "no line is lost or repeated");
    let last = received.iter().filter_map(|observation| health(observation, &source())).next_back();
    assert_eq!(last, Some(&SourceHealth::Live));
}

#[tokio::test]
async fn an_idle_journal_is_left_open_while_the_api_server_is_up() {
    let (engine, mut sink) = followed_journal().await;
    advance(60).await;
    engine.write_journal(WORKER, "line 3");
    assert_eq!(sink.lines(1).await, entries(3..4));
    assert_eq!(engine.started_execs(), 1);
    let received = sink.close().await;
    let retries = received.iter().filter_map(|observation| health(observation, &source()));
    assert_eq!(retries.filter(|health| matches!(health, SourceHealth::Retrying { .. })).count(), 0);
}

#[tokio::test]
async fn after_a_sleep_of_the_machine_the_stream_is_resumed_at_once() {
    let (engine, mut sink) = followed_journal().await;
    engine.half_open_execs();
    engine.write_journal(WORKER, "line 3");
    sink.context.woken.notify();
    let error = sink.wait_retrying(source()).await;
    assert!(error.contains("this machine slept"), "{error}");
    assert_eq!(sink.lines(1).await, entries(3..4));
    until("there is a second stream", || engine.started_execs() == 2).await;
    assert_eq!(lines(&sink.close().await), entries(0..4));
}
