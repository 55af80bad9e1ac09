//! Any bytes as a kubeconfig: no panic, and an error that says something.
#![no_main]

use std::sync::LazyLock;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder can be made"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blackout::fuzzing::kubeconfig(&FOLDER.path().join("kubeconfig"), bytes));
