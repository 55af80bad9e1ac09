//! The fixtures of the repository, which the program's tests read too.

use std::path::{Path, PathBuf};

/// Journals of a worker through an outage.
pub(crate) const JOURNALS: [&str; 9] = [
    "seed-1.30-worker2.log",
    "lease-1.30-network-disconnect.log",
    "stop/worker2.log",
    "kill/worker2.log",
    "pause/worker2.log",
    "disconnect/worker2.log",
    "apiserver/worker2.log",
    "stop/worker2-1.33.log",
    "pause/worker2-1.33.log",
];

/// The path of a fixture.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

/// A journal as it was written.
pub(crate) fn journal(name: &str) -> Vec<u8> {
    std::fs::read(path("logs").join(name)).expect("the journals are fixtures")
}

/// The labeled lines of the corpora: each an object with a `line` and the labels.
pub(crate) fn corpus() -> Vec<serde_json::Value> {
    ["kubelet-lines.jsonl", "own-lines.jsonl", "wide-lines.jsonl"]
        .into_iter()
        .flat_map(|name| {
            let text = std::fs::read_to_string(path("corpus").join(name)).expect("the corpora are fixtures");
            text.lines().map(|line| serde_json::from_str(line).expect("the corpora are JSON")).collect::<Vec<_>>()
        })
        .collect()
}

/// The lines of the corpora, without their labels.
pub(crate) fn corpus_lines() -> Vec<String> {
    corpus().iter().map(|labeled| labeled["line"].as_str().expect("each has a line").to_owned()).collect()
}
