//! Every form of a journal gives the same analysis.

use std::path::{Path, PathBuf};

use blackout::analyze::{AnalysisFormat, AnalyzeOutcome};
use serde_json::Value;

use crate::analyze::{analyzed, json, options};

fn forms() -> Vec<PathBuf> {
    let mut forms: Vec<_> =
        std::fs::read_dir("tests/fixtures/forms").unwrap().map(|entry| entry.unwrap().path()).collect();
    forms.sort();
    forms
}

fn form(name: &str) -> PathBuf {
    Path::new("tests/fixtures/forms").join(name)
}

/// The lanes, with the numbers of their lines and failures.
fn lanes(analysis: &Value) -> Vec<(String, u64, u64)> {
    let count = |lane: &Value, what: &str| lane[what].as_u64().unwrap();
    analysis["lanes"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, lane)| (name.clone(), count(lane, "lines"), count(lane, "failures")))
        .collect()
}

#[test]
fn every_form_gives_the_same_analysis() {
    let plain = json(&options(&[form("short.log")], AnalysisFormat::Json), b"");
    assert_eq!((&plain["control_plane_lines"], &plain["failures"]), (&25.into(), &22.into()));
    for path in forms() {
        let analysis = json(&options(std::slice::from_ref(&path), AnalysisFormat::Json), b"");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(analysis["control_plane_lines"], plain["control_plane_lines"], "{name}");
        assert_eq!(lanes(&analysis), lanes(&plain), "{name}");
        assert_eq!(analysis["first"], plain["first"], "{name}");
    }
}

#[test]
fn every_line_of_every_form_has_one_object() {
    for path in forms() {
        let (outcome, out, err) = analyzed(&options(std::slice::from_ref(&path), AnalysisFormat::Jsonl), b"");
        assert_eq!((outcome, &*err), (AnalyzeOutcome::Done, ""), "{}", path.display());
        let analysis = json(&options(std::slice::from_ref(&path), AnalysisFormat::Json), b"");
        let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let about = answers.iter().filter(|answer| answer["control_plane"] == true).count();
        let name = path.display();
        assert_eq!(analysis["control_plane_lines"], about, "{name}");
        assert_eq!(analysis["lines"], answers.len(), "{name}");
        if let Ok(text) = std::fs::read_to_string(&path)
            && !name.to_string().ends_with("export")
        {
            assert_eq!(answers.len(), text.lines().count(), "{name}");
        }
    }
}

#[test]
fn a_binary_journal_is_refused_with_the_command_that_reads_it() {
    let (outcome, _, err) = analyzed(&options(&[], AnalysisFormat::Json), b"LPKSHHRH\0\0\0\0binary");
    assert_eq!(outcome, AnalyzeOutcome::Failed);
    assert!(err.contains("journalctl --file"), "{err}");
}
