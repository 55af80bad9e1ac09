//! The intent of an earlier run: its restore is offered if the fault is still in effect, and blocks nothing otherwise.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command, time::Duration};

use super::{
    processes,
    stage::{CP, SHORT, Stage, is_down},
};
use crate::{program::runtime, terminal::Terminal};

const OFFER: &str = "Start the control plane";

/// A stage whose control plane is down, by whomever.
async fn down() -> Stage {
    let stage = Stage::start(SHORT);
    stage.engine.stop_by_somebody_else(CP).await;
    stage
}

/// Waits until the program shows that the control plane is down, and checks that it offers nothing.
fn offers_nothing(screen: &Terminal) {
    screen.wait_words("the end of the container", |words| words.contains("■ DOWN") && words.contains("exited"));
    assert!(!screen.text().contains(OFFER), "it offers what nobody has left behind:\n{}", screen.text());
}

/// The intent cannot be read, or is about something else: the program shows that the control plane is down, and its keys
/// work.
async fn is_ignored(stage: &Stage) {
    let mut screen = stage.open(&[], &[]);
    offers_nothing(&screen);
    screen.send("?");
    screen.wait_for("Keys");
    screen.send("\x1b");
    screen.wait_words("the dashboard", |words| !words.contains("Keys"));
    screen.send("q");
    assert!(screen.end().0.success());
    assert_eq!(stage.engine.count("start"), 0, "nobody asked for it");
}

#[test]
fn of_a_stop_whose_control_plane_is_still_down_it_is_offered() {
    runtime(async {
        let stage = down().await;
        stage.write_intent(CP, "stop");
        let mut screen = stage.open(&[], &[]);
        screen.wait_for(OFFER);
        screen.send("y");
        stage.comes_back().await;
        screen.wait_for("● UP");
        stage.wait("the end of the intent", || !stage.intent().exists()).await;
    });
}

#[test]
fn of_a_stop_whose_control_plane_has_long_been_well_it_is_not_offered_and_goes() {
    runtime(async {
        let stage = Stage::start(SHORT);
        stage.write_intent(CP, "stop");
        let mut screen = stage.healthy(&[], &[]);
        assert!(!screen.text().contains(OFFER), "{}", screen.text());
        stage.wait("the end of the intent", || !stage.intent().exists()).await;
        screen.send("q");
        assert!(screen.end().0.success(), "there is nothing to ask");
        assert_eq!(stage.engine.count("start"), 0);
    });
}

#[test]
fn of_a_pause_it_is_offered_at_once() {
    runtime(async {
        let stage = Stage::start(SHORT);
        stage.engine.change(CP, |container| container.state = "paused");
        stage.write_intent(CP, "pause");
        let mut screen = stage.open(&[], &[]);
        screen.wait_for(OFFER);
        screen.send("y");
        stage.engine.until(CP, "the thaw", |container| container.state == "running").await;
    });
}

#[test]
fn of_a_control_plane_that_is_cut_off_it_is_offered_though_the_container_runs() {
    runtime(async {
        let stage = Stage::start(SHORT);
        stage.engine.change(CP, |container| container.networks.clear());
        stage.write_intent(CP, "disconnect");
        let mut screen = stage.open(&[], &[]);
        screen.wait_for(OFFER);
        screen.send("y");
        stage.engine.until(CP, "its network", |container| !container.networks.is_empty()).await;
    });
}

#[test]
fn that_is_empty_it_is_ignored() {
    runtime(async {
        let stage = down().await;
        stage.write_intent(CP, "stop");
        fs::write(stage.intent(), "").unwrap();
        is_ignored(&stage).await;
    });
}

#[test]
fn of_another_cluster_it_is_ignored() {
    runtime(async {
        let stage = down().await;
        stage.write_intent(CP, "stop");
        let foreign = fs::read_to_string(stage.intent()).unwrap().replace("\"demo\"", "\"another\"");
        fs::write(stage.intent(), foreign).unwrap();
        is_ignored(&stage).await;
    });
}

