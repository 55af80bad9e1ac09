//! The sieve never holds a line back that the reader finds to be about the control plane.

use kubelet_journal::{entry, read, record, sift};
use serde_json::Value;

fn is_about_control_plane(line: &[u8]) -> bool {
    let entry = entry(line);
    read(&record(&entry.message)).control_plane
}

#[test]
fn every_line_of_the_corpora_and_the_journals_falls_through() {
    let mut lines: Vec<String> = Vec::new();
    for corpus in ["kubelet-lines", "own-lines", "wide-lines"] {
        let text = std::fs::read_to_string(format!("../../tests/fixtures/corpus/{corpus}.jsonl")).unwrap();
        let line = |labelled| serde_json::from_str::<Value>(labelled).unwrap()["line"].as_str().unwrap().to_owned();
        lines.extend(text.lines().map(line));
    }
    for (name, _) in crate::analyze::FAULTS {
        lines.extend(std::fs::read_to_string(crate::analyze::log(name)).unwrap().lines().map(str::to_owned));
    }
    let held: Vec<_> = lines
        .iter()
        .filter(|line| is_about_control_plane(line.as_bytes()) && sift(line.as_bytes(), 0).is_none())
        .collect();
    assert_eq!(held, Vec::<&String>::new());
}

/// The text literals of a source file.
fn literals(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(format!("src/kubelet/{file}")).unwrap();
    let mut literals = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let mut rest = line;
        while let Some(start) = rest.find('"') {
            let inner = &rest[start + 1..];
            let Some(end) = inner.find('"') else { break };
            literals.push(inner[..end].to_owned());
            rest = &inner[end + 1..];
        }
    }
    literals
}

#[test]
fn every_sentence_that_the_reader_knows_falls_through() {
    let sentences: Vec<String> = ["phrase.rs", "bare.rs", "judge.rs", "supervisor.rs", "reflector.rs"]
        .iter()
        .flat_map(|file| literals(file))
        .collect();
    let files = literals("desk.rs");
    let causes = literals("cause.rs");
    assert!(sentences.len() > 100 && files.len() > 50 && causes.len() > 50);
    let mut held = Vec::new();
    let mut caught = 0;
    let mut check = |line: String| {
        if is_about_control_plane(line.as_bytes()) {
            caught += 1;
            if sift(line.as_bytes(), 0).is_none() {
                held.push(line);
            }
        }
    };
    let short = [": connect refused x", "", ": EOF", ": x: connection refused", " no such host"];
    for file in files.iter().filter(|file| file.ends_with(".go")) {
        for sentence in &sentences {
            for end in short {
                check(format!("I1228 16:08:57.706942     228 {file}:145] {sentence}{end}"));
                check(format!("W1228 16:08:57.706942     228 {file}:145] \"{sentence}\" err=\"a{end}\""));
            }
        }
        // a cause alone, with no sentence around it
        for cause in &causes {
            check(format!("I1228 16:08:57.706942     228 {file}:145] {cause}"));
            check(format!("I1228 16:08:57.706942     228 {file}:145] \"x\" err=\"/api/v1/nodes {cause}\""));
        }
    }
    for sentence in sentences.iter().chain(&causes) {
        for end in short {
            check(format!("{sentence}{end}"));
            check(format!(
                "{{\"ts\":1746793716206.3,\"caller\":\"x.go:1\",\"msg\":\"{sentence}\",\"err\":\"x{end}\"}}"
            ));
            check(format!("time=\"2024-12-28T16:08:57Z\" level=info msg=\"apiserver {sentence}{end}\""));
            check(format!("INFO[2024-12-28T16:08:57Z] apiserver {sentence}{end}"));
        }
    }
    assert!(caught > 1_000, "{caught}");
    assert_eq!(held, Vec::<String>::new());
}
