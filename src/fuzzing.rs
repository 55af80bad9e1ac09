//! Entry points of the fuzz targets, which panic if a promise about untrusted input is broken.
//!
//! Hidden, and not a part of the public API. The targets in `fuzz/` and the test of earlier findings
//! (`tests/it/fuzz_findings.rs`) call the same functions.

use std::{fs, io, path::Path};

use chrono::{FixedOffset, NaiveDate, NaiveDateTime};

use crate::{
    analyze::TimeBound,
    cli,
    engine::EngineEnvironment,
    kubelet::{self, DuplicateFilter, Moment, TimeResolver, VersionClues, YearHint},
    observation::{JournalLine, Observation, Time, is_in_range},
    report::{self, Report, RunInfo},
    session,
    source::access,
    tape::Tape,
    world::World,
};

/// Parses each line as one of a kubelet's journal, and folds it as the dashboard does.
///
/// # Panics
/// Panics if a text for the screen contains a control character.
pub fn journal(bytes: &[u8]) {
    let started = started();
    let mut world = World::new(started);
    let mut times = TimeResolver::new(YearHint::Year(2024));
    let (mut duplicates, mut clues) = (DuplicateFilter::default(), VersionClues::default());
    for line in bytes.split(|byte| *byte == b'\n') {
        let entry = kubelet::entry(line);
        let record = kubelet::record(&entry.message);
        let reading = kubelet::read(&record);
        let _moment = times.resolve(entry.timestamp.as_ref(), record.time());
        let _is_duplicate = duplicates.is_duplicate(&reading);
        clues.add(&record);
        let explanation = kubelet::explain(&reading);
        for text in [&*entry.message, &explanation.meaning, &explanation.next] {
            assert!(!kubelet::printable(text).chars().any(char::is_control), "{text:?}");
        }
        let line = String::from_utf8_lossy(line).into_owned();
        world.apply(started, &Observation::Journal(JournalLine { worker: "worker".to_owned(), line }));
    }
    let _is_export = kubelet::is_export(bytes);
    assert_eq!(exported(bytes, usize::MAX), exported(bytes, 7));
    let _headline = world.headline(started);
}

/// Parses an export in chunks of `size` bytes. Returns its entries.
fn exported(bytes: &[u8], size: usize) -> Vec<String> {
    let mut entries = Vec::new();
    let mut export = kubelet::ExportParser::default();
    bytes.chunks(size).for_each(|chunk| export.feed(chunk, &mut |entry| entries.push(format!("{entry:?}"))));
    export.finish(&mut |entry| entries.push(format!("{entry:?}")));
    entries
}

/// Reads a tape, folds it, and writes its reports and story.
///
/// # Panics
/// Panics if a tape that was written differs when it is read again.
pub fn tape(bytes: &[u8]) {
    let Ok(tape) = Tape::decode(bytes) else { return };
    if !is_in_range(tape.header.started) {
        return;
    }
    let mut world = World::new(tape.header.started);
    tape.stamped.iter().for_each(|stamped| world.take(stamped));
    let run_info = RunInfo {
        program: tape.header.program.clone(),
        cluster: tape.header.cluster.clone(),
        mode: "live",
        damage: tape.damage.sentence(),
    };
    let report = Report::of(&world, world.now, &run_info);
    let _page = report::markdown(&report, FixedOffset::east_opt(0).expect("zero is a zone"));
    serde_json::to_writer(io::sink(), &report).expect("a report is JSON");
    session::write_story(&tape, io::sink()).expect("a sink takes everything");
    let mut written = Vec::new();
    tape.write(&mut written).expect("memory can be written to");
    let again = Tape::read(&*written).expect("what was written is a tape");
    assert_eq!(again.header, tape.header);
    assert_eq!(again.stamped.len(), tape.stamped.len());
}

/// Parses a value with each parser of the command line.
///
/// # Panics
/// Panics if a value outside the documented range is accepted.
pub fn command_line(text: &str) {
    if let Ok(bound) = TimeBound::parse(text) {
        let (first, last) = (NaiveDateTime::MIN, NaiveDateTime::MAX);
        let moment = |local| Moment { local, utc: None };
        assert!(bound.compare(moment(first), first) <= bound.compare(moment(last), first), "{bound:?}");
    }
    if let Ok((columns, rows)) = cli::values::terminal_size(text) {
        assert!((24..=1_000).contains(&columns) && (6..=500).contains(&rows), "{columns}x{rows}");
    }
    if let Ok(speed) = cli::values::replay_speed(text) {
        assert!((0.125..=64.0).contains(&speed), "{speed}");
    }
    if let Ok(speed) = cli::values::lab_speed(text) {
        assert!((0.1..=1_000.0).contains(&speed), "{speed}");
    }
    let _at = cli::values::tape_position(text);
    assert!(!cli::values::duration(text).is_ok_and(|duration| duration.is_zero()));
    let _version = text.parse::<crate::lab::KubernetesVersion>();
}

/// Reads a kubeconfig from `file`, which is overwritten.
///
/// # Panics
/// Panics if the file can't be written, or the message of an error is empty.
pub fn kubeconfig(file: &Path, bytes: &[u8]) {
    fs::write(file, bytes).expect("the file can be written");
    let error = access::kubeconfig_error(file, "kind-demo");
    assert!(error.is_none_or(|message| !message.is_empty()));
}

/// Reads docker's configuration from `folder`. `bytes` are `config.json`, a zero byte, and the `meta.json` of a
/// context.
///
/// # Panics
/// Panics if the folder can't be written.
pub fn docker_context(folder: &Path, bytes: &[u8]) {
    let (config, meta) = match bytes.iter().position(|byte| *byte == 0) {
        Some(position) => (&bytes[..position], &bytes[position + 1..]),
        None => (bytes, &b""[..]),
    };
    let context = folder.join("contexts/meta/0");
    fs::create_dir_all(&context).expect("the folder can be made");
    fs::write(folder.join("config.json"), config).expect("the configuration can be written");
    fs::write(context.join("meta.json"), meta).expect("the context can be written");
    let environment = EngineEnvironment { docker_config: Some(folder.to_owned()), ..EngineEnvironment::default() };
    match environment.endpoint() {
        Ok(endpoint) => assert!(!endpoint.host().is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn started() -> Time {
    NaiveDate::from_ymd_opt(2024, 12, 28).and_then(|day| day.and_hms_opt(16, 0, 0)).expect("a moment").and_utc()
}
