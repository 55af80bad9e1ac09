//! Each pattern has its cause and its confidence: recorded runs, and ladders made by hand where there is no recording.

use std::{fs, path::PathBuf, sync::Arc};

use super::*;
use crate::{
    kubelet::{Activity, Symptom},
    observation::JournalLine,
    world::{World, journal::JournalFact, outage::Outages},
};

/// Diagnoses a recorded journal below `tests/fixtures/logs`, which covers more than its outage.
fn recorded(path: &str) -> (Cause, f64) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs").join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let started = "2027-01-01T00:00:00Z".parse().expect("a time");
    let mut world = World::new(started);
    for line in text.lines() {
        let line = JournalLine { worker: "worker2".to_owned(), line: line.to_owned() };
        world.apply(started, &crate::observation::Observation::Journal(line));
    }
    let outages = world.outages.iter();
    let outage = outages.max_by_key(|outage| outage.lines).unwrap_or_else(|| panic!("{} is an outage", path.display()));
    let Diagnosis { cause, confidence, .. } = diagnose(outage, JournalCoverage::default());
    (cause, confidence)
}

#[test]
fn each_recorded_run_has_the_cause_and_the_confidence_that_stand_beside_its_name() {
    let fault = Cause::Fault;
    for (path, expected) in [
        ("stop/worker2.log", (fault(FaultAction::Stop), confidence::STOP)),
        ("stop/worker2-1.33.log", (fault(FaultAction::Stop), confidence::STOP)),
        ("seed-1.30-worker2.log", (fault(FaultAction::Stop), confidence::STOP)),
        ("kill/worker2.log", (fault(FaultAction::Kill), confidence::KILL)),
        ("pause/worker2.log", (fault(FaultAction::Pause), confidence::PAUSE_SILENT)),
        ("pause/worker2-1.33.log", (fault(FaultAction::Pause), confidence::PAUSE_HANDSHAKE)),
        ("disconnect/worker2.log", (fault(FaultAction::Disconnect), confidence::DISCONNECT)),
        ("apiserver/worker2.log", (fault(FaultAction::Apiserver), confidence::API_SERVER)),
        ("lease-1.30-network-disconnect.log", (Cause::OwnNetwork, confidence::OWN_NETWORK)),
    ] {
        assert_eq!(recorded(path), expected, "{path}");
    }
}

/// Lines of one symptom from a second on, five seconds apart.
struct Lines(i64, u8, Symptom, Option<ErrorDetail>, Activity);

fn made(lines: &[Lines]) -> Outage {
    let mut facts = Vec::new();
    for Lines(second, count, symptom, error_detail, activity) in lines {
        facts.extend((0..i64::from(*count)).map(|number| JournalFact {
            when: Time::UNIX_EPOCH + Duration::seconds(second + number * 5),
            worker: Arc::from("worker2"),
            activity: *activity,
            symptom: *symptom,
            resource: None,
            retry_in: None,
            twin: false,
            error_detail: *error_detail,
        }));
    }
    facts.sort_by_key(|fact| fact.when);
    let mut outages = Outages::default();
    facts.iter().for_each(|fact| outages.add_journal_line(fact));
    outages.last().expect("it has lines").clone()
}

