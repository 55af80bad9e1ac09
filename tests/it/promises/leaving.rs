//! Quitting during an outage: the messages, and the keys that still work.

use super::stage::{CP, SHORT, Stage};
use crate::{fake_engine::Mode, program::runtime};

#[test]
fn a_second_signal_ends_at_once_with_the_way_to_go_on() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&[], &[]).await;
        // nothing comes of the restore, and the program waits for it
        stage.engine.set_mode(Mode::Frozen);
        screen.signal("TERM");
        stage.wait("the main screen", || screen.on_main_screen()).await;
        screen.signal("TERM");
        let (_, left) = screen.end();
        assert!(left.contains("blackout restore"), "{left}");
        // what was promised is kept all the same
        stage.engine.set_mode(Mode::Healthy);
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

/// Whether the question of what to do with the control plane is open, and says why it is asked again.
fn asks_again(words: &str, reason: &str) -> bool {
    words.contains("leave it down") && words.contains(reason)
}

#[test]
fn a_restore_that_is_refused_at_quit_goes_back_to_the_question_with_its_reason() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        stage.engine.refuse("start", 403, usize::MAX);
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before quitting?"));
        screen.send("y");
        screen.wait_words("the question and the reason", |words| asks_again(words, "told to fail"));
        screen.send("n");
        assert!(screen.end().0.success());
        // left down by choice, it stays down, even if it was being started
        stage.all_is_over().await;
        assert_eq!(stage.engine.container(CP).state, "exited");
    });
}

#[test]
fn a_restore_that_is_refused_at_quit_can_be_asked_for_again() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        // some seconds of tries, long enough to see the question
        stage.engine.refuse("start", 500, 3);
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before quitting?"));
        screen.send("y");
        screen.wait_words("the question and the reason", |words| asks_again(words, "told to fail"));
        screen.send("y");
        let (status, left) = screen.end();
        assert!(status.success(), "{status:?} {left}");
        assert!(stage.api.is_ready(), "it has left before `/readyz` was 200: {left}");
        stage.all_is_over().await;
    });
}

#[test]
fn a_restore_at_quit_of_a_container_that_was_deleted_goes_back_to_the_question_with_its_reason() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before quitting?"));
        stage.engine.remove(CP);
        screen.send("y");
        screen.wait_words("the question and the reason", |words| asks_again(words, "was the cluster `demo` deleted?"));
        screen.send("n");
        assert!(screen.end().0.success());
        stage.wait("the end of every process", || stage.processes().is_empty()).await;
    });
}

#[test]
fn quit_waits_until_the_api_server_is_ready_and_says_so() {
    runtime(async {
        let stage = Stage::booting(SHORT, std::time::Duration::from_secs(2));
        let mut screen = stage.stopped(&[], &[]).await;
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before quitting?"));
        screen.send("\r");
        let (status, left) = screen.end();
        assert!(status.success(), "{status:?} {left}");
        assert!(stage.api.is_ready(), "it has left before `/readyz` was 200: {left}");
        assert!(left.contains(CP) && left.contains("ready"), "{left}");
        stage.all_is_over().await;
    });
}

#[test]
fn a_signal_waits_until_the_api_server_is_ready_and_says_so() {
    runtime(async {
        let stage = Stage::booting(SHORT, std::time::Duration::from_secs(2));
        let screen = stage.stopped(&[], &[]).await;
        screen.signal("TERM");
        let (status, left) = screen.end();
        assert!(status.success(), "{status:?} {left}");
        assert!(stage.api.is_ready(), "it has left before `/readyz` was 200: {left}");
        assert!(left.contains(CP) && left.contains("ready"), "{left}");
        stage.all_is_over().await;
    });
}
