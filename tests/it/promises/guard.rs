//! The guard process itself: apart from the terminal, gone when all is well, and replaced when it is killed.

use std::{fs, time::Duration};

use super::{
    processes,
    stage::{CP, SHORT, Stage, ask_to_start, is_down},
};
use crate::program::runtime;

#[test]
fn it_has_a_session_of_its_own_and_nothing_of_the_terminal() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&[], &[]).await;
        let guards = stage.guards();
        assert_eq!(guards.len(), 1, "{:?}", stage.processes());
        let guard = &guards[0];
        let dashboard = stage.processes().into_iter().find(|process| process.pid == screen.pid()).unwrap();
        assert!(guard.session == guard.pid && guard.session != dashboard.session, "{guard:?} {dashboard:?}");
        for descriptor in fs::read_dir(format!("/proc/{}/fd", guard.pid)).unwrap().flatten() {
            let opened = fs::read_link(descriptor.path()).unwrap_or_default();
            assert!(!opened.starts_with("/dev/pts") && !opened.starts_with("/dev/tty"), "it holds {opened:?}");
        }
    });
}

#[test]
fn it_ends_with_the_dashboard_where_nothing_was_done() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.healthy(&[], &[]);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        stage.wait("a guard", || stage.guards().len() == 1).await;
        screen.send("n");
        screen.send("q");
        assert!(screen.end().0.success());
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("start") + stage.engine.count("stop"), 0);
    });
}

#[test]
fn it_is_no_command_for_people() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let help = String::from_utf8(stage.run(&["--help"]).await.stdout).unwrap();
        let commands: Vec<_> = help.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert!(commands.contains(&"restore") && !commands.contains(&"guard"), "{help}");
    });
}

#[test]
fn without_it_the_dashboard_still_starts_the_control_plane() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&[], &[]).await;
        stage.wait("a guard", || stage.guards().len() == 1).await;
        processes::kill(&[stage.guards()[0].pid]);
        screen.signal("TERM");
        screen.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}

#[test]
fn without_it_the_timer_still_starts_the_control_plane() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&["--restore-after", "3s"], &[]).await;
        stage.wait("a guard", || stage.guards().len() == 1).await;
        processes::kill(&[stage.guards()[0].pid]);
        stage.comes_back().await;
        screen.wait_for("● UP");
    });
}

#[test]
fn a_dashboard_that_is_frozen_does_not_keep_the_timer_from_running_out() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&["--restore-after", "3s"], &[]).await;
        screen.signal("STOP");
        stage.comes_back().await;
        screen.signal("CONT");
        screen.wait_for("● UP");
    });
}

#[test]
fn with_leave_not_even_a_kill_makes_it_start_anything() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&["--leave"], &[]).await;
        screen.signal("KILL");
        screen.ended();
        stage.wait("the end of every process", || stage.processes().is_empty()).await;
        assert!(is_down(&stage.engine.container(CP)));
        assert_eq!(stage.engine.count("start"), 0);
    });
}

#[test]
fn it_watches_over_a_restore_by_key_until_the_api_server_is_ready_though_the_dashboard_is_killed() {
    runtime(async {
        let stage = Stage::booting(SHORT, Duration::from_secs(2));
        let mut screen = stage.stopped(&[], &[]).await;
        ask_to_start(&mut screen).await;
        screen.send("y");
        stage.engine.until(CP, "the start", |container| container.starts > 1).await;
        assert!(stage.intent().is_file(), "the intent is kept until it is back");
        screen.signal("KILL");
        screen.ended();
        assert!(!stage.api.is_ready() && stage.intent().is_file(), "the guard has given up too early");
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}
