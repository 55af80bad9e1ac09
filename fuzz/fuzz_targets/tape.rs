//! Any bytes as a tape: no panic in the fold, the reports and the story; what is written is read back.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blackout::fuzzing::tape(bytes));
