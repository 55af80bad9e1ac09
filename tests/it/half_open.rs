//! Journals whose connection is half open: it stays, and brings nothing more.

use std::time::Duration;

use blackout::{
    engine::Engine,
    observation::{Observation, SourceHealth, SourceId},
    source::journal,
};

use crate::{
    ears::{Ears, health, until},
    fake_engine::{FakeEngine, entry},
};

const WORKER: &str = "demo-worker";

fn source() -> SourceId {
    SourceId::Journal(WORKER.to_owned())
}

fn entries(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| entry(number, &format!("line {number}"))).collect()
}

/// A journal of three lines that is followed.
async fn followed() -> (FakeEngine, Ears) {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 40001, &[Some(30090)]);
    (0..3).for_each(|number| engine.write_journal(WORKER, &format!("line {number}")));
    let mut ears = Ears::open();
    ears.run(journal::run(ears.context.clone(), Engine::at(engine.host()), WORKER.to_owned(), 100));
    assert_eq!(ears.lines(3).await, entries(0..3));
    (engine, ears)
}

/// Lets time pass for the sources, and nothing else happen.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// The lines of the journal among what was heard.
fn lines(heard: &[Observation]) -> Vec<String> {
    let line = |said: &Observation| match said {
        Observation::Journal(line) => Some(line.line.clone()),
        _ => None,
    };
    heard.iter().filter_map(line).collect()
}

#[tokio::test]
async fn a_dead_stream_is_resumed_at_its_last_line_while_the_api_server_is_away() {
    let (engine, mut ears) = followed().await;
    engine.half_open_execs();
    engine.write_journal(WORKER, "line 3");
    ears.context.api_server.set_down(true);
    // the source takes note of the signal before its time goes on
    tokio::task::yield_now().await;
    pass(16).await;
    let reason = ears.wait_retrying(source()).await;
    assert!(reason.contains("was silent for 15 s") && reason.contains("resuming at its last line"), "{reason}");
    assert_eq!(ears.lines(1).await, entries(3..4));
    engine.write_journal(WORKER, "line 4");
    assert_eq!(ears.lines(1).await, entries(4..5));
    let heard = ears.close().await;
    assert_eq!(lines(&heard), entries(0..5), "no line is lost, and none comes twice");
    let last = heard.iter().filter_map(|said| health(said, &source())).next_back();
    assert_eq!(last, Some(&SourceHealth::Live));
}

#[tokio::test]
async fn a_quiet_journal_is_left_alone_while_the_api_server_is_there() {
    let (engine, mut ears) = followed().await;
    pass(60).await;
    engine.write_journal(WORKER, "line 3");
    assert_eq!(ears.lines(1).await, entries(3..4));
    assert_eq!(engine.started_execs(), 1);
    let heard = ears.close().await;
    let retries = heard.iter().filter_map(|said| health(said, &source()));
    assert_eq!(retries.filter(|health| matches!(health, SourceHealth::Retrying { .. })).count(), 0);
}

#[tokio::test]
async fn after_a_sleep_of_the_machine_the_stream_is_resumed_at_once() {
    let (engine, mut ears) = followed().await;
    engine.half_open_execs();
    engine.write_journal(WORKER, "line 3");
    ears.context.woken.notify();
    let reason = ears.wait_retrying(source()).await;
    assert!(reason.contains("this machine slept"), "{reason}");
    assert_eq!(ears.lines(1).await, entries(3..4));
    until("there is a second stream", || engine.started_execs() == 2).await;
    assert_eq!(lines(&ears.close().await), entries(0..4));
}
