//! Any bytes: no panic, one object for each line in order, the same answer however the reads cut the input.
#![no_main]

use std::{
    io::{self, Read},
    time::Duration,
};

use blackout::analyze::{AnalysisFormat, AnalyzeOptions, AnalyzeOutcome, AnalyzeContext, run};
use libfuzzer_sys::fuzz_target;

/// Returns at most a fixed number of bytes from each read: the input, the position in it, and that number.
struct DripReader(Vec<u8>, usize, usize);

impl Read for DripReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let taken = self.2.min(buffer.len()).min(self.0.len() - self.1);
        buffer[..taken].copy_from_slice(&self.0[self.1..self.1 + taken]);
        self.1 += taken;
        Ok(taken)
    }
}

fn analyze(input: &[u8], drip: usize, format: AnalysisFormat) -> (AnalyzeOutcome, Vec<u8>) {
    let mut out = Vec::new();
    let outcome = run(
        &AnalyzeOptions { format, year: Some(2024), ..AnalyzeOptions::default() },
        &mut AnalyzeContext {
            stdin: &mut || Box::new(DripReader(input.to_vec(), 0, drip)) as Box<dyn Read + Send>,
            out: &mut out,
            err: &mut io::sink(),
            today: today(),
            elapsed: &|| Duration::ZERO,
            err_is_terminal: false,
        },
    )
    .expect("memory can be written to");
    (outcome, out)
}

fn today() -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day")
}

fuzz_target!(|input: (u16, &[u8])| {
    let (drip, bytes) = input;
    let drip = usize::from(drip).max(1);
    for format in [AnalysisFormat::Jsonl, AnalysisFormat::Json, AnalysisFormat::Text] {
        assert_eq!(analyze(bytes, usize::MAX, format), analyze(bytes, drip, format));
    }
    let (_, answers) = analyze(bytes, usize::MAX, AnalysisFormat::Jsonl);
    for (index, answer) in answers.split(|byte| *byte == b'\n').filter(|answer| !answer.is_empty()).enumerate() {
        let answer: serde_json::Value = serde_json::from_slice(answer).expect("an answer is JSON");
        assert_eq!(answer["n"], index + 1);
    }
});
