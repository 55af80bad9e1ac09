//! Other people and other dashboards on the same cluster: their changes since the fault are not undone.

use super::stage::{CP, SHORT, Stage, is_down, wait_live};
use crate::program::runtime;

fn says_who_watches(words: &str) -> bool {
    words.to_lowercase().contains("another blackout (pid ")
}

#[test]
fn a_second_dashboard_says_who_watches_and_undoes_nothing() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let first = stage.stopped(&[], &[]).await;
        let mut second = stage.open(&[], &[]);
        second.wait_words("the other one", says_who_watches);
        let words = second.words().to_lowercase();
        assert!(!words.contains("an earlier run was ended"), "{words}");
        let pid = words.split("another blackout (pid ").nth(1).and_then(|rest| rest.split(')').next()).unwrap();
        let watches = stage.processes().iter().any(|process| process.pid.to_string() == pid);
        assert!(watches && pid != second.pid().to_string(), "{pid}: {words}");
        second.send("q");
        assert!(second.end().0.success(), "there is nothing to ask");
        assert_eq!(stage.engine.count("start"), 0);
        assert!(is_down(&stage.engine.container(CP)));
        first.signal("TERM");
        first.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn a_second_dashboard_that_is_killed_takes_nothing_from_the_first() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let first = stage.stopped(&[], &[]).await;
        let second = stage.open(&[], &[]);
        second.wait_words("the other one", says_who_watches);
        second.signal("KILL");
        second.ended();
        assert_eq!(stage.engine.count("start"), 0);
        assert!(stage.intent().is_file());
        first.signal("KILL");
        first.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn a_second_dashboard_does_no_fault() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut second = stage.healthy(&[], &[]);
        let mut first = stage.healthy(&[], &[]);
        // the confirmation has a guard: from here on the first one watches
        first.send("s");
        first.wait_for("Stop the control plane");
        stage.wait("a guard", || stage.guards().len() == 1).await;
        second.send("s");
        second.wait_words("the other one", says_who_watches);
        second.send("y");
        second.send("q");
        second.ended();
        assert_eq!(stage.engine.count("stop"), 0, "the second did something");
        first.send("y");
        stage.is_down(&first).await;
        first.signal("TERM");
        first.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn after_a_colleagues_start_nothing_is_asked_at_quit_and_nothing_done() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        stage.engine.start_by_somebody_else(CP);
        wait_live(&screen);
        stage.wait("the end of the intent", || !stage.intent().exists()).await;
        screen.send("q");
        let (status, left) = screen.end();
        assert!(status.success(), "{status:?} {left}");
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("start"), 0, "it was started by somebody else");
    });
}

/// A colleague starts what we have stopped and stops it for themselves; then our dashboard ends by `signal`.
fn later_stop(signal: &str) {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&["--restore-after", "6s"], &[]).await;
        stage.engine.start_by_somebody_else(CP);
        wait_live(&screen);
        stage.engine.stop_by_somebody_else(CP).await;
        stage.is_down(&screen).await;
        screen.signal(signal);
        screen.ended();
        stage.all_is_over().await;
        assert!(is_down(&stage.engine.container(CP)), "their stop was undone");
        assert_eq!(stage.engine.count("start"), 0, "their stop was undone");
    });
}

#[test]
fn a_colleagues_start_and_later_stop_are_not_undone_by_a_sigterm() {
    later_stop("TERM");
}

#[test]
fn a_colleagues_start_and_later_stop_are_not_undone_by_a_sigkill() {
    later_stop("KILL");
}

#[test]
fn a_colleagues_start_and_later_stop_are_not_undone_by_the_timer() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&["--restore-after", "3s"], &[]).await;
        stage.engine.start_by_somebody_else(CP);
        wait_live(&screen);
        stage.engine.stop_by_somebody_else(CP).await;
        stage.is_down(&screen).await;
        // longer than the timer: nothing else tells that it will not run out
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        screen.send("q");
        assert!(screen.end().0.success(), "there is nothing to ask");
        assert_eq!(stage.engine.count("start"), 0, "their stop was undone");
    });
}
