//! `blackout analyze` as a program: pipes and exit codes.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use crate::analyze::log;

fn blackout() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blackout"));
    command.arg("analyze").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn the_first_line_of_a_pipe_is_answered_before_the_second_is_written() {
    let mut child = blackout().args(["--format", "jsonl"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for n in 1..=3 {
        pipe.write_all(
            b"Dec 28 16:05:02 w kubelet[228]: I1228 16:05:02.532917     228 server.go:1264] \"Started kubelet\"\n",
        )
        .unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert!(answer.starts_with(&format!("{{\"n\":{n},")), "{answer}");
    }
    drop(pipe);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_closes_the_pipe_ends_it_without_an_error() {
    for format in ["jsonl", "json", "text"] {
        let many = vec![log("seed-1.30-worker2.log"); 40];
        let mut child = blackout().args(["--format", format]).args(many).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{format}: {}", output.status);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}

#[test]
fn the_exit_code_is_0_only_if_every_input_was_read() {
    let code = |arguments: &[&str]| blackout().args(arguments).output().unwrap().status.code();
    assert_eq!(code(&["tests/fixtures/logs/kill/worker2.log"]), Some(0));
    assert_eq!(code(&["Cargo.toml"]), Some(1));
    assert_eq!(code(&["nowhere.log", "tests/fixtures/logs/kill/worker2.log"]), Some(1));
    assert_eq!(code(&["--format", "xml"]), Some(2));
    assert_eq!(code(&["--since", "yesterday"]), Some(2));
}

#[test]
fn a_pipe_gets_color_only_on_request() {
    let text = |arguments: &[&str]| {
        let output = blackout().args(arguments).arg(log("kill/worker2.log")).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!text(&[]).contains('\u{1b}'));
    assert!(text(&["--color", "always"]).contains('\u{1b}'));
    assert!(text(&["--width", "50"]).lines().all(|line| !line.contains("node lease not renewed")));
}
