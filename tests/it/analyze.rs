//! `blackout analyze` as a library: the journals of real outages, in its three formats.

use std::{
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use blackout::{
    analyze::{
        AnalysisFormat, AnalyzeContext, AnalyzeOptions, AnalyzeOutcome, LineFilter, OutputStyle, TimeBound, run,
    },
    world::LaneId,
};
use serde_json::Value;

/// The journals of known faults, and the faults (`tests/fixtures/logs/README.md`).
pub(crate) const FAULTS: [(&str, &str); 8] = [
    ("seed-1.30-worker2.log", "stop"),
    ("stop/worker2.log", "stop"),
    ("stop/worker2-1.33.log", "stop"),
    ("kill/worker2.log", "kill"),
    ("pause/worker2.log", "pause"),
    ("pause/worker2-1.33.log", "pause"),
    ("disconnect/worker2.log", "disconnect"),
    ("apiserver/worker2.log", "apiserver"),
];

pub(crate) fn log(name: &str) -> PathBuf {
    Path::new("tests/fixtures/logs").join(name)
}

/// Runs an analysis: its outcome, the answer, and standard error.
pub(crate) fn analyzed(options: &AnalyzeOptions, stdin: &[u8]) -> (AnalyzeOutcome, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let input = stdin.to_vec();
    let outcome = run(
        options,
        &mut AnalyzeContext {
            stdin: &mut || Box::new(std::io::Cursor::new(input.clone())) as Box<dyn Read + Send>,
            out: &mut out,
            err: &mut err,
            today: "2026-11-22".parse().unwrap(),
            elapsed: &|| Duration::ZERO,
            err_is_terminal: false,
        },
    )
    .unwrap();
    (outcome, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

pub(crate) fn options(files: &[PathBuf], format: AnalysisFormat) -> AnalyzeOptions {
    AnalyzeOptions { files: files.to_vec(), format, year: Some(2024), ..AnalyzeOptions::default() }
}

pub(crate) fn json(options: &AnalyzeOptions, stdin: &[u8]) -> Value {
    let (outcome, out, err) = analyzed(&AnalyzeOptions { format: AnalysisFormat::Json, ..options.clone() }, stdin);
    assert_eq!((outcome, &*err), (AnalyzeOutcome::Done, ""));
    serde_json::from_str(&out).unwrap()
}

fn analysis_of(name: &str) -> Value {
    json(&options(&[log(name)], AnalysisFormat::Json), b"")
}

#[test]
fn the_log_of_the_seed_has_its_known_lanes_and_gaps() {
    let analysis = analysis_of("seed-1.30-worker2.log");
    assert_eq!((&analysis["lines"], &analysis["control_plane_lines"]), (&227.into(), &169.into()));
    let lane = |name: &str| {
        let lane = &analysis["lanes"][name];
        (
            lane["first"].as_str().unwrap().to_owned(),
            lane["lines"].as_u64().unwrap(),
            lane["failures"].as_u64().unwrap(),
        )
    };
    assert_eq!(lane("refused"), ("2024-12-28T16:08:56.965332".to_owned(), 16, 16));
    assert_eq!(lane("lease"), ("2024-12-28T16:08:57.706615".to_owned(), 26, 26));
    assert_eq!(lane("dns"), ("2024-12-28T16:09:07.309294".to_owned(), 141, 106));
    assert_eq!(lane("watch"), ("2024-12-28T16:09:07.309294".to_owned(), 77, 42));
    let worker = &analysis["workers"]["api-server-failure-worker2"];
    let lease = worker["retries"].as_array().unwrap().iter().find(|retry| retry["activity"] == "lease").unwrap();
    let gaps: Vec<f64> = lease["gaps_s"].as_array().unwrap().iter().map(|gap| gap.as_f64().unwrap()).collect();
    let rounded: Vec<f64> = gaps.iter().take(8).map(|gap| (gap * 10.0).round() / 10.0).collect();
    assert_eq!(rounded, [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 7.0, 7.0]);
    assert_eq!(analysis.get("outages"), None);
}

#[test]
fn each_fault_is_named_from_its_journal_alone() {
    let confidences: Vec<_> = FAULTS
        .iter()
        .map(|(name, fault)| {
            let signature = analysis_of(name)["signature"].clone();
            assert_eq!(signature["fault"], *fault, "{name}");
            (*name, signature["confidence"].as_f64().unwrap())
        })
        .collect();
    assert!(confidences.iter().all(|(_, confidence)| *confidence >= 0.7), "{confidences:?}");
}

#[test]
fn a_worker_that_lost_its_own_network_is_no_fault_of_the_control_plane() {
    assert_eq!(analysis_of("lease-1.30-network-disconnect.log")["signature"]["fault"], Value::Null);
}

#[test]
fn a_journal_that_begins_or_ends_in_the_middle_gives_less_confidence() {
    for (name, fault) in FAULTS {
        let text = std::fs::read_to_string(log(name)).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.contains("oom score")).collect();
        let whole = analysis_of(name)["signature"]["confidence"].as_f64().unwrap();
        let beginning = lines[lines.len() / 2..].join("\n");
        let signature = json(&options(&[], AnalysisFormat::Json), beginning.as_bytes())["signature"].clone();
        assert!(signature["confidence"].as_f64().unwrap() < whole, "{name} from the middle on: {signature}");
        // the line of the first heartbeat alone
        let first = lines.iter().position(|line| line.contains("Error updating") || line.contains("lease")).unwrap();
        let signature = json(&options(&[], AnalysisFormat::Json), lines[first].as_bytes())["signature"].clone();
        assert!(signature["confidence"].as_f64().unwrap() < 0.5, "{name}, one line ({fault}): {signature}");
    }
}

#[test]
fn two_workers_of_one_outage_are_one_outage_in_any_order() {
    let second = std::fs::read_to_string(log("stop/worker2.log")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.log");
    std::fs::write(&other, second.replace("api-server-failure-worker2 ", "api-server-failure-worker3 ")).unwrap();
    let files = [log("stop/worker2.log"), other];
    let analysis = json(&options(&files, AnalysisFormat::Json), b"");
    let backwards = json(&options(&[files[1].clone(), files[0].clone()], AnalysisFormat::Json), b"");
    assert_eq!(analysis, backwards);
    assert_eq!(analysis["workers"].as_object().unwrap().len(), 2);
    assert_eq!(analysis["signature"]["fault"], "stop");
    assert_eq!(analysis["lanes"]["refused"]["lines"], 48);
    assert_eq!(analysis.get("outages"), None);
    // the same in one file, one worker after the other or line by line
    let both = [std::fs::read_to_string(&files[0]).unwrap(), std::fs::read_to_string(&files[1]).unwrap()];
    let mut mixed: Vec<&str> = both.iter().flat_map(|text| text.lines()).collect();
    assert_eq!(json(&options(&[], AnalysisFormat::Json), both.concat().as_bytes()), analysis);
    mixed.sort_by_key(|line| line.get(..15).map(str::to_owned));
    assert_eq!(json(&options(&[], AnalysisFormat::Json), mixed.join("\n").as_bytes())["lanes"], analysis["lanes"]);
}

#[test]
fn several_outages_in_one_file_are_analyzed_one_by_one() {
    let files: Vec<_> =
        ["disconnect", "stop", "kill", "pause"].iter().map(|fault| log(&format!("{fault}/worker2.log"))).collect();
    let text: Vec<u8> = ["stop", "pause", "kill", "disconnect"]
        .iter()
        .flat_map(|fault| std::fs::read(log(&format!("{fault}/worker2.log"))).unwrap())
        .collect();
    let analysis = json(&options(&[], AnalysisFormat::Json), &text);
    let faults: Vec<_> =
        analysis["outages"].as_array().unwrap().iter().map(|outage| outage["signature"]["fault"].clone()).collect();
    assert_eq!(faults, ["stop", "pause", "kill", "disconnect"]);
    let sum: u64 =
        analysis["outages"].as_array().unwrap().iter().map(|outage| outage["failures"].as_u64().unwrap()).sum();
    assert_eq!(analysis["failures"], sum);
    let apart = json(&options(&files, AnalysisFormat::Json), b"");
    assert_eq!((&apart["lanes"], &apart["outages"]), (&analysis["lanes"], &analysis["outages"]));
}

#[test]
fn a_journal_in_two_files_is_analyzed_like_one_in_one_file() {
    let text = std::fs::read_to_string(log("seed-1.30-worker2.log")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let folder = tempfile::tempdir().unwrap();
    let files = ["kubelet.log.1", "kubelet.log"].map(|name| folder.path().join(name));
    std::fs::write(&files[0], lines[..120].concat()).unwrap();
    std::fs::write(&files[1], lines[120..].concat()).unwrap();
    let whole = analysis_of("seed-1.30-worker2.log");
    for order in [[0, 1], [1, 0]] {
        let analysis = json(&options(&order.map(|index| files[index].clone()), AnalysisFormat::Json), b"");
        assert_eq!(analysis, whole, "{order:?}");
    }
}

#[test]
fn filters_exclude_lines() {
    let filtered = |filter: LineFilter| {
        json(&AnalyzeOptions { filter, ..options(&[log("seed-1.30-worker2.log")], AnalysisFormat::Json) }, b"")
    };
    let since = filtered(LineFilter { since: Some(TimeBound::parse("16:09:07").unwrap()), ..LineFilter::default() });
    assert_eq!(since["lanes"].get("refused"), None);
    assert_eq!(since["lanes"]["dns"]["lines"], 141);
    let until = filtered(LineFilter {
        until: Some(TimeBound::parse("2024-12-28T16:09:07Z").unwrap()),
        ..LineFilter::default()
    });
    assert_eq!((until["lanes"]["refused"]["lines"].as_u64(), until["lanes"].get("dns")), (Some(16), None));
    let watch = filtered(LineFilter { lanes: vec![LaneId::Watch], ..LineFilter::default() });
    assert_eq!((&watch["lines"], &watch["control_plane_lines"]), (&77.into(), &77.into()));
    let filter = LineFilter { workers: vec!["worker9".to_owned()], ..LineFilter::default() };
    let (outcome, nobody, err) =
        analyzed(&AnalyzeOptions { filter, ..options(&[log("seed-1.30-worker2.log")], AnalysisFormat::Json) }, b"");
    let nobody: Value = serde_json::from_str(&nobody).unwrap();
    assert_eq!((outcome, &nobody["lines"], &nobody["first"]), (AnalyzeOutcome::Done, &0.into(), &Value::Null));
    assert!(err.contains("no line matches --worker worker9"), "{err}");
}

#[test]
fn every_line_has_one_object_in_order() {
    for (name, _) in FAULTS {
        let (outcome, out, _) = analyzed(&options(&[log(name)], AnalysisFormat::Jsonl), b"");
        assert_eq!(outcome, AnalyzeOutcome::Done);
        let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let lines = std::fs::read_to_string(log(name)).unwrap().lines().count();
        let numbers: Vec<u64> = answers.iter().map(|answer| answer["n"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=lines as u64).collect::<Vec<_>>());
        let analysis = analysis_of(name);
        let about = answers.iter().filter(|answer| answer["control_plane"] == true).count();
        assert_eq!(analysis["control_plane_lines"], about);
    }
}

#[test]
fn an_object_of_a_line_has_its_fields_in_their_order() {
    let line = r#"Dec 28 16:09:07 api-server-failure-worker2 kubelet[228]: E1228 16:09:07.451597     228 reflector.go:150] pkg/kubelet/config/apiserver.go:66: Failed to watch *v1.Pod: Get "https://cp:6443/api/v1/pods": dial tcp: lookup cp on 192.168.65.254:53: no such host"#;
    let (_, out, _) = analyzed(&options(&[], AnalysisFormat::Jsonl), line.as_bytes());
    assert_eq!(
        out,
        concat!(
            r#"{"n":1,"severity":"E","time":"2024-12-28T16:09:07.451597","source":"reflector.go:150","#,
            r#""worker":"api-server-failure-worker2","control_plane":true,"activity":"watch","symptom":"dns-failure","resource":"*v1.Pod"}"#,
            "\n"
        )
    );
}

#[test]
fn a_time_after_new_year_is_in_the_next_year() {
    let line = |time: &str| format!("{time} w kubelet[1]: I1231 23:59:59.000000 1 a.go:1] x\n");
    let text = [line("Dec 31 23:59:59"), line("Jan  1 00:00:01"), line("Dec 31 23:59:58")].concat();
    let (_, out, _) = analyzed(&options(&[], AnalysisFormat::Jsonl), text.as_bytes());
    let times: Vec<String> = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["time"].as_str().unwrap()[..19].to_owned())
        .collect();
    assert_eq!(times, ["2024-12-31T23:59:59", "2025-01-01T00:00:01", "2024-12-31T23:59:58"]);
}

#[test]
fn an_input_that_is_not_a_journal_is_reported() {
    let (outcome, out, err) = analyzed(&options(&[], AnalysisFormat::Text), b"dear diary,\nconnection refused\n");
    assert_eq!((outcome, &*out), (AnalyzeOutcome::Failed, ""));
    assert!(err.contains("standard input is not a kubelet journal: none of its 2 lines"), "{err}");
    let (outcome, _, err) = analyzed(&options(&[], AnalysisFormat::Json), b"");
    assert_eq!(outcome, AnalyzeOutcome::Failed);
    assert!(err.contains("is empty"), "{err}");
    let folder = tempfile::tempdir().unwrap();
    let (outcome, _, err) = analyzed(&options(&[folder.path().to_owned()], AnalysisFormat::Json), b"");
    assert_eq!(outcome, AnalyzeOutcome::Failed);
    assert!(err.contains("is a directory"), "{err}");
}

#[test]
fn a_missing_file_is_named_and_the_others_are_analyzed() {
    let files = [PathBuf::from("nowhere/worker9.log"), log("kill/worker2.log")];
    let (outcome, out, err) = analyzed(&options(&files, AnalysisFormat::Json), b"");
    assert_eq!(outcome, AnalyzeOutcome::Failed);
    assert!(err.contains("nowhere/worker9.log"), "{err}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["signature"]["fault"], "kill");
}

#[test]
fn a_truncated_gzip_file_is_analyzed_up_to_its_end() {
    let packed = std::fs::read("tests/fixtures/forms/short.log.gz").unwrap();
    let (outcome, out, err) = analyzed(&options(&[], AnalysisFormat::Json), &packed[..packed.len() * 3 / 4]);
    assert_eq!(outcome, AnalyzeOutcome::Done);
    assert!(err.contains("damaged or truncated"), "{err}");
    assert!(serde_json::from_str::<Value>(&out).unwrap()["control_plane_lines"].as_u64().unwrap() > 5);
}

#[test]
fn the_text_format_fits_into_80_columns() {
    for (name, _) in FAULTS.into_iter().chain([("lease-1.30-network-disconnect.log", "")]) {
        let (_, out, _) = analyzed(&options(&[log(name)], AnalysisFormat::Text), b"");
        let wide: Vec<&str> = out.lines().filter(|line| line.chars().count() > 80).collect();
        assert_eq!(wide, Vec::<&str>::new(), "{name}");
        insta::assert_snapshot!(name.replace(['/', '.'], "-"), out);
    }
}

#[test]
fn the_text_format_describes_several_outages_of_several_workers() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.log");
    let second = std::fs::read_to_string(log("stop/worker2.log")).unwrap();
    std::fs::write(&other, second.replace("api-server-failure-worker2 ", "api-server-failure-worker3 ")).unwrap();
    let files = [log("stop/worker2.log"), other, log("kill/worker2.log")];
    let (_, out, _) = analyzed(&options(&files, AnalysisFormat::Text), b"");
    insta::assert_snapshot!("several", out);
}

#[test]
fn the_text_format_is_ascii_without_unicode_and_color() {
    let style = OutputStyle { unicode: false, ..OutputStyle::default() };
    let (_, out, _) =
        analyzed(&AnalyzeOptions { style, ..options(&[log("stop/worker2.log")], AnalysisFormat::Text) }, b"");
    assert!(out.is_ascii());
    let hostile = "Dec 28 16:09:07 evil\u{1b}[2J kubelet[228]: E1228 16:09:07.451597     228 controller.go:195] \"Failed to update lease\" err=\"Put https://cp:6443/x: \u{1b}[31m dial tcp 1.2.3.4:6443: connect: connection refused\"\n";
    let color = OutputStyle { color: true, ..OutputStyle::default() };
    let (_, out, _) =
        analyzed(&AnalyzeOptions { style: color, ..options(&[], AnalysisFormat::Text) }, hostile.as_bytes());
    assert!(!out.contains("\u{1b}[2J") && !out.contains("\u{1b}[31m d"), "{out:?}");
}
