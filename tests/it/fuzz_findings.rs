//! What a fuzzer has found once, or what it would take long to find, is harmless: each input goes through the function
//! of its target.

use std::{fs, path::Path};

use blackout::fuzzing;

/// Gives each input of a target to `each`.
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
fn journals_that_were_found_are_harmless() {
    inputs("journal", fuzzing::journal);
}

#[test]
fn tapes_that_were_found_are_harmless() {
    inputs("tape", fuzzing::tape);
}

#[test]
fn values_that_were_found_are_harmless() {
    inputs("command_line", |bytes| fuzzing::command_line(&String::from_utf8_lossy(bytes)));
}

#[test]
fn kubeconfigs_that_were_found_are_harmless() {
    let folder = tempfile::tempdir().unwrap();
    inputs("kubeconfig", |bytes| fuzzing::kubeconfig(&folder.path().join("kubeconfig"), bytes));
}

#[test]
fn docker_contexts_that_were_found_are_harmless() {
    let folder = tempfile::tempdir().unwrap();
    inputs("docker_context", |bytes| fuzzing::docker_context(folder.path(), bytes));
}
