//! The prefilter never skips a line that the reader finds to be about the control plane.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kubelet_journal::{bulk::find_candidate, entry, read, record};

fn is_about_control_plane(line: &[u8]) -> bool {
    let entry = entry(line);
    read(&record(&entry.message)).control_plane
}

#[test]
fn every_line_of_the_corpora_and_the_journals_passes() {
    let mut lines = crate::fixtures::corpus_lines();
    for name in crate::fixtures::JOURNALS {
        let journal = String::from_utf8(crate::fixtures::journal(name)).unwrap();
        lines.extend(journal.lines().map(str::to_owned));
    }
    let skipped: Vec<_> = lines
        .iter()
        .filter(|line| is_about_control_plane(line.as_bytes()) && find_candidate(line.as_bytes(), 0).is_none())
        .collect();
    assert_eq!(skipped, Vec::<&String>::new());
}

/// The string literals in the files of a room, by their content: wherever a file moves, its literals are found.
fn literals(room: &Path) -> BTreeSet<String> {
    let mut literals = BTreeSet::new();
    for entry in fs::read_dir(room).expect("the sources are readable") {
        let text = fs::read_to_string(entry.expect("it is readable").path()).expect("sources are UTF-8");
        let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
        for line in code.filter(|line| !line.trim_start().starts_with("//")) {
            let mut rest = line;
            while let Some(start) = rest.find('"') {
                let inner = &rest[start + 1..];
                let Some(end) = inner.find('"') else { break };
                literals.insert(inner[..end].to_owned());
                rest = &inner[end + 1..];
            }
        }
    }
    literals
}

#[test]
fn every_message_and_cause_that_the_reader_knows_passes() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/classify");
    let (files, words): (Vec<String>, Vec<String>) =
        literals(&room).into_iter().partition(|literal| literal.ends_with(".go"));
    assert!(files.len() > 100 && words.len() > 300, "{} files, {} words", files.len(), words.len());
    let mut skipped = Vec::new();
    let mut found = 0;
    let mut check = |line: String| {
        if is_about_control_plane(line.as_bytes()) {
            found += 1;
            if find_candidate(line.as_bytes(), 0).is_none() {
                skipped.push(line);
            }
        }
    };
    let short = [": connect refused x", "", ": EOF", ": x: connection refused", " no such host"];
    for word in &words {
        for file in &files {
            for end in short {
                check(format!("I1228 16:08:57.706942     228 {file}:145] {word}{end}"));
                check(format!("W1228 16:08:57.706942     228 {file}:145] \"{word}\" err=\"a{end}\""));
            }
            // a cause alone, with no message around it
            check(format!("I1228 16:08:57.706942     228 {file}:145] \"x\" err=\"/api/v1/nodes {word}\""));
        }
        for end in short {
            check(format!("{word}{end}"));
            check(format!("{{\"ts\":1746793716206.3,\"caller\":\"x.go:1\",\"msg\":\"{word}\",\"err\":\"x{end}\"}}"));
            check(format!("time=\"2024-12-28T16:08:57Z\" level=info msg=\"apiserver {word}{end}\""));
            check(format!("INFO[2024-12-28T16:08:57Z] apiserver {word}{end}"));
        }
    }
    assert!(found > 1_000, "{found}");
    assert_eq!(skipped, Vec::<String>::new());
}
