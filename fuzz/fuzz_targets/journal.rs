//! Any lines of a journal: no panic, and nothing unsafe is shown.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blackout::fuzzing::journal(bytes));
