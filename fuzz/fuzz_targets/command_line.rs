//! Any text as a value of the command line: no panic, and no value outside its range. There is no configuration file.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| blackout::fuzzing::command_line(text));
