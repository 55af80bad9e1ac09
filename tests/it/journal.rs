//! The journal source against a fake engine.

use blackout::{
    engine::Engine,
    observation::{Observation, SourceHealth, SourceId},
    source::journal,
};

use crate::{
    fake_engine::{FakeEngine, Mode, entry},
    observations::{ObservationSink, health, until},
};

const WORKER: &str = "demo-worker";

fn source() -> SourceId {
    SourceId::Journal(WORKER.to_owned())
}

fn demo(lines: usize) -> FakeEngine {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 40001, &[Some(30090)]);
    for number in 0..lines {
        engine.write_journal(WORKER, &format!("line {number}"));
    }
    engine
}

fn run(sink: &mut ObservationSink, engine: &FakeEngine, history: u32) {
    sink.spawn(journal::run(sink.context.clone(), Engine::at(engine.host()), WORKER.to_owned(), history));
}

fn entries(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| entry(number, &format!("line {number}"))).collect()
}

#[tokio::test]
async fn a_journal_begins_with_the_last_lines_and_is_followed() {
    let engine = demo(10);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 3);
    assert_eq!(sink.lines(3).await, entries(7..10));
    engine.write_journal(WORKER, "line 10");
    assert_eq!(sink.lines(1).await, entries(10..11));
    sink.close().await;
}

#[tokio::test]
async fn lines_are_complete_wherever_the_chunks_end() {
    for bytes in [1, 2, 3, 5, 7, 8, 9, 64, 100] {
        let engine = demo(4);
        engine.change(WORKER, |container| container.journal.push(entry(4, "Grüße €")));
        engine.cut_output(bytes);
        let mut sink = ObservationSink::new();
        run(&mut sink, &engine, 100);
        let mut expected = entries(0..4);
        expected.push(entry(4, "Grüße €"));
        assert_eq!(sink.lines(5).await, expected, "cut every {bytes} bytes");
        sink.close().await;
    }
}

#[tokio::test]
async fn a_line_beyond_a_megabyte_is_cut_and_loses_nothing_else() {
    let engine = demo(1);
    engine.write_journal(WORKER, &"x".repeat(3 << 20));
    engine.write_journal(WORKER, "line 2");
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    let lines = sink.lines(3).await;
    assert_eq!(lines[0], entries(0..1)[0]);
    assert!(lines[1].len() < (1 << 20) + 100 && lines[1].ends_with("[cut by blackout at 1 MiB]"));
    assert_eq!(lines[2], entries(2..3)[0]);
    sink.close().await;
}

#[tokio::test]
async fn a_worker_that_restarts_neither_loses_nor_repeats_a_line() {
    let engine = demo(3);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    assert_eq!(sink.lines(3).await, entries(0..3));
    engine.change(WORKER, |container| container.state = "exited");
    let error = sink.wait_retrying(source()).await;
    assert!(error.contains("demo-worker is stopped"), "{error}");
    engine.change(WORKER, |container| container.state = "running");
    engine.write_journal(WORKER, "line 3");
    engine.write_journal(WORKER, "line 4");
    assert_eq!(sink.lines(2).await, entries(3..5));
    sink.close().await;
}

#[tokio::test]
async fn an_engine_that_restarts_neither_loses_nor_repeats_a_line() {
    let engine = demo(3);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    assert_eq!(sink.lines(3).await, entries(0..3));
    engine.go_away();
    sink.wait_retrying(source()).await;
    engine.write_journal(WORKER, "line 3");
    engine.come_back();
    assert_eq!(sink.lines(1).await, entries(3..4));
    sink.close().await;
}

#[tokio::test]
async fn a_recreated_journal_loses_no_line_that_is_new() {
    let engine = demo(5);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    assert_eq!(sink.lines(5).await, entries(0..5));
    engine.change(WORKER, |container| container.state = "exited");
    sink.wait_retrying(source()).await;
    engine.change(WORKER, |container| {
        // Such a journal does not have the cursor: the entry at the same position is another one.
        container.journal = (0..7).map(|number| entry(100 + number, "anew")).collect();
        container.state = "running";
    });
    assert_eq!(sink.lines(3).await, [entry(104, "anew"), entry(105, "anew"), entry(106, "anew")]);
    sink.close().await;
}

