//! Any bytes: nothing panics, every line has one object, and how the reads cut the input makes no difference.

use std::{
    io::{self, Read},
    sync::LazyLock,
    time::Duration,
};

use blackout::analyze::{AnalysisFormat, AnalyzeContext, AnalyzeOutcome, run};
use proptest::prelude::*;
use serde_json::Value;

use crate::analyze::options;

/// Lines of every form in the fixtures.
static LINES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut lines = Vec::new();
    for corpus in ["kubelet-lines", "own-lines", "wide-lines"] {
        let text = std::fs::read_to_string(format!("tests/fixtures/corpus/{corpus}.jsonl")).unwrap();
        let line =
            |labelled| serde_json::from_str::<Value>(labelled).unwrap()["line"].as_str().unwrap().as_bytes().to_vec();
        lines.extend(text.lines().map(line));
    }
    for form in ["minikube-80.log", "systemctl-120.log", "cri-partial.log", "klog.jsonl", "journal.jsonl", "docker.log"]
    {
        let bytes = std::fs::read(format!("tests/fixtures/forms/{form}")).unwrap();
        lines.extend(bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
    }
    lines
});

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

fn analyze(input: &[u8], drip: usize, format: AnalysisFormat) -> (AnalyzeOutcome, String) {
    let mut out = Vec::new();
    let outcome = run(
        &options(&[], format),
        &mut AnalyzeContext {
            stdin: &mut || Box::new(DripReader(input.to_vec(), 0, drip)) as Box<dyn Read + Send>,
            out: &mut out,
            err: &mut Vec::new(),
            today: "2026-11-22".parse().unwrap(),
            elapsed: &|| Duration::ZERO,
            err_is_terminal: false,
        },
    )
    .unwrap();
    (outcome, String::from_utf8(out).unwrap())
}

fn lines_of(input: &[u8]) -> usize {
    input.split_inclusive(|byte| *byte == b'\n').count()
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        6 => (0..LINES.len()).prop_map(|index| LINES[index].clone()),
        1 => (0..LINES.len(), any::<prop::sample::Index>()).prop_map(|(index, cut)| {
            let line = &LINES[index];
            line[..cut.index(line.len() + 1)].to_vec()
        }),
        1 => prop::collection::vec(any::<u8>(), 0..120),
    ];
    // lines that follow each other in the list do so in their files: they may be pieces of one line
    let run = (0..LINES.len(), 1..9_usize)
        .prop_map(|(start, length)| LINES[start..(start + length).min(LINES.len())].to_vec());
    let lines = prop_oneof![2 => line.prop_map(|line| vec![line]), 1 => run];
    (prop::collection::vec(lines, 0..12), any::<bool>()).prop_map(|(lines, ends)| {
        let mut input = lines.concat().join(&b'\n');
        if ends {
            input.push(b'\n');
        }
        input
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn every_line_has_one_object_in_order(input in input()) {
        let plain = !input.starts_with(b"__CURSOR=") && !input.starts_with(&[0x1f, 0x8b])
            && !input.starts_with(&[0xff, 0xfe]) && !input.starts_with(&[0xfe, 0xff]);
        prop_assume!(plain);
        let (_, answers) = analyze(&input, usize::MAX, AnalysisFormat::Jsonl);
        let numbers: Vec<u64> = answers
            .lines()
            .map(|answer| serde_json::from_str::<Value>(answer).unwrap()["n"].as_u64().unwrap())
            .collect();
        prop_assert_eq!(numbers, (1..=lines_of(&input) as u64).collect::<Vec<_>>());
    }

    #[test]
    fn how_the_reads_cut_the_input_makes_no_difference(input in input(), drip in 1..700_usize) {
        for format in [AnalysisFormat::Jsonl, AnalysisFormat::Json, AnalysisFormat::Text] {
            prop_assert_eq!(analyze(&input, usize::MAX, format), analyze(&input, drip, format));
        }
    }

    #[test]
    fn both_json_formats_count_the_same_lines(input in input()) {
        let (_, answers) = analyze(&input, usize::MAX, AnalysisFormat::Jsonl);
        let about = answers.lines().filter(|answer| answer.contains("\"control_plane\":true")).count();
        let (_, whole) = analyze(&input, usize::MAX, AnalysisFormat::Json);
        if !whole.is_empty() {
            let whole: Value = serde_json::from_str(&whole).unwrap();
            prop_assert_eq!(whole["control_plane_lines"].as_u64(), Some(about as u64));
        }
    }

    #[test]
    fn any_bytes_give_an_answer(input in prop::collection::vec(any::<u8>(), 0..4_000), drip in 1..5_000_usize) {
        for format in [AnalysisFormat::Jsonl, AnalysisFormat::Json, AnalysisFormat::Text] {
            analyze(&input, drip, format);
        }
    }
}
