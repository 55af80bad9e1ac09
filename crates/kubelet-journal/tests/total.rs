//! Any bytes give an answer: nothing panics, nothing unsafe is shown.

use std::sync::LazyLock;

use kubelet_journal::{Calendar, Export, TwinFold, VersionClues, YearHint, entry, explain, printable, read, record};
use proptest::prelude::*;

fn everything(line: &[u8]) {
    let entry = entry(line);
    let record = record(&entry.message);
    let reading = read(&record);
    let _ = Calendar::new(YearHint::Year(2024)).moment(&entry, &record);
    let _ = TwinFold::default().is_second(&reading);
    VersionClues::default().add(&record);
    let explanation = explain(&reading);
    for text in [&*entry.message, &explanation.meaning, &explanation.next] {
        assert!(!printable(text).chars().any(char::is_control));
    }
}

/// Lines of every form to cut and to damage.
static SAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let corpus = ["kubelet-lines.jsonl", "own-lines.jsonl"].map(|name| {
        std::fs::read_to_string(format!("../../tests/fixtures/corpus/{name}")).expect("the corpus is a fixture")
    });
    let mut lines: Vec<String> = corpus
        .iter()
        .flat_map(|corpus| corpus.lines())
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("the corpus is JSON"))
        .filter_map(|labelled| labelled["line"].as_str().map(str::to_owned))
        .collect();
    let journal = std::fs::read_to_string("../../tests/fixtures/logs/pause/worker2.journal.jsonl")
        .expect("the journal is a fixture");
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
    fn words_of_the_forms_in_any_order_give_an_answer(words in proptest::collection::vec(prop::sample::select(vec![
        "E1228 16:08:57.706942", " 228 ", "reflector.go:150] ", "\"", "\\", "err=\"", "{\"ts\":", "\"msg\":", "Dec 28 16:08:57", " w2 ", "kubelet[1]: ",
        "time=\"", "level=error msg=", "://", "dial tcp ", ": lookup ", "Failed to watch ", "*v1.Pod", "12月", "é", "{\"MESSAGE\":", "[", "}", "'&v1.Event{", "}': '",
        "failed to patch status ", "\" for node ", "2024-12-28T16:08:57", "+01:00", " stderr F ", "failed to fetch token", "caused by: ", ".go:1", "<30>", "->",
    ]), 0..24)) {
        everything(words.concat().as_bytes());
    }

    #[test]
    fn any_bytes_of_an_export_give_an_answer(bytes in proptest::collection::vec(prop::sample::select(b"A=\n\x00\x01\xffMESSAGE".to_vec()), 0..300)) {
        let mut export = Export::default();
        export.feed(&bytes, &mut |_| {});
        export.finish(&mut |_| {});
    }
}
