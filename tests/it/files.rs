//! The files that the program writes: none that exists is replaced unless the person says so, all are for their owner
//! alone, and what is no file is refused by name without waiting for it.

#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use crate::{
    analyze::log,
    terminal::{PATIENCE, Terminal, program},
};

/// The program in a folder of its own, which is its home and where it runs.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().env("LANG", "C.UTF-8").env("HOME", self.0.path());
        command.current_dir(self.0.path()).output().unwrap()
    }

    /// Runs the program, which fails with 1 and says each of `words`.
    #[track_caller]
    fn refused(&self, arguments: &[&str], words: &[&str]) {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        for word in words {
            assert!(error.contains(word), "{arguments:?}: {word} is not in: {error}");
        }
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_report_replaces_no_file_without_force_and_is_private() {
    let place = Place::new();
    fs::write(place.path("mine"), "precious").unwrap();
    place.refused(&["report", "stop", "-o", "mine"], &["mine", "--force", "exists already"]);
    assert_eq!(fs::read_to_string(place.path("mine")).unwrap(), "precious");
    place.done(&["report", "stop", "-o", "mine", "--force"]);
    place.done(&["report", "stop", "-o", "new"]);
    for name in ["mine", "new"] {
        assert!(fs::read_to_string(place.path(name)).unwrap().starts_with("# Outage report"));
        assert_eq!(mode(&place.path(name)), 0o600);
    }
    let printed = place.done(&["report", "stop", "-o", "-"]);
    assert_eq!(printed.stdout, fs::read(place.path("new")).unwrap());
    assert!(!place.path("-").exists());
}

#[test]
fn a_tape_of_journals_replaces_no_file_without_force_and_is_private() {
    let place = Place::new();
    let journal = Path::new(env!("CARGO_MANIFEST_DIR")).join(log("stop/worker2.log")).display().to_string();
    fs::write(place.path("mine.zst"), "precious").unwrap();
    place.refused(&["analyze", "--tape", "mine.zst", &journal], &["mine.zst", "--force"]);
    assert_eq!(fs::read_to_string(place.path("mine.zst")).unwrap(), "precious");
    place.done(&["analyze", "--tape", "mine.zst", "--force", &journal]);
    place.done(&["replay", "mine.zst", "--headless"]);
    assert_eq!(mode(&place.path("mine.zst")), 0o600);
    let printed = place.done(&["analyze", "--tape", "-", &journal]);
    assert!(printed.stdout.starts_with(b"{\"blackout_tape\":1"));
}

#[test]
fn a_recording_replaces_no_file_without_force() {
    let place = Place::new();
    fs::write(place.path("mine"), "precious").unwrap();
    for command in [&["lab", "--headless"][..], &["--headless"]] {
        place.refused(&[command, &["--record", "mine"]].concat(), &["mine", "--force"]);
    }
    assert_eq!(fs::read_to_string(place.path("mine")).unwrap(), "precious");
}

#[test]
fn what_is_no_file_is_refused_by_name_and_nothing_hangs() {
    let place = Place::new();
    pipe(&place.path("fifo"));
    fs::create_dir(place.path("folder")).unwrap();
    for (name, what) in [("fifo", "a named pipe"), ("folder", "a folder"), ("/dev/null", "a device")] {
        place.refused(&["replay", name, "--headless"], &[name, what, "`-` reads standard input"]);
        place.refused(&["report", name], &[name, what]);
        place.refused(&["lab", "--headless", "--record", name, "--force"], &[name, what]);
        place.refused(&["report", "stop", "-o", name, "--force"], &[name, what]);
    }
    // a folder that has the name of a built-in tape is not meant
    fs::create_dir(place.path("stop")).unwrap();
    place.done(&["report", "stop"]);
    // a pipe among the tapes does not keep the list waiting
    fs::create_dir_all(place.path(".local/state/blackout/tapes")).unwrap();
    pipe(&place.path(".local/state/blackout/tapes/x.jsonl"));
    let list = place.done(&["replay"]);
    assert!(String::from_utf8_lossy(&list.stdout).contains("a named pipe"));
}

#[test]
fn a_kubeconfig_that_the_lab_did_not_write_stays_and_the_old_flag_warns() {
    let place = Place::new();
    fs::write(place.path("config"), "apiVersion: v1\nkind: Config\n").unwrap();
    place.refused(&["lab", "--headless", "--write-kubeconfig", "config"], &["config", "not written by the lab"]);
    place.refused(&["lab", "--headless", "--kubeconfig", "config"], &["is now `--write-kubeconfig`", "not written"]);
    assert_eq!(fs::read_to_string(place.path("config")).unwrap(), "apiVersion: v1\nkind: Config\n");
    let help = place.done(&["lab", "--help"]);
    let help = String::from_utf8_lossy(&help.stdout);
    assert!(help.contains("--write-kubeconfig") && !help.contains("--kubeconfig "), "{help}");
}

#[test]
fn a_lab_is_recorded_among_the_tapes_unless_it_is_told_not_to() {
    let place = Place::new();
    let tapes = place.path(".local/state/blackout/tapes");
    let home = place.0.path().to_str().unwrap();
    let watch = |arguments: &[&str], environment: &[(&str, &str)], rec: bool| {
        let environment = [&[("HOME", home)], environment].concat();
        let mut screen = Terminal::start(160, 48, &[&["lab"], arguments].concat(), &environment);
        screen.wait("the lab", PATIENCE, |text| text.contains("● UP") && text.contains("● REC") == rec);
        screen.send("q");
        let (status, left) = screen.end();
        assert!(status.success(), "{left}");
    };
    watch(&["--no-record"], &[], false);
    watch(&[], &[("BLACKOUT_NO_RECORD", "true")], false);
    assert!(!tapes.exists());
    watch(&[], &[("BLACKOUT_RECORD", "own.jsonl")], true);
    assert!(!tapes.exists());
    watch(&[], &[], true);
    let there: Vec<_> = fs::read_dir(&tapes).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(there.len(), 1, "{there:?}");
    assert_eq!([mode(&there[0]), mode(&tapes), mode(tapes.parent().unwrap())], [0o600, 0o700, 0o700]);
    place.done(&["replay", there[0].to_str().unwrap(), "--headless"]);
}

#[test]
fn the_key_writes_the_report_into_the_state_folder_and_follows_no_link() {
    let place = Place::new();
    let home = place.0.path().to_str().unwrap().to_owned();
    let mut screen = Terminal::start(160, 48, &["replay", "stop", "--at", "3:20"], &[("HOME", &home)]);
    screen.wait("the end", PATIENCE, |text| text.contains("● UP"));
    screen.send(" ");
    screen.wait_for("▮▮");
    screen.send("r");
    let reports = place.path(".local/state/blackout/reports");
    screen.wait("where it is", PATIENCE, |text| text.contains(&format!("report: {}/", reports.display())));
    let folders: Vec<_> = fs::read_dir(&reports).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(folders.len(), 1);
    for file in ["report.md", "report.json", "dashboard.svg"] {
        assert_eq!(mode(&folders[0].join(file)), 0o600, "{file}");
    }
    assert_eq!([mode(&folders[0]), mode(&reports)], [0o700; 2]);
    let picture = fs::read_to_string(folders[0].join("dashboard.svg")).unwrap();
    assert!(picture.contains("DOWN"), "nothing is wrong any more: the worst moment is what a picture shows");
    // the second of the same moment has a folder of its own
    screen.send("r");
    screen.wait("the second", PATIENCE, |text| text.contains("-2"));
    // a link in the place of the reports leads nowhere
    let elsewhere = place.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(&reports, place.path("away")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &reports).unwrap();
    screen.send("r");
    screen.wait("the refusal", PATIENCE, |text| text.contains("it is a link"));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    screen.send("q");
    let (status, left) = screen.end();
    assert!(status.success(), "{left}");
}
