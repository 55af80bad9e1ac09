//! The journals as a source.

use blackout::{
    engine::Engine,
    observation::{Observation, SourceHealth, SourceId},
    source::journal,
};

use crate::{
    ears::{Ears, health, until},
    fake_engine::{FakeEngine, Mode, entry},
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

fn run(ears: &mut Ears, engine: &FakeEngine, history: u32) {
    ears.run(journal::run(ears.context.clone(), Engine::at(engine.host()), WORKER.to_owned(), history));
}

fn entries(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| entry(number, &format!("line {number}"))).collect()
}

#[tokio::test]
async fn it_begins_with_the_last_lines_and_follows() {
    let engine = demo(10);
    let mut ears = Ears::open();
    run(&mut ears, &engine, 3);
    assert_eq!(ears.lines(3).await, entries(7..10));
    engine.write_journal(WORKER, "line 10");
    assert_eq!(ears.lines(1).await, entries(10..11));
    ears.close().await;
}

#[tokio::test]
async fn lines_are_whole_wherever_the_stream_was_cut() {
    for bytes in [1, 2, 3, 5, 7, 8, 9, 64, 100] {
        let engine = demo(4);
        engine.change(WORKER, |container| container.journal.push(entry(4, "Grüße €")));
        engine.cut_output(bytes);
        let mut ears = Ears::open();
        run(&mut ears, &engine, 100);
        let mut expected = entries(0..4);
        expected.push(entry(4, "Grüße €"));
        assert_eq!(ears.lines(5).await, expected, "cut every {bytes} bytes");
        ears.close().await;
    }
}

#[tokio::test]
async fn a_line_beyond_a_megabyte_is_cut_and_loses_nothing_else() {
    let engine = demo(1);
    engine.write_journal(WORKER, &"x".repeat(3 << 20));
    engine.write_journal(WORKER, "line 2");
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    let lines = ears.lines(3).await;
    assert_eq!(lines[0], entries(0..1)[0]);
    assert!(lines[1].len() < (1 << 20) + 100 && lines[1].ends_with("[cut by blackout at 1 MiB]"));
    assert_eq!(lines[2], entries(2..3)[0]);
    ears.close().await;
}

#[tokio::test]
async fn a_worker_that_restarts_neither_loses_nor_repeats_a_line() {
    let engine = demo(3);
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    assert_eq!(ears.lines(3).await, entries(0..3));
    engine.change(WORKER, |container| container.state = "exited");
    let reason = ears.wait_retrying(source()).await;
    assert!(reason.contains("demo-worker is stopped"), "{reason}");
    engine.change(WORKER, |container| container.state = "running");
    engine.write_journal(WORKER, "line 3");
    engine.write_journal(WORKER, "line 4");
    assert_eq!(ears.lines(2).await, entries(3..5));
    ears.close().await;
}

#[tokio::test]
async fn an_engine_that_restarts_neither_loses_nor_repeats_a_line() {
    let engine = demo(3);
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    assert_eq!(ears.lines(3).await, entries(0..3));
    engine.go_away();
    ears.wait_retrying(source()).await;
    engine.write_journal(WORKER, "line 3");
    engine.come_back();
    assert_eq!(ears.lines(1).await, entries(3..4));
    ears.close().await;
}

#[tokio::test]
async fn a_journal_that_was_made_anew_is_read_from_its_start() {
    let engine = demo(5);
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    assert_eq!(ears.lines(5).await, entries(0..5));
    engine.change(WORKER, |container| container.state = "exited");
    ears.wait_retrying(source()).await;
    engine.change(WORKER, |container| {
        // as a journal that does not know the cursor: what is at the same place is another entry
        container.journal = (0..7).map(|number| entry(100 + number, "anew")).collect();
        container.state = "running";
    });
    assert_eq!(ears.lines(3).await, [entry(104, "anew"), entry(105, "anew"), entry(106, "anew")]);
    ears.close().await;
}

#[tokio::test]
async fn a_paused_worker_is_found_out_by_its_silence() {
    let engine = demo(1);
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    ears.lines(1).await;
    engine.change(WORKER, |container| container.state = "paused");
    ears.wait_reason(source(), "is paused").await;
    engine.change(WORKER, |container| container.state = "running");
    engine.write_journal(WORKER, "line 1");
    assert_eq!(ears.lines(1).await, entries(1..2));
    ears.close().await;
}

#[tokio::test]
async fn a_worker_without_journalctl_says_so() {
    let engine = demo(1);
    engine.change(WORKER, |container| container.exec_fails = Some((127, "sh: journalctl: not found\n".to_owned())));
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    let reason = ears.wait_reason(source(), "has no journalctl").await;
    assert!(reason.contains("sh: journalctl: not found"), "{reason}");
    ears.close().await;
}

#[tokio::test]
async fn journalctl_that_ends_by_itself_is_started_again() {
    let engine = demo(1);
    engine.change(WORKER, |container| container.exec_fails = Some((1, "Failed to open files".to_owned())));
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    ears.wait_reason(source(), "Failed to open files").await;
    engine.change(WORKER, |container| container.exec_fails = None);
    assert_eq!(ears.lines(1).await, entries(0..1));
    ears.close().await;
}

#[tokio::test]
async fn a_hung_engine_holds_up_neither_the_journal_nor_the_end() {
    let engine = demo(1);
    engine.set_mode(Mode::Hang);
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    ears.wait_reason(source(), "does not answer").await;
    engine.set_mode(Mode::Well);
    ears.lines(1).await;
    engine.set_mode(Mode::Hang);
    ears.close().await;
}

#[tokio::test]
async fn nothing_runs_in_the_worker_after_the_end() {
    let engine = demo(1);
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    ears.lines(1).await;
    assert_eq!(engine.running_execs(), 1);
    ears.close().await;
    assert_eq!(engine.running_execs(), 0);
}

#[tokio::test]
async fn nothing_runs_in_the_worker_after_this_program_was_killed() {
    let engine = demo(1);
    let mut ears = Ears::open();
    run(&mut ears, &engine, 100);
    ears.lines(1).await;
    // what a SIGKILL leaves of it: closed sockets
    drop(ears);
    until("the exec has ended", || engine.running_execs() == 0).await;
}

#[tokio::test]
async fn a_session_that_does_not_keep_up_gets_a_count_of_what_was_dropped() {
    let engine = demo(0);
    let mut ears = Ears::with_room(60);
    run(&mut ears, &engine, 10_000);
    ears.wait_live(source()).await;
    engine.change(WORKER, |container| container.journal = entries(0..500));
    let context = ears.context.clone();
    // nobody listens until the channel is full
    until("the channel is full", || {
        context.feed.try_send_batch(vec![Observation::Mark { word: String::new() }; 20]).is_err()
    })
    .await;
    tokio::task::yield_now().await;
    let dropped = ears
        .wait("the count", |said| match said {
            Observation::JournalDropped { lines, .. } => Some(*lines),
            _ => None,
        })
        .await;
    assert!(dropped > 0);
    ears.wait("lagging", |said| {
        matches!(health(said, &source())?, SourceHealth::Lagging { dropped: all } if *all >= dropped).then_some(())
    })
    .await;
    ears.wait_live(source()).await;
    let said = ears.close().await;
    let lines = said.iter().filter(|said| matches!(said, Observation::Journal(_))).count() as u64;
    let dropped: u64 = said
        .iter()
        .filter_map(|said| match said {
            Observation::JournalDropped { lines, .. } => Some(*lines),
            _ => None,
        })
        .sum();
    assert_eq!(lines + dropped, 500, "every line arrived or was counted");
}
