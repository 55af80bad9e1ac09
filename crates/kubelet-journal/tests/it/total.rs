//! Any bytes give an answer: nothing panics, nothing unsafe is shown.

use std::sync::LazyLock;

use kubelet_journal::{
    DuplicateFilter, ExportParser, TimeResolver, VersionClues, YearHint, entry, explain, printable, read, record,
};
use proptest::prelude::*;

fn everything(line: &[u8]) {
    let entry = entry(line);
    let record = record(&entry.message);
    let reading = read(&record);
    let _ = TimeResolver::new(YearHint::Year(2024)).resolve(entry.timestamp.as_ref(), record.time());
    let _ = DuplicateFilter::default().is_duplicate(&reading);
    VersionClues::default().add(&record);
    let explanation = explain(&reading);
    for text in [&*entry.message, &explanation.meaning, &explanation.next] {
        assert!(!printable(text).chars().any(char::is_control));
    }
}

/// Lines of every form to cut and to damage.
static SAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut lines = crate::fixtures::corpus_lines();
    let journal = String::from_utf8(crate::fixtures::journal("pause/worker2.journal.jsonl")).expect("JSON is UTF-8");
    lines.extend(journal.lines().take(5).map(str::to_owned));
    lines
});

#[test]
fn every_cut_of_every_form_gives_an_answer() {
    for line in SAMPLES.iter() {
        let bytes = line.as_bytes();
        let step = (bytes.len() / 150).max(1);
        for at in (0..bytes.len()).step_by(step) {
            everything(&bytes[..at]);
            everything(&bytes[at..]);
        }
    }
}

/// Parts of the forms of lines and records.
const WORDS: &[&str] = &[
    "E1228 16:08:57.706942",
    " 228 ",
    "reflector.go:150] ",
    "\"",
    "\\",
    "err=\"",
    "{\"ts\":",
    "\"msg\":",
    "Dec 28 16:08:57",
    " w2 ",
    "kubelet[1]: ",
    "time=\"",
    "level=error msg=",
    "://",
    "dial tcp ",
    ": lookup ",
    "Failed to watch ",
    "*v1.Pod",
    "12月",
    "é",
    "{\"MESSAGE\":",
    "[",
    "}",
    "'&v1.Event{",
    "}': '",
    "failed to patch status ",
    "\" for node ",
    "2024-12-28T16:08:57",
    "+01:00",
    " stderr F ",
    "failed to fetch token",
    "caused by: ",
    ".go:1",
    "<30>",
    "->",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_an_answer(line in proptest::collection::vec(any::<u8>(), 0..400)) {
        everything(&line);
    }

    #[test]
    fn damaged_lines_give_an_answer(
        which in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = SAMPLES[which.index(SAMPLES.len())].clone().into_bytes();
        prop_assume!(!bytes.is_empty());
        for (place, byte) in damage {
            let length = bytes.len();
            bytes[place.index(length)] = byte;
        }
        everything(&bytes);
    }

    #[test]
    fn words_of_the_forms_in_any_order_give_an_answer(
        words in proptest::collection::vec(prop::sample::select(WORDS.to_vec()), 0..24),
    ) {
        everything(words.concat().as_bytes());
    }

    #[test]
    fn any_bytes_of_an_export_give_an_answer(
        bytes in proptest::collection::vec(prop::sample::select(b"A=\n\x00\x01\xffMESSAGE".to_vec()), 0..300),
    ) {
        let mut parser = ExportParser::default();
        parser.feed(&bytes, &mut |_| {});
        parser.finish(&mut |_| {});
    }
}
