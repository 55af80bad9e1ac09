//! `blackout analyze --tape`: the journals of an incident as a tape that can be replayed.

use std::{path::Path, process::Command};

use blackout::{
    observation::Observation,
    tape::{Tape, TapeMode},
    world::{LaneId, World},
};
use serde_json::{Value, json};

use crate::{
    analyze::{FAULTS, log},
    terminal::program,
};

/// Runs the program; returns whether it succeeded, and its standard error.
fn analyzed(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program()).arg("analyze").args(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).find("── Outage"), None);
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

fn imported(tape: &Path, journals: &[&str]) -> (Tape, String) {
    let (succeeded, err) = analyzed(&[&["--force", "--tape", tape.to_str().unwrap()], journals].concat());
    assert!(succeeded, "{err}");
    (Tape::load(tape).unwrap(), err)
}

/// The lanes of the last outage on a tape, in the format of `analyze --format json`.
fn lanes(tape: &Tape) -> Value {
    let mut world = World::new(tape.header.started);
    tape.stamped.iter().for_each(|stamped| world.take(stamped));
    let outage = world.last_outage().expect("the tape has an outage");
    let time = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    LaneId::ALL
        .into_iter()
        .filter_map(|id| Some((id.name().to_owned(), outage.lanes.get(id)?)))
        .map(|(name, lane)| {
            let (first, last) = (time(lane.span.first), time(lane.span.last));
            (name, json!({ "first": first, "last": last, "lines": lane.span.lines, "failures": lane.span.failures }))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn the_tape_of_a_journal_has_the_lanes_of_its_analysis() {
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in FAULTS {
        let journal = log(name).display().to_string();
        let (tape, _) = imported(&folder.path().join("tape.jsonl"), &["--year", "2024", &journal]);
        let mut expected =
            crate::analyze::json(&crate::analyze::options(&[log(name)], blackout::analyze::AnalysisFormat::Json), b"")
                ["lanes"]
                .take();
        for lane in expected.as_object_mut().unwrap().values_mut() {
            lane.as_object_mut().unwrap().retain(|key, _| ["first", "last", "lines", "failures"].contains(&&**key));
        }
        assert_eq!(lanes(&tape), expected, "{name}");
        assert_eq!((tape.header.mode, &*tape.header.cluster), (TapeMode::Import, "api-server-failure"), "{name}");
    }
}

#[test]
fn a_compressed_tape_is_the_same_tape() {
    let folder = tempfile::tempdir().unwrap();
    let journal = log("kill/worker2.log").display().to_string();
    let (plain, _) = imported(&folder.path().join("tape.jsonl"), &[&journal]);
    let (packed, err) = imported(&folder.path().join("tape.jsonl.zst"), &[&journal]);
    assert_eq!(plain.stamped, packed.stamped);
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    assert!(size("tape.jsonl.zst") * 4 < size("tape.jsonl"));
    assert!(err.contains("137 lines, 1m 41s; play them with: blackout replay "), "{err}");
}

#[test]
fn several_journals_are_merged_by_time_over_new_year() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).display().to_string()
    };
    let (a, b) = (
        write(
            "a.log",
            "some words before any time\n\
             Dec 31 23:59:58 a kubelet[7]: I1231 23:59:58.000001 7 server.go:1] \"one\"\n\
             and its second line\n\
             Jan  1 00:00:03 a kubelet[7]: I0101 00:00:03.000001 7 server.go:1] \"three\"\n",
        ),
        write("b.log", "Jan  1 00:00:01 b kubelet[7]: I0101 00:00:01.000001 7 server.go:1] \"two\"\n"),
    );
    let (first, err) = imported(&folder.path().join("tape.jsonl"), &["--year", "2023", &a]);
    assert!(err.contains("1 lines without a timestamp were left out"), "{err}");
    let (second, _) = imported(&folder.path().join("tape.jsonl"), &["--year", "2024", &b]);
    let lines = |tape: &Tape| -> Vec<(String, String)> {
        tape.stamped
            .iter()
            .map(|stamped| match &stamped.observation {
                Observation::Journal(line) => (line.worker.clone(), line.line.clone()),
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let line = |worker: &str, text: &str| (worker.to_owned(), text.to_owned());
    let [one, more, two, three] = [
        line("a", "2023-12-31T23:59:58.000001+0000 a kubelet: I1231 23:59:58.000001 7 server.go:1] \"one\""),
        line("a", "2023-12-31T23:59:58.000001+0000 a kubelet: and its second line"),
        line("b", "2024-01-01T00:00:01.000001+0000 b kubelet: I0101 00:00:01.000001 7 server.go:1] \"two\""),
        line("a", "2024-01-01T00:00:03.000001+0000 a kubelet: I0101 00:00:03.000001 7 server.go:1] \"three\""),
    ];
    assert_eq!(lines(&first), [one.clone(), more.clone(), three.clone()]);
    assert_eq!(lines(&second), std::slice::from_ref(&two));
    // with the years of the files' dates, which are the current one: the same order
    let (both, _) = imported(&folder.path().join("tape.jsonl"), &[&b, &a]);
    let last_words = |tape: &Tape| -> Vec<String> {
        lines(tape).into_iter().map(|(_, line)| line.rsplit(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(last_words(&both), ["\"one\"", "line", "\"two\"", "\"three\""]);
}

#[test]
fn an_input_without_times_gives_no_tape_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let tape = folder.path().join("tape.jsonl");
    let (succeeded, err) = analyzed(&["--tape", tape.to_str().unwrap(), "Cargo.toml"]);
    assert!(!succeeded && err.contains("not a kubelet journal") && err.contains("no line has a time"), "{err}");
    assert!(!tape.exists());
    let nowhere = folder.path().join("no/such/folder/tape.jsonl");
    let journal = log("kill/worker2.log").display().to_string();
    let (succeeded, err) = analyzed(&["--tape", nowhere.to_str().unwrap(), &journal]);
    assert!(!succeeded && err.contains("cannot write the tape") && err.contains("no/such/folder/tape.jsonl"), "{err}");
}