#[tokio::test]
async fn a_paused_worker_is_detected_by_its_silence() {
    let engine = demo(1);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    sink.lines(1).await;
    engine.change(WORKER, |container| container.state = "paused");
    sink.wait_error(source(), "is paused").await;
    engine.change(WORKER, |container| container.state = "running");
    engine.write_journal(WORKER, "line 1");
    assert_eq!(sink.lines(1).await, entries(1..2));
    sink.close().await;
}

#[tokio::test]
async fn a_worker_without_journalctl_is_reported() {
    let engine = demo(1);
    engine.change(WORKER, |container| container.exec_failure = Some((127, "sh: journalctl: not found\n".to_owned())));
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    let error = sink.wait_error(source(), "has no journalctl").await;
    assert!(error.contains("sh: journalctl: not found"), "{error}");
    sink.close().await;
}

#[tokio::test]
async fn journalctl_that_ends_is_started_again() {
    let engine = demo(1);
    engine.change(WORKER, |container| container.exec_failure = Some((1, "Failed to open files".to_owned())));
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    sink.wait_error(source(), "Failed to open files").await;
    engine.change(WORKER, |container| container.exec_failure = None);
    assert_eq!(sink.lines(1).await, entries(0..1));
    sink.close().await;
}

#[tokio::test]
async fn an_engine_that_hangs_delays_neither_the_journal_nor_the_end() {
    let engine = demo(1);
    engine.set_mode(Mode::Hang);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    sink.wait_error(source(), "does not answer").await;
    engine.set_mode(Mode::Healthy);
    sink.lines(1).await;
    engine.set_mode(Mode::Hang);
    sink.close().await;
}

#[tokio::test]
async fn nothing_runs_in_the_worker_after_the_end() {
    let engine = demo(1);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    sink.lines(1).await;
    assert_eq!(engine.running_execs(), 1);
    sink.close().await;
    assert_eq!(engine.running_execs(), 0);
}

#[tokio::test]
async fn nothing_runs_in_the_worker_after_this_program_was_killed() {
    let engine = demo(1);
    let mut sink = ObservationSink::new();
    run(&mut sink, &engine, 100);
    sink.lines(1).await;
    // A SIGKILL leaves only closed sockets.
    drop(sink);
    until("the exec has ended", || engine.running_execs() == 0).await;
}

#[tokio::test]
async fn a_session_that_does_not_keep_up_gets_the_count_of_dropped_lines() {
    let engine = demo(0);
    let mut sink = ObservationSink::with_capacity(60);
    run(&mut sink, &engine, 10_000);
    sink.wait_live(source()).await;
    engine.change(WORKER, |container| container.journal = entries(0..500));
    let context = sink.context.clone();
    // Nothing is received until the channel is full.
    until("the channel is full", || {
        context.feed.try_send_batch(vec![Observation::Mark { word: String::new() }; 20]).is_err()
    })
    .await;
    tokio::task::yield_now().await;
    let dropped = sink
        .wait("the count", |observation| match observation {
            Observation::JournalDropped { lines, .. } => Some(*lines),
            _ => None,
        })
        .await;
    assert!(dropped > 0);
    sink.wait("lagging", |observation| {
        matches!(health(observation, &source())?, SourceHealth::Lagging { dropped: all } if *all >= dropped)
            .then_some(())
    })
    .await;
    sink.wait_live(source()).await;
    let received = sink.close().await;
    let lines = received.iter().filter(|observation| matches!(observation, Observation::Journal(_))).count() as u64;
    let dropped: u64 = received
        .iter()
        .filter_map(|observation| match observation {
            Observation::JournalDropped { lines, .. } => Some(*lines),
            _ => None,
        })
        .sum();
    assert_eq!(lines + dropped, 500, "every line was sent or counted");
}
