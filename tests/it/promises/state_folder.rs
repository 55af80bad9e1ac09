//! A state directory that takes no intent: the dashboard shows that, asks a second time, and the control plane comes back
//! all the same.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use super::stage::{CP, SHORT, Stage, wait_live};
use crate::{program::runtime, terminal::Terminal};

/// A folder in which nothing can be made, not even by root.
fn read_only(stage: &Stage) -> PathBuf {
    let folder = stage.home().join("read-only");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    // permissions do not hold root back
    if fs::File::create(folder.join("probe")).is_ok() { PathBuf::from("/proc/self") } else { folder }
}

/// Stops the control plane without an intent, then ends the dashboard.
async fn stops_and_ends(stage: &Stage, mut screen: Terminal, signal: &str) {
    wait_live(&screen);
    screen.send("s");
    screen.wait_for("Stop the control plane");
    screen.send("y");
    screen.wait_words("the reason", |words| words.contains("cannot be written"));
    assert_eq!(stage.engine.count("stop"), 0, "it was stopped at the first yes");
    screen.send("y");
    stage.engine.until(CP, "the begin of the stop", |container| container.stopping > 0).await;
    stage.is_down(&screen).await;
    screen.signal(signal);
    screen.ended();
    stage.comes_back().await;
    stage.all_is_over().await;
}

#[test]
fn a_read_only_state_folder_at_a_sigterm_it_comes_back() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let folder = read_only(&stage).to_string_lossy().into_owned();
        let screen = stage.open(&[], &[("XDG_STATE_HOME", &folder)]);
        stops_and_ends(&stage, screen, "TERM").await;
    });
}

#[test]
fn a_read_only_state_folder_at_a_sigkill_it_comes_back() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let folder = read_only(&stage).to_string_lossy().into_owned();
        let screen = stage.open(&[], &[("XDG_STATE_HOME", &folder)]);
        stops_and_ends(&stage, screen, "KILL").await;
    });
}

#[test]
fn a_full_state_folder_at_a_sigkill_it_comes_back() {
    runtime(async {
        let stage = Stage::start(SHORT);
        // no file can grow: as on a full disk, but for the number of the error
        let screen = stage.open_after("trap '' XFSZ; ulimit -f 0");
        stops_and_ends(&stage, screen, "KILL").await;
    });
}

#[test]
fn no_is_no_where_no_intent_can_be_written() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let folder = read_only(&stage).to_string_lossy().into_owned();
        let mut screen = stage.healthy(&[], &[("XDG_STATE_HOME", &folder)]);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        screen.send("y");
        screen.wait_words("the reason", |words| words.contains("cannot be written"));
        screen.send("n");
        screen.send("q");
        assert!(screen.end().0.success());
        assert_eq!(stage.engine.count("stop"), 0);
    });
}

#[test]
fn a_missing_state_folder_is_made_for_its_owner_alone() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let folder = stage.home().join("not/there/yet");
        let screen = stage.stopped(&[], &[("XDG_STATE_HOME", &folder.to_string_lossy())]).await;
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.join("blackout")), 0o700);
        assert_eq!(mode(folder.join("blackout/intent-demo.json")), 0o600);
        screen.signal("KILL");
        screen.ended();
        stage.comes_back().await;
        stage.wait("the end of the intent", || !folder.join("blackout/intent-demo.json").exists()).await;
    });
}

#[test]
fn a_state_folder_that_is_deleted_while_it_is_down_changes_nothing() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let screen = stage.stopped(&[], &[]).await;
        fs::remove_dir_all(stage.state()).unwrap();
        screen.signal("KILL");
        screen.ended();
        stage.comes_back().await;
        stage.all_is_over().await;
    });
}
