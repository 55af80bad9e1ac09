//! The fast paths for large journals give the same results as the parser.

use kubelet_journal::bulk::PrefixMatcher;
use kubelet_journal::entry;

/// Matches every line of a journal after all lines before it: how many there are, and how many were matched.
fn matched(journal: &[u8]) -> (usize, usize) {
    let mut matcher = PrefixMatcher::default();
    let (mut lines, mut matched) = (0, 0);
    for line in journal.split_inclusive(|byte| *byte == b'\n') {
        let entry = entry(line);
        lines += 1;
        match matcher.match_line(line) {
            Some(found) => {
                matched += 1;
                let parsed = (entry.timestamp, entry.message.as_bytes());
                assert_eq!((found.timestamp, found.message), parsed, "{}", String::from_utf8_lossy(line));
            }
            None => {
                matcher.learn(line, &entry);
            }
        }
    }
    (lines, matched)
}

#[test]
fn a_matched_line_has_the_time_and_the_message_that_the_parser_finds() {
    for name in ["seed-1.30-worker2.log", "stop/worker2.log", "stop/worker2-1.33.log", "pause/worker2.log"] {
        let (lines, matched) = matched(&crate::fixtures::journal(name));
        assert!(matched * 10 > lines * 8, "{name}: {matched} of {lines}");
    }
}

#[test]
fn a_line_of_any_form_matches_the_prefix_that_was_learned_from_it() {
    let mut learned = 0;
    for line in crate::fixtures::corpus_lines() {
        let entry = entry(line.as_bytes());
        let mut matcher = PrefixMatcher::default();
        if matcher.learn(line.as_bytes(), &entry) {
            learned += 1;
            let found = matcher.match_line(line.as_bytes()).map(|found| (found.timestamp, found.message));
            assert_eq!(found, Some((entry.timestamp, entry.message.as_bytes())), "{line}");
        }
    }
    assert!(learned > 500, "{learned}");
}

#[test]
fn a_line_of_another_host_does_not_match() {
    let line = |host: &str| format!("Dec 28 16:08:57 {host} kubelet[228]: E1228 16:08:57.706942 228 a.go:1] x\n");
    let (first, other) = (line("worker1"), line("worker2"));
    let mut matcher = PrefixMatcher::default();
    assert!(matcher.learn(first.as_bytes(), &entry(first.as_bytes())));
    assert!(matcher.match_line(first.as_bytes()).is_some());
    assert_eq!(matcher.match_line(other.as_bytes()), None);
}

#[test]
fn a_line_with_an_impossible_time_does_not_match() {
    let line = |time: &str| format!("{time} w kubelet[228]: E1228 16:08:57.706942     228 a.go:1] x");
    let first = line("Dec 28 16:08:57");
    let mut matcher = PrefixMatcher::default();
    assert!(matcher.learn(first.as_bytes(), &entry(first.as_bytes())));
    assert_eq!(matcher.match_line(line("Dec 28 16:08:77").as_bytes()), None);
    let next = line("Jan  1 00:00:01");
    let found = matcher.match_line(next.as_bytes()).expect("the time has the same form");
    assert_eq!(found.timestamp, entry(next.as_bytes()).timestamp);
}