/// Name, lines, cause and confidence of each pattern without a recorded run.
fn patterns() -> Vec<(&'static str, Vec<Lines>, Cause, f64)> {
    use Activity::{Event, Watch};
    use ErrorDetail::{CertificateExpired, ConnectTimeout, NoNetwork, TlsHandshakeTimeout};
    use Symptom::{ConnectionRefused as Refused, DnsFailure, ServerError, Timeout, TlsOrAuth, Unreachable};
    let stop = Cause::Fault(FaultAction::Stop);
    let pause = Cause::Fault(FaultAction::Pause);
    let disconnect = Cause::Fault(FaultAction::Disconnect);
    let api_server = Cause::Fault(FaultAction::Apiserver);
    vec![
        ("no symptom", vec![Lines(0, 9, Symptom::None, None, Event)], Cause::Unclear, confidence::NOTHING),
        (
            "no network here, mostly time-outs",
            vec![Lines(0, 20, Timeout, None, Event), Lines(0, 2, Unreachable, Some(NoNetwork), Event)],
            Cause::OwnNetwork,
            confidence::OWN_NETWORK_SILENT,
        ),
        (
            "expired certificate",
            vec![Lines(0, 9, TlsOrAuth, Some(CertificateExpired), Event)],
            Cause::Certificate,
            confidence::CERTIFICATE_EXPIRED,
        ),
        ("401 or 403", vec![Lines(0, 9, TlsOrAuth, None, Event)], Cause::Certificate, confidence::REJECTED),
        ("5xx", vec![Lines(0, 9, ServerError, None, Event)], Cause::Overload, confidence::SERVER_ERRORS),
        (
            "refused, watches too",
            vec![Lines(0, 9, Refused, None, Watch)],
            api_server,
            confidence::API_SERVER_WITH_WATCHES,
        ),
        (
            "handshakes and connects time out alike",
            vec![
                Lines(0, 9, Timeout, Some(TlsHandshakeTimeout), Event),
                Lines(0, 9, Timeout, Some(ConnectTimeout), Event),
            ],
            pause,
            confidence::PAUSE_MIXED,
        ),
        (
            "connects time out",
            vec![Lines(0, 9, Timeout, Some(ConnectTimeout), Event)],
            Cause::NetworkCut,
            confidence::PACKETS_LOST,
        ),
        (
            "refused, then no route",
            vec![Lines(0, 4, Refused, None, Event), Lines(30, 6, Unreachable, None, Event)],
            stop,
            confidence::STOP_UNREACHABLE,
        ),
        ("no route", vec![Lines(0, 9, Unreachable, None, Event)], Cause::HostGone, confidence::HOST_GONE),
        (
            "refused, then silence",
            vec![Lines(0, 5, Refused, None, Event), Lines(30, 5, Timeout, None, Event)],
            stop,
            confidence::STOP_SILENT,
        ),
        (
            "refused and some silence, then no name",
            vec![
                Lines(0, 4, Refused, None, Event),
                Lines(10, 1, Timeout, None, Event),
                Lines(30, 9, DnsFailure, None, Event),
            ],
            stop,
            confidence::STOP_WITH_SILENCE,
        ),
        (
            "silence and some refused, then no name",
            vec![
                Lines(0, 1, Refused, None, Event),
                Lines(5, 4, Timeout, None, Event),
                Lines(30, 9, DnsFailure, None, Event),
            ],
            disconnect,
            confidence::DISCONNECT_MIXED,
        ),
        (
            "silence first, then refused",
            vec![Lines(0, 5, Timeout, None, Event), Lines(30, 5, Refused, None, Event)],
            Cause::Unclear,
            confidence::UNCLEAR,
        ),
    ]
}

#[test]
fn each_pattern_without_a_recorded_run_has_its_cause_and_confidence() {
    for (name, lines, cause, confidence) in patterns() {
        let diagnosis = diagnose(&made(&lines), JournalCoverage::default());
        assert_eq!((diagnosis.cause, diagnosis.confidence), (cause, confidence), "{name}");
    }
}

#[test]
fn a_journal_that_begins_or_ends_too_early_casts_doubt() {
    let refused = |count| made(&[Lines(0, count, Symptom::ConnectionRefused, None, Activity::Event)]);
    let at = |second| Some(Time::UNIX_EPOCH + Duration::seconds(second));
    for (count, coverage, expected) in [
        (9, JournalCoverage { from: at(-60), to: at(120) }, 0.9),
        (2, JournalCoverage { from: at(-60), to: at(120) }, 0.45),
        (5, JournalCoverage { from: at(-60), to: at(120) }, 0.77),
        (9, JournalCoverage { from: at(-5), to: at(120) }, 0.54),
        (3, JournalCoverage { from: at(-60), to: at(12) }, 0.38),
    ] {
        let diagnosis = diagnose(&refused(count), coverage);
        assert_eq!(diagnosis.confidence, expected, "{count} lines, {coverage:?}: {:?}", diagnosis.doubts);
    }
}
