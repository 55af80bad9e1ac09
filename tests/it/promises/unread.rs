//! A terminal or a tape that accepts no more output: a restore waits for neither.

use std::{path::PathBuf, process::Command, time::Duration};

use super::stage::{CP, SHORT, Stage};
use crate::{program::runtime, terminal::Terminal};

/// Redraws that no pseudo-terminal holds: each is a whole screen of 8 kB at least, and Linux keeps some 70 kB.
const REDRAWS: u16 = 30;

/// Fills the terminal, which nobody reads.
async fn fill(screen: &mut Terminal) {
    screen.leave_unread();
    for n in 0..REDRAWS {
        screen.resize(160 - n % 2, 48);
        screen.send("?");
        // a frame is drawn 20 times a second at most
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

#[test]
fn a_terminal_that_nobody_reads_does_not_stop_the_timer() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopping(&["--restore-after", "3s"], &[]).await;
        fill(&mut screen).await;
        stage.comes_back().await;
    });
}

#[test]
fn a_terminal_that_nobody_reads_does_not_stop_a_sigterm() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        fill(&mut screen).await;
        screen.signal("TERM");
        stage.comes_back().await;
        screen.ended();
        stage.all_is_over().await;
    });
}

#[test]
fn a_terminal_that_nobody_reads_does_not_stop_a_sigterm_when_nothing_is_wrong() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.healthy(&[], &[]);
        fill(&mut screen).await;
        screen.signal("TERM");
        screen.ended();
        assert_eq!(stage.engine.count("start"), 0);
    });
}

fn fifo(stage: &Stage) -> PathBuf {
    let path = stage.home().join("tape.jsonl");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// A control plane is stopped while the tape goes to a FIFO, if the program agrees to record there.
async fn record_to(stage: &Stage, fifo: &std::path::Path) {
    let path = fifo.to_string_lossy().into_owned();
    let screen = stage.open(&["--record", &path], &[]);
    // refused by name, nothing is done to the cluster
    let refused = |words: &str| words.contains("tape.jsonl") && !words.contains("● UP");
    screen.wait_words("a dashboard or a refusal", |words| words.contains("container ● running") || refused(words));
    if screen.on_main_screen() {
        assert!(!screen.ended().success());
        return;
    }
    super::stage::wait_live(&screen);
    let mut screen = screen;
    stage.stop_by(&mut screen).await;
    stage.is_down(&screen).await;
    // more than a pipe holds
    for n in 0..100 {
        stage
            .engine
            .write_journal("demo-worker", &format!("E1122 09:29:46.416114 218 x.go:1] {n} {}", "x".repeat(1000)));
    }
    screen.signal("TERM");
    stage.comes_back().await;
    screen.ended();
    stage.all_is_over().await;
}

#[test]
fn a_tape_on_a_fifo_that_nobody_opens_does_not_stop_a_sigterm() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let fifo = fifo(&stage);
        record_to(&stage, &fifo).await;
    });
}

#[test]
fn a_tape_on_a_fifo_that_nobody_reads_does_not_stop_a_sigterm() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let fifo = fifo(&stage);
        // open at both ends, so that neither side waits for the other to open it
        let _reader = std::fs::File::options().read(true).write(true).open(&fifo).unwrap();
        record_to(&stage, &fifo).await;
    });
}

#[test]
fn a_dashboard_that_is_killed_while_nobody_reads_its_terminal_is_made_good_for() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopping(&[], &[]).await;
        fill(&mut screen).await;
        assert!(stage.engine.container(CP).ends <= 1);
        screen.signal("KILL");
        screen.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}