#[test]
fn of_a_container_that_is_no_control_plane_of_the_cluster_it_is_ignored() {
    runtime(async {
        let stage = down().await;
        stage.write_intent("demo-worker", "stop");
        is_ignored(&stage).await;
    });
}

#[test]
fn that_may_not_be_read_it_is_ignored() {
    runtime(async {
        let stage = down().await;
        stage.write_intent(CP, "stop");
        fs::set_permissions(stage.intent(), fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(stage.intent()).is_ok() {
            // permissions do not stop root; a directory can't be read as a file by anybody
            fs::remove_file(stage.intent()).unwrap();
            fs::create_dir(stage.intent()).unwrap();
        }
        is_ignored(&stage).await;
    });
}

#[test]
fn that_is_a_fifo_it_is_ignored() {
    runtime(async {
        let stage = down().await;
        fs::create_dir_all(stage.state()).unwrap();
        assert!(Command::new("mkfifo").arg(stage.intent()).status().unwrap().success());
        is_ignored(&stage).await;
    });
}

/// The dashboard and its guard, killed together.
async fn killed_with_its_guard(stage: &Stage, screen: Terminal) {
    stage.wait("a guard", || stage.guards().len() == 1).await;
    processes::kill(&[stage.guards()[0].pid, screen.pid()]);
    screen.ended();
    stage.wait("the end of every process", || stage.processes().is_empty()).await;
}

#[test]
fn of_a_run_that_was_killed_with_its_guard_it_is_offered_and_arms_the_question_on_quit() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&[], &[]).await;
        killed_with_its_guard(&stage, screen).await;
        assert!(is_down(&stage.engine.container(CP)));
        let mut screen = stage.open(&[], &[]);
        screen.wait_for(OFFER);
        screen.send("n");
        screen.wait_words("the dashboard", |words| !words.contains(OFFER));
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before quitting?"));
        screen.send("y");
        screen.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn of_a_run_that_was_killed_with_its_guard_it_arms_the_timer() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&[], &[]).await;
        killed_with_its_guard(&stage, screen).await;
        let screen = stage.open(&["--restore-after", "2s"], &[]);
        screen.wait_for(OFFER);
        stage.comes_back().await;
    });
}

#[test]
fn of_a_run_that_was_killed_with_its_guard_in_the_middle_of_the_stop_it_is_made_good_for() {
    runtime(async {
        let stage = Stage::start(Duration::from_secs(4));
        let screen = stage.stopping(&[], &[]).await;
        killed_with_its_guard(&stage, screen).await;
        let screen = stage.open(&["--restore-after", "6s"], &[]);
        screen.wait_for(OFFER);
        stage.comes_back().await;
        screen.wait_for("● UP");
    });
}

#[test]
fn of_a_run_whose_control_plane_was_left_down_by_choice_there_is_none() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        screen.send("q");
        screen.wait_words("the question", |words| words.contains("before quitting?"));
        screen.send("n");
        assert!(screen.end().0.success());
        stage.all_is_over().await;
        assert!(is_down(&stage.engine.container(CP)));
        let mut screen = stage.open(&[], &[]);
        offers_nothing(&screen);
        screen.send("q");
        assert!(screen.end().0.success(), "there is nothing to ask");
        stage.wait("the end of every process", || stage.processes().is_empty()).await;
        assert_eq!(stage.engine.count("start"), 0);
    });
}

#[test]
fn of_a_guard_at_work_it_is_kept_until_the_api_server_is_ready() {
    runtime(async {
        let stage = Stage::booting(SHORT, Duration::from_secs(3));
        let screen = stage.stopped(&[], &[]).await;
        screen.signal("KILL");
        screen.ended();
        stage.engine.until(CP, "the start", |container| container.starts > 1).await;
        assert!(stage.intent().is_file(), "it went before the control plane was back");
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}
