//! On the way out: what is said, and what a person can still do.

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
        stage.engine.set_mode(Mode::Well);
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn a_restore_that_fails_at_quit_goes_back_to_the_question_with_its_reason() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        // an engine that forbids it will not change its mind
        stage.engine.refuse("start", 403, usize::MAX);
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before leaving?"));
        screen.send("y");
        screen.wait_words("the question and the reason", |words| {
            words.contains("before leaving?") && words.contains("told to fail")
        });
        // "n" is an answer to the question only
        screen.send("n");
        assert!(screen.end().0.success());
        assert_eq!(stage.engine.container(CP).state, "exited");
        stage.wait("the end of every process", || stage.processes().is_empty()).await;
    });
}

#[test]
fn a_restore_that_fails_at_quit_can_be_tried_again() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        stage.engine.refuse("start", 403, 1);
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before leaving?"));
        screen.send("y");
        screen.wait_words("the question and the reason", |words| {
            words.contains("before leaving?") && words.contains("told to fail")
        });
        screen.send("y");
        let (status, left) = screen.end();
        assert!(status.success(), "{status:?} {left}");
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn quit_waits_until_the_api_server_is_ready_and_says_so() {
    runtime(async {
        let stage = Stage::booting(SHORT, std::time::Duration::from_secs(2));
        let mut screen = stage.stopped(&[], &[]).await;
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before leaving?"));
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
