//! An engine that is away, refuses or hangs at the moment when the control plane is to be started.

use std::time::Duration;

use super::stage::{CP, SHORT, Stage};
use crate::{program::runtime, terminal::PATIENCE};

const SECOND: Duration = Duration::from_secs(1);

/// The shortest wait between two tries is 0.5 s; what the machine needs to note an answer is allowed for.
const SHORTEST_GAP: Duration = Duration::from_millis(400);

/// The engine's socket is gone for `away`, from the moment of `signal`, in the middle of the stop.
fn socket_gone(away: Duration, signal: &str) {
    runtime(async {
        let stage = Stage::start(SECOND);
        let screen = stage.stopping(&[], &[]).await;
        stage.engine.go_away_for(away);
        screen.signal(signal);
        stage.comes_back_within(away + PATIENCE).await;
        screen.ended();
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("stop"), 1, "nobody stopped it again");
    });
}

#[test]
fn the_socket_gone_for_5_s_at_a_sigterm_it_comes_back() {
    socket_gone(5 * SECOND, "TERM");
}

#[test]
fn the_socket_gone_for_5_s_at_a_sigkill_it_comes_back() {
    socket_gone(5 * SECOND, "KILL");
}

#[test]
#[ignore = "takes more than a minute"]
fn the_socket_gone_for_60_s_at_a_sigterm_it_comes_back() {
    socket_gone(60 * SECOND, "TERM");
}

#[test]
#[ignore = "takes more than a minute"]
fn the_socket_gone_for_60_s_at_a_sigkill_it_comes_back() {
    socket_gone(60 * SECOND, "KILL");
}

/// Every start is refused with 500 so many times.
fn refuses(times: usize, signal: &str) {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&[], &[]).await;
        stage.engine.refuse("start", 500, times);
        screen.signal(signal);
        stage.comes_back_within(3 * PATIENCE).await;
        screen.ended();
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("start"), times + 1, "it is tried until it succeeds, and not after that");
        let gaps = stage.engine.gaps("start");
        assert!(gaps.iter().all(|gap| *gap >= SHORTEST_GAP), "a storm: {gaps:?}");
    });
}

#[test]
fn start_refused_with_500_four_times_at_a_sigterm_it_comes_back() {
    refuses(4, "TERM");
}

#[test]
fn start_refused_with_500_four_times_at_a_sigkill_it_comes_back() {
    refuses(4, "KILL");
}

#[test]
#[ignore = "takes more than a minute"]
fn start_refused_with_500_ten_times_at_a_sigkill_it_comes_back() {
    refuses(10, "KILL");
}

/// The engine looks at no request for so long. A stop is under way when it begins.
fn hangs(time: Duration, signal: &str) {
    runtime(async {
        let stage = Stage::start(SECOND);
        let screen = stage.stopping(&[], &[]).await;
        stage.engine.freeze_for(time);
        screen.signal(signal);
        stage.comes_back_within(time + PATIENCE).await;
        screen.ended();
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("stop"), 1, "nobody stopped it again");
    });
}

#[test]
fn an_engine_that_hangs_for_7_s_at_a_sigkill_it_comes_back() {
    // longer than the bound of any question
    hangs(7 * SECOND, "KILL");
}

#[test]
#[ignore = "takes half a minute"]
fn an_engine_that_hangs_for_30_s_at_a_sigterm_it_comes_back() {
    hangs(30 * SECOND, "TERM");
}

#[test]
#[ignore = "takes half a minute"]
fn an_engine_that_hangs_for_30_s_at_a_sigkill_it_comes_back() {
    hangs(30 * SECOND, "KILL");
}

#[test]
fn a_start_asked_for_during_the_stop_is_no_start() {
    runtime(async {
        let stage = Stage::start(2 * SECOND);
        let mut screen = stage.stopping(&[], &[]).await;
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before quitting?"));
        screen.send("y");
        let (status, left) = screen.end();
        assert!(status.success(), "{status:?} {left}");
        // the engine answers 304 to a start of what still runs, and the stop goes on
        let container = stage.engine.container(CP);
        assert!(container.state == "running" && container.stopping == 0, "it has left before the end: {container:?}");
        assert!(stage.api.is_ready(), "it has left before `/readyz` was 200: {left}");
        stage.all_is_over().await;
    });
}
