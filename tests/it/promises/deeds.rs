//! A fault that the engine refuses: it is shown with its reason, no outage stays open, and the key means what it meant.

use super::stage::{CP, SHORT, Stage, wait_live};
use crate::program::runtime;

fn refused(status: u16) {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.healthy(&[], &[]);
        stage.engine.refuse("stop", status, 1);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        screen.send("y");
        // once in the headline, once in the hint
        screen.wait_words("the reason, twice", |words| words.matches("told to fail").count() >= 2);
        wait_live(&screen);
        assert_eq!(stage.engine.container(CP).state, "running");
        stage.wait("the end of the intent", || !stage.intent().exists()).await;
        // the key means what it meant, and does it
        stage.stop_by(&mut screen).await;
        stage.is_down(&screen).await;
        screen.signal("TERM");
        screen.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn a_stop_that_is_forbidden_is_shown_and_leaves_no_outage() {
    refused(403);
}

#[test]
fn a_stop_of_what_is_not_found_is_shown_and_leaves_no_outage() {
    refused(404);
}

#[test]
fn a_stop_that_conflicts_is_shown_and_leaves_no_outage() {
    refused(409);
}

#[test]
fn a_stop_that_fails_in_the_engine_is_shown_and_leaves_no_outage() {
    refused(500);
}

#[test]
fn after_a_fault_that_failed_nothing_is_asked_at_quit() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.healthy(&[], &[]);
        stage.engine.refuse("stop", 403, 1);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        screen.send("y");
        screen.wait_words("the reason", |words| words.contains("told to fail"));
        screen.send("q");
        assert!(screen.end().0.success());
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("start"), 0);
    });
}

#[test]
fn after_a_fault_that_failed_the_timer_starts_nothing() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.healthy(&["--restore-after", "2s"], &[]);
        stage.engine.refuse("stop", 403, 1);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        screen.send("y");
        screen.wait_words("the reason", |words| words.contains("told to fail"));
        // longer than the timer: nothing else tells that it will not run out
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        assert_eq!(stage.engine.count("start"), 0);
    });
}
