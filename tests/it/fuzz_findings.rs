//! Inputs that a fuzzer has found, or would need long to find, go through the function of their fuzz target without a
//! panic.

use std::{fs, path::Path};

use blackout::fuzzing;

/// Calls `each` with every input of a fuzz target.
fn inputs(target: &str, mut each: impl FnMut(&[u8])) {
    let folder = Path::new("tests/fixtures/fuzz").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        each(&fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} has no input", folder.display());
}

#[test]
fn found_journals_do_not_panic() {
    inputs("journal", fuzzing::journal);
}

#[test]
fn found_tapes_do_not_panic() {
    inputs("tape", fuzzing::tape);
}

#[test]
fn found_command_line_values_do_not_panic() {
    inputs("command_line", |bytes| fuzzing::command_line(&String::from_utf8_lossy(bytes)));
}

#[test]
fn found_kubeconfigs_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    inputs("kubeconfig", |bytes| fuzzing::kubeconfig(&folder.path().join("kubeconfig"), bytes));
}

#[test]
fn found_docker_contexts_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    inputs("docker_context", |bytes| fuzzing::docker_context(folder.path(), bytes));
}
