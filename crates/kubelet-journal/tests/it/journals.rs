//! Every journal of the fixtures, counted lane by lane, in both of its forms.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use kubelet_journal::{Activity, DuplicateFilter, Symptom, TimeResolver, VersionClues, YearHint, entry, read, record};

#[derive(Debug, Default, PartialEq, Eq)]
struct Lane {
    first: Option<NaiveDateTime>,
    lines: usize,
    failures: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    lines: usize,
    control_plane: usize,
    failures: usize,
    lanes: BTreeMap<&'static str, Lane>,
    symptoms: BTreeMap<Symptom, usize>,
    activities: BTreeMap<Activity, usize>,
}

fn counted(file: &str) -> Counted {
    let bytes = crate::fixtures::journal(file);
    let mut counted = Counted::default();
    let mut resolver = TimeResolver::new(YearHint::Year(2024));
    let mut duplicates = DuplicateFilter::default();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let entry = entry(line);
        let record = record(&entry.message);
        let reading = read(&record);
        counted.lines += 1;
        let moment = resolver.resolve(entry.timestamp.as_ref(), record.time());
        if !reading.control_plane {
            continue;
        }
        counted.control_plane += 1;
        let failure = usize::from(!duplicates.is_duplicate(&reading));
        counted.failures += failure;
        *counted.symptoms.entry(reading.symptom).or_default() += 1;
        *counted.activities.entry(reading.activity).or_default() += 1;
        let lanes = [
            ("refused", reading.symptom == Symptom::ConnectionRefused),
            ("lease", reading.activity == Activity::Lease),
            ("dns", reading.symptom == Symptom::DnsFailure),
            ("watch", reading.activity == Activity::Watch),
        ];
        for (name, _) in lanes.into_iter().filter(|(_, lit)| *lit) {
            let lane = counted.lanes.entry(name).or_default();
            lane.first = lane.first.or(moment.map(|moment| moment.local));
            lane.lines += 1;
            lane.failures += failure;
        }
    }
    counted
}

fn lane(first: &str, lines: usize, failures: usize) -> Lane {
    Lane { first: Some(first.parse().expect("the tests write times")), lines, failures }
}

#[test]
fn the_journal_of_1_30_has_the_lanes_that_the_experiment_had() {
    let counted = counted("seed-1.30-worker2.log");
    assert_eq!((counted.lines, counted.control_plane), (227, 169));
    let lanes = BTreeMap::from([
        ("refused", lane("2024-12-28T16:08:56.965332", 16, 16)),
        ("lease", lane("2024-12-28T16:08:57.706615", 26, 26)),
        ("dns", lane("2024-12-28T16:09:07.309294", 141, 106)),
        ("watch", lane("2024-12-28T16:09:07.309294", 77, 42)),
    ]);
    assert_eq!(counted.lanes, lanes);
}

/// A line for each count, so that a change of one reads as one.
fn lines_of(counted: &Counted) -> String {
    let Counted { lines, control_plane, failures, lanes, symptoms, activities } = counted;
    let mut report = format!("  lines {lines}, control plane {control_plane}, failures {failures}\n");
    for (name, Lane { first, lines, failures }) in lanes {
        let first = first.map_or_else(String::new, |first| first.format("%F %T%.6f").to_string());
        report += &format!("  {name:8} from {first}: {lines} lines, {failures} failures\n");
    }
    report + &format!("  {symptoms:?}\n  {activities:?}\n")
}

#[test]
fn every_journal_is_counted_as_before() {
    let all: BTreeMap<_, _> = crate::fixtures::JOURNALS.into_iter().map(|file| (file, counted(file))).collect();
    let report =
        all.iter().fold(String::new(), |report, (file, counted)| report + &format!("{file}\n{}", lines_of(counted)));
    insta::assert_snapshot!(report);
}

#[test]
fn both_forms_of_a_journal_give_the_same_readings() {
    for name in [
        "stop/worker2",
        "kill/worker2",
        "pause/worker2",
        "disconnect/worker2",
        "apiserver/worker2",
        "stop/worker2-1.33",
        "pause/worker2-1.33",
    ] {
        let readings = |suffix: &str| -> Vec<_> {
            let bytes = crate::fixtures::journal(&format!("{name}{suffix}"));
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            lines
                .map(|line| {
                    let entry = entry(line);
                    (entry.host.clone().map(|host| host.into_owned()), read(&record(&entry.message)).into_owned())
                })
                .collect()
        };
        assert_eq!(readings(".log"), readings(".journal.jsonl"), "{name}");
    }
}

#[test]
fn the_leases_of_1_30_announce_the_waits_of_their_schedule() {
    let journal = String::from_utf8(crate::fixtures::journal("seed-1.30-worker2.log")).unwrap();
    let waits: Vec<f64> = journal
        .lines()
        .filter_map(|line| read(&record(&entry(line.as_bytes()).message)).retry_in)
        .map(|wait| wait.as_secs_f64())
        .collect();
    assert_eq!(waits.len(), 20);
    assert_eq!(waits[..9], [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 7.0, 7.0, 7.0]);
}

#[test]
fn each_journal_shows_its_version() {
    let minors = |file: &str| {
        let journal = String::from_utf8(crate::fixtures::journal(file)).unwrap();
        let mut clues = VersionClues::default();
        for line in journal.lines() {
            clues.add(&record(&entry(line.as_bytes()).message));
        }
        clues.minors().map(|minors| minors.iter().collect::<Vec<_>>())
    };
    assert_eq!(minors("seed-1.30-worker2.log"), Some(vec![30]));
    assert_eq!(minors("lease-1.30-network-disconnect.log"), Some(vec![30]));
    assert_eq!(minors("stop/worker2-1.33.log"), Some(vec![33]));
    assert_eq!(minors("stop/worker2.log"), Some(vec![20]));
}
