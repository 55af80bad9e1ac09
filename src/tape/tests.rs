//! Tapes in every state (complete, cut off, damaged, newer, compressed), and recorders that can't go on.

use std::io::{Cursor, Read as _, Write as _};

use super::*;
use crate::observation::{JournalLine, Observation, Stamped, Time};

const HEADER: &str =
    r#"{"blackout_tape":1,"program":"test","started":"2026-01-05T12:00:00Z","cluster":"demo","mode":"live"}"#;

fn read(lines: &[&str]) -> Result<Tape, TapeError> {
    Tape::decode(Cursor::new(format!("{HEADER}\n{}", lines.join("\n"))))
}

fn mark(t: i64, word: &str) -> String {
    format!(r#"{{"t":{t},"o":{{"kind":"mark","word":"{word}"}}}}"#)
}

fn words(tape: &Tape) -> Vec<(i64, String)> {
    let word = |stamped: &Stamped| {
        let Observation::Mark { word } = &stamped.observation else { panic!("a mark: {stamped:?}") };
        ((stamped.at - tape.header.started).num_milliseconds(), word.clone())
    };
    tape.stamped.iter().map(word).collect()
}

fn stamped(ms: i64, word: &str) -> Stamped {
    let started: Time = "2026-01-05T12:00:00Z".parse().unwrap();
    Stamped { at: started + chrono::Duration::milliseconds(ms), observation: Observation::Mark { word: word.into() } }
}

fn header() -> TapeHeader {
    serde_json::from_str(HEADER).unwrap()
}

#[test]
fn a_tape_of_a_newer_version_is_refused_whatever_else_it_holds() {
    let error = Tape::decode(Cursor::new(r#"{"blackout_tape":2,"whatever":[]}"#)).unwrap_err();
    assert!(matches!(error, TapeError::Newer(2)), "{error}");
    assert!(error.to_string().contains("update blackout"), "{error}");
}

#[test]
fn a_file_without_a_header_is_not_a_tape() {
    for text in ["{}", "hello", "[1]", "\n", r#"{"blackout_tape":"1"}"#, "\u{0}\u{1}", r#"{"blackout_tape":1}"#] {
        let error = Tape::decode(Cursor::new(text)).unwrap_err();
        assert!(matches!(error, TapeError::Header(_)), "{text}: {error}");
    }
    assert!(matches!(Tape::decode(Cursor::new("")), Err(TapeError::Empty)));
}

#[test]
fn observations_of_an_unknown_kind_are_skipped_and_counted() {
    let tape = read(&[&mark(1, "a"), r#"{"t":2,"o":{"kind":"weather","rain":true}}"#, &mark(3, "b")]).unwrap();
    assert_eq!(words(&tape), [(1, "a".to_owned()), (3, "b".to_owned())]);
    assert_eq!(tape.damage, Damage { unknown: 1, ..Damage::default() });
}

#[test]
fn a_negative_or_earlier_time_plays_at_the_time_of_the_line_before() {
    let tape = read(&[&mark(-5, "a"), &mark(10, "b"), &mark(4, "c"), &mark(i64::MAX, "d"), &mark(11, "e")]).unwrap();
    let times: Vec<i64> = words(&tape).into_iter().map(|(t, _)| t).collect();
    assert_eq!(times, [0, 10, 10, 10, 11]);
    assert_eq!(tape.damage.out_of_order, 3);
    let sentence = tape.damage.sentence().expect("there is damage");
    assert!(sentence.contains("3 with a time out of order"), "{sentence}");
}

#[test]
fn a_line_of_100_mb_is_skipped() {
    let long = std::io::repeat(b'x').take(100 << 20);
    let input = Cursor::new(format!("{HEADER}\n{}\n", mark(1, "a")))
        .chain(long)
        .chain(Cursor::new(format!("\n{}\n", mark(2, "b"))));
    let tape = Tape::read(std::io::BufReader::new(input)).unwrap();
    assert_eq!(words(&tape).len(), 2);
    assert_eq!(tape.damage.broken, 1);
}

#[test]
fn a_line_with_half_a_character_is_skipped() {
    let mut bytes = format!("{HEADER}\n{}\n", mark(1, "ä")).into_bytes();
    let half = bytes.iter().rposition(|byte| *byte == 0xa4).unwrap();
    bytes.remove(half);
    bytes.extend_from_slice(mark(2, "b").as_bytes());
    let tape = Tape::read(Cursor::new(bytes)).unwrap();
    assert_eq!(words(&tape), [(2, "b".to_owned())]);
    assert_eq!(tape.damage.broken, 1);
}

#[test]
fn a_tape_cut_anywhere_plays_to_its_last_complete_line() {
    let whole = format!("{HEADER}\n{}\n{}\n{}\n", mark(1, "a"), mark(2, "b"), mark(3, "c"));
    for cut in HEADER.len()..=whole.len() {
        let tape = Tape::read(Cursor::new(&whole.as_bytes()[..cut])).unwrap();
        // a line that lacks only its line feed is complete
        let expected = whole[..cut].lines().skip(1).filter(|line| line.ends_with("}}")).count();
        assert_eq!(tape.stamped.len(), expected, "cut at {cut}");
    }
}

#[test]
fn a_compressed_tape_cut_anywhere_plays_up_to_the_cut() {
    let whole = BuiltinTape::ALL[0].tape().unwrap();
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/tapes/stop.jsonl.zst")).unwrap();
    let mut before = 0;
    for tenth in 5..10 {
        let tape = Tape::decode(Cursor::new(&bytes[..bytes.len() * tenth / 10])).unwrap();
        assert!(tape.stamped.len() >= before && tape.stamped.len() < whole.stamped.len());
        assert!(tape.stamped == whole.stamped[..tape.stamped.len()]);
        before = tape.stamped.len();
    }
    assert!(before > whole.stamped.len() / 2);
}

#[test]
fn a_recorded_tape_is_read_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    for builtin in BuiltinTape::ALL {
        let tape = builtin.tape().unwrap();
        let path = folder.path().join("deep").join(builtin.name);
        let mut recorder = Recorder::start(&path, &tape.header, Overwrite::No).unwrap();
        for chunk in tape.stamped.chunks(1_000) {
            chunk.iter().cloned().for_each(|stamped| recorder.record(stamped));
            // a real session is never as fast as this loop, which would fill the queue
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(recorder.status(), RecorderStatus::On { lost: 0 });
        drop(recorder);
        assert!(Tape::load(&path).unwrap() == tape, "{}", builtin.name);
        let mut written = Vec::new();
        tape.write(&mut written).unwrap();
        assert!(written == std::fs::read(&path).unwrap(), "{}", builtin.name);
    }
}

#[test]
fn a_line_is_on_the_disk_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tape.jsonl");
    let mut recorder = Recorder::start(&path, &header(), Overwrite::No).unwrap();
    recorder.record(stamped(1, "a"));
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(Tape::load(&path).unwrap().stamped, [stamped(1, "a")]);
}

#[test]
fn deleting_the_file_ends_the_recording_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tapes").join("tape.jsonl");
    let mut recorder = Recorder::start(&path, &header(), Overwrite::No).unwrap();
    while recorder.status() == RecorderStatus::Opening {
        std::thread::yield_now();
    }
    std::fs::remove_dir_all(folder.path().join("tapes")).unwrap();
    for ms in 0..100 {
        recorder.record(stamped(ms * 1_000, "a"));
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let RecorderStatus::Failed(error) = recorder.status() else { panic!("{:?}", recorder.status()) };
    assert!(error.contains("no longer written"), "{error}");
}

/// Returns the error of a recorder that can't create `path`.
#[cfg(unix)]
fn refusal(path: &std::path::Path) -> String {
    let mut recorder = Recorder::start(path, &header(), Overwrite::No).unwrap();
    recorder.record(stamped(1, "a"));
    let end = recorder.close().expect("not closed before");
    end.wait(std::time::Duration::from_secs(60)).unwrap_err().to_string()
}

#[cfg(unix)]
#[test]
fn the_error_of_a_tape_that_cannot_be_created_names_the_path_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    for (path, reason) in [
        (fifo.as_path(), "a named pipe"),
        (std::path::Path::new("/dev/null"), "a device"),
        (folder.path(), "a folder"),
        (&file, "--force"),
        (&file.join("tape.jsonl"), ""),
    ] {
        let error = refusal(path);
        assert!(error.contains(&path.display().to_string()) && error.contains(reason), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_closed_tape_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tape.jsonl");
    std::fs::write(&path, "a longer file than the tape will be, from an earlier run".repeat(20)).unwrap();
    let mut recorder = Recorder::start(&path, &header(), Overwrite::Yes).unwrap();
    recorder.record(stamped(1, "a"));
    let end = recorder.close().expect("not closed before");
    recorder.record(stamped(2, "too late"));
    end.wait(std::time::Duration::from_secs(60)).unwrap();
    assert!(recorder.close().is_none());
    assert_eq!(Tape::load(&path).unwrap().stamped, [stamped(1, "a")]);
}

#[test]
fn the_folder_keeps_the_newest_twenty_tapes_of_runs() {
    let state = tempfile::tempdir().unwrap();
    let tapes = TapeFolder::new(state.path());
    for second in 0..25 {
        let at = header().started + chrono::Duration::seconds(second);
        Recorder::start(&tapes.path_for(at, "a/../b"), &header(), Overwrite::No).unwrap();
    }
    let others = ["20260104T120000Z-mine.jsonl", "incident.jsonl", "20260104T120000Z-demo-1.jsonl.zst"];
    let folder = state.path().join("tapes");
    others.iter().for_each(|name| std::fs::write(folder.join(name), "mine").unwrap());
    // as after the clock was set back: the current run has the oldest name
    let current = tapes.path_for(header().started, "a/../b");
    tapes.delete_old(&current).unwrap();
    let left = tapes.tapes();
    assert_eq!(left.len(), TAPES_KEPT + 1 + others.len());
    assert!(current.exists() && others.iter().all(|name| folder.join(name).exists()), "{left:?}");
    let newest = left[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(newest.starts_with("incident"), "{newest}");
    assert!(left[1].file_name().unwrap().to_string_lossy().starts_with("20260105T120024Z-a_.._b-"));
}

#[test]
fn the_folder_and_its_tapes_have_modes_0700_and_0600() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("blackout");
    let tapes = TapeFolder::new(&state);
    tapes.create().unwrap();
    let path = tapes.path_for(header().started, "demo");
    Recorder::start(&path, &header(), Overwrite::No).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&state), mode(&state.join("tapes")), mode(&path)], [0o700, 0o700, 0o600]);
    }
}

#[test]
fn a_tape_with_too_many_marks_is_cut() {
    let lines: Vec<String> = (0..10_010).map(|t| mark(t, "")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let tape = read(&lines).unwrap();
    assert_eq!(tape.stamped.len(), 10_000);
    let cut = tape.damage.cut.expect("the tape is cut");
    assert_eq!((cut.line, cut.at, cut.limit), (10_002, stamped(9_999, "").at, TapeLimit::Marks));
    let sentence = tape.damage.sentence().expect("there is damage");
    assert!(sentence.contains("line 10002 (2026-01-05T12:00:09Z)"), "{sentence}");
    assert!(sentence.contains("10000 marks"), "{sentence}");
}

#[test]
fn a_tape_with_too_many_workers_is_cut() {
    let line = |t: i64| format!(r#"{{"t":{t},"o":{{"kind":"journal","worker":"w{t}","line":"x"}}}}"#);
    let text = (0..200_000).map(line).collect::<Vec<_>>().join("\n");
    let tape = Tape::decode(Cursor::new(format!("{HEADER}\n{text}"))).unwrap();
    assert_eq!((tape.stamped.len(), tape.damage.cut.map(|cut| cut.limit)), (5_000, Some(TapeLimit::Nodes)));
}

#[test]
fn a_tape_that_takes_too_much_memory_is_cut() {
    let line = format!("{}\n", mark(1, "").replace("mark\",\"word\":\"", "journal\",\"worker\":\"w\",\"line\":\"x"));
    let line = line.replace("\"x\"", &format!("\"{}\"", "x".repeat(1 << 20)));
    let input = Cursor::new(format!("{HEADER}\n")).chain(Cursor::new(line.repeat(260)));
    let tape = Tape::read(std::io::BufReader::new(input)).unwrap();
    assert_eq!(tape.stamped.len(), 239);
    assert_eq!(tape.damage.cut.map(|cut| (cut.line, cut.limit)), Some((241, TapeLimit::Memory)));
}

#[test]
fn a_compression_bomb_is_read_up_to_the_limit() {
    const MAX_TEXT: u64 = 8 << 20;
    // one line without an end, and empty lines without an end
    for (byte, line) in [(b'x', 3), (b'\n', 3 + MAX_TEXT / 32 - 7)] {
        let head = Cursor::new(format!("{HEADER}\n{}\n", mark(1, "a")));
        let bomb = zstd::encode_all(head.chain(std::io::repeat(byte).take(1 << 26)), 1).unwrap();
        assert!(bomb.len() < 20_000, "{}", bomb.len());
        let unpacked = std::io::BufReader::new(zstd::Decoder::new(Cursor::new(bomb)).unwrap());
        let tape = Tape::read_within(MAX_TEXT, unpacked).unwrap();
        assert_eq!(words(&tape), [(1, "a".to_owned())]);
        let cut = tape.damage.cut.expect("the tape is cut");
        assert_eq!((cut.at, cut.limit), (stamped(1, "").at, TapeLimit::Text));
        assert!(cut.line.abs_diff(line) <= 8, "{cut}");
    }
}

#[test]
fn a_first_line_without_an_end_is_not_a_header() {
    let endless = std::io::repeat(b'x').take(1 << 30);
    let error = Tape::decode(std::io::BufReader::new(endless)).unwrap_err();
    assert!(matches!(error, TapeError::Endless), "{error}");
}

#[test]
fn a_fact_outside_the_range_of_years_plays_with_the_nearest_time() {
    let lease = r#"{"t":1,"o":{"kind":"lease","node":"n","renewed":"+262142-12-31T00:00:00Z"}}"#;
    let tape = read(&[lease]).unwrap();
    let Observation::Lease { renewed, .. } = tape.stamped[0].observation else { panic!("a lease") };
    assert_eq!(renewed, crate::observation::LATEST);
    assert_eq!(tape.damage, Damage { out_of_range: 1, ..Damage::default() });
}

#[test]
fn a_tape_is_opened_by_path_or_name_compressed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::File::create(&plain).unwrap().write_all(format!("{HEADER}\n{}\n", mark(1, "a")).as_bytes()).unwrap();
    assert_eq!(Tape::open(&plain.to_string_lossy()).unwrap().stamped.len(), 1);
    let packed = folder.path().join("packed");
    std::fs::write(&packed, zstd::encode_all(std::fs::File::open(&plain).unwrap(), 3).unwrap()).unwrap();
    assert_eq!(Tape::open(&packed.to_string_lossy()).unwrap().stamped.len(), 1);
    assert!(TapeListing::of_file(packed).about.starts_with("demo"));
    assert!(Tape::open("stop").unwrap().stamped.len() > 1_000);
    let error = Tape::open("no-such-tape").unwrap_err().to_string();
    assert!(error.contains("stop, kill, pause"), "{error}");
}

#[test]
fn imported_journals_are_sorted_by_time() {
    let at = |ms| stamped(ms, "").at;
    let line = |worker: &str, line: &str| JournalLine { worker: worker.into(), line: line.into() };
    let tape =
        Tape::import("demo", [(at(9), line("b", "2")), (at(5), line("a", "1")), (at(9), line("a", "3"))]).unwrap();
    assert_eq!((tape.header.mode, tape.header.started), (TapeMode::Import, at(5)));
    let lines: Vec<_> = tape.stamped.iter().map(|stamped| stamped.at).collect();
    assert_eq!(lines, [at(5), at(9), at(9)]);
    let mut written = Vec::new();
    tape.write(&mut written).unwrap();
    assert_eq!(Tape::read(Cursor::new(written)).unwrap(), tape);
    assert!(Tape::import("demo", []).is_none());
}

#[test]
fn the_built_in_tapes_hold_no_secrets_and_no_damage() {
    for builtin in BuiltinTape::ALL {
        let mut text = Vec::new();
        builtin.tape().unwrap().write(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        for secret in [
            "BEGIN CERTIFICATE",
            "PRIVATE KEY",
            "LS0tLS1",
            "eyJhbGciOi",
            "Bearer ",
            "client-key",
            "certificate-authority-data",
            "/root/",
            "KUBECONFIG",
        ] {
            assert!(!text.contains(secret), "{secret} on {}", builtin.name);
        }
        assert_eq!(builtin.tape().unwrap().damage, Damage::default(), "{}", builtin.name);
    }
}
