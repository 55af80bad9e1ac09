//! A filter that matches no line: each format reports it with what the input contains, and the exit code is 0.

use std::process::{Command, Output};

use serde_json::Value;

use crate::{analyze::log, terminal::program};

const JOURNAL: &str = "kill/worker2.log";

fn analyze(arguments: &[&str]) -> (Output, String, String) {
    let output = Command::new(program()).arg("analyze").arg(log(JOURNAL)).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

#[test]
fn the_text_reports_that_no_line_matches_and_what_the_input_contains() {
    for filter in [["--worker", "wroker"], ["--since", "2031-01-01"], ["--until", "1999-12-31"], ["--lane", "auth"]] {
        let (output, out, err) = analyze(&filter);
        assert_eq!((output.status.code(), &*err), (Some(0), ""), "{filter:?}");
        let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.starts_with(&format!("No line matches {}", filter[0])), "{words}");
        assert!(words.contains("the only worker is api-server-failure-worker2"), "{words}");
        assert!(words.contains("the lines are from 20"), "{words}");
        assert!(!words.contains("No call to the control plane failed"), "{words}");
        assert_eq!(words.contains("the lanes are refused, lease"), filter[0] == "--lane", "{words}");
    }
}

#[test]
fn json_keeps_its_schema_and_the_hint_goes_to_standard_error() {
    for format in ["json", "jsonl"] {
        let (output, out, err) = analyze(&["--worker", "wroker", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{err}");
        assert!(err.starts_with("blackout: no line matches --worker wroker: the only worker is"), "{err}");
        match format {
            "jsonl" => assert_eq!(out, ""),
            _ => assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["lines"], 0),
        }
    }
}

#[test]
fn a_filter_that_matches_a_line_gives_no_hint() {
    for format in ["text", "json", "jsonl"] {
        let (_, out, err) = analyze(&["--lane", "refused", "--format", format]);
        assert!(!out.is_empty() && err.is_empty(), "{format}: {err}");
        assert!(!out.contains("No line matches"), "{out}");
    }
}

#[test]
fn a_tape_without_a_line_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let tape = folder.path().join("run.jsonl");
    let (output, _, err) = analyze(&["--worker", "wroker", "--tape", tape.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("the only worker is") && err.contains("no line is left, so there is nothing"), "{err}");
    assert!(!tape.exists());
}
