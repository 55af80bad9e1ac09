//! `blackout analyze --tape`: the journals of an incident as a tape, and what it plays.

use std::{path::Path, process::Command};

use blackout::{
    observation::Observation,
    tape::{Mode, Tape},
    world::{LaneId, World},
};
use serde_json::{Value, json};

use crate::{
    analyze::{FAULTS, log},
    terminal::program,
};

/// Runs the program; whether it went well, and what it said.
fn analyzed(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program()).arg("analyze").args(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).find("── The outage"), None);
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

fn imported(tape: &Path, journals: &[&str]) -> (Tape, String) {
    let (fine, said) = analyzed(&[&["--force", "--tape", tape.to_str().unwrap()], journals].concat());
    assert!(fine, "{said}");
    (Tape::load(tape).unwrap(), said)
}

/// The lanes of the last outage that a tape tells of, in the form of `analyze --format json`.
fn lanes(tape: &Tape) -> Value {
    let mut world = World::new(tape.header.started);
    tape.stamped.iter().for_each(|stamped| world.take(stamped));
    let outage = world.last_outage().expect("the tape tells of an outage");
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
fn the_tape_of_a_journal_tells_what_its_analysis_tells() {
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in FAULTS {
        let journal = log(name).display().to_string();
        let (tape, _) = imported(&folder.path().join("tape.jsonl"), &["--year", "2024", &journal]);
        let mut told =
            crate::analyze::json(&crate::analyze::options(&[log(name)], blackout::analyze::AnalysisFormat::Json), b"")
                ["lanes"]
                .take();
        for lane in told.as_object_mut().unwrap().values_mut() {
            lane.as_object_mut().unwrap().retain(|key, _| ["first", "last", "lines", "failures"].contains(&&**key));
        }
        assert_eq!(lanes(&tape), told, "{name}");
        assert_eq!((tape.header.mode, &*tape.header.cluster), (Mode::Import, "api-server-failure"), "{name}");
    }
}

#[test]
fn a_packed_tape_is_the_same_tape() {
    let folder = tempfile::tempdir().unwrap();
    let journal = log("kill/worker2.log").display().to_string();
    let (plain, _) = imported(&folder.path().join("tape.jsonl"), &[&journal]);
    let (packed, said) = imported(&folder.path().join("tape.jsonl.zst"), &[&journal]);
    assert_eq!(plain.stamped, packed.stamped);
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    assert!(size("tape.jsonl.zst") * 4 < size("tape.jsonl"));
    assert!(said.contains("137 lines, 1m 41s; play them with: blackout replay "), "{said}");
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
    let (first, said) = imported(&folder.path().join("tape.jsonl"), &["--year", "2023", &a]);
    assert!(said.contains("1 lines without a timestamp were left out"), "{said}");
    let (second, _) = imported(&folder.path().join("tape.jsonl"), &["--year", "2024", &b]);
    let told = |tape: &Tape| -> Vec<(String, String)> {
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
    assert_eq!(told(&first), [one.clone(), more.clone(), three.clone()]);
    assert_eq!(told(&second), std::slice::from_ref(&two));
    // by the files' dates, which are today's: the same order
    let (both, _) = imported(&folder.path().join("tape.jsonl"), &[&b, &a]);
    let words = |tape: &Tape| -> Vec<String> {
        told(tape).into_iter().map(|(_, line)| line.rsplit(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(words(&both), ["\"one\"", "line", "\"two\"", "\"three\""]);
}

#[test]
fn what_has_no_times_gives_no_tape_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let tape = folder.path().join("tape.jsonl");
    let (fine, said) = analyzed(&["--tape", tape.to_str().unwrap(), "Cargo.toml"]);
    assert!(!fine && said.contains("no kubelet journal") && said.contains("no line has a time"), "{said}");
    assert!(!tape.exists());
    let nowhere = folder.path().join("no/such/folder/tape.jsonl");
    let journal = log("kill/worker2.log").display().to_string();
    let (fine, said) = analyzed(&["--tape", nowhere.to_str().unwrap(), &journal]);
    assert!(!fine && said.contains("no/such/folder/tape.jsonl cannot be written"), "{said}");
}
