//! Lines that go on in the next one: a terminal's hard wraps, and pieces of a container log.
//!
//! A piece is joined to its line only where the whole then reports a failed call and the line alone does not, and only within
//! [`PIECES`] lines; so a wrong guess costs nothing, and every line keeps an answer of its own. What a line means is decided by the reader
//! alone.

use crate::kubelet::{Entry, Form, LONGEST_LINE, Reading, Record, Severity, Symptom, entry, has_header, read, record};

/// Columns of the pages that `minikube logs` were pasted into.
const PAGE: usize = 80;

/// Columns that a line of a page may be off by: who pastes one often rewrites a host or a pid in it.
const REWRITTEN: usize = 2;

/// A line of fewer columns is not cut by a terminal.
const NARROWEST: usize = 60;

/// Lines that one line can go on for.
const PIECES: usize = 12;

/// What `systemctl status` puts in front of the pieces of a line.
const MARGIN: &str = "     ";

/// Bytes of all pieces of a wrapped line.
const WRAPPED: usize = 8 * 1024;

/// A line without its end.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a line is as wide as a page, so that words in it may be split.
pub(super) fn fills_page(line: &[u8]) -> bool {
    trimmed(line).len().abs_diff(PAGE) <= REWRITTEN
}

/// How a line may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// The runtime says that it goes on.
    Partial,
    /// It fills a page or ends inside a value.
    Wrapped,
}

/// What was read of a line alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alone {
    /// It need not have ended: it is cut inside a value or a header, or it is a text that complains.
    pub(super) open: bool,
    /// It is about the control plane.
    pub(super) control_plane: bool,
    /// It reports a failed call, with its cause.
    pub(super) failed: bool,
}

impl Alone {
    pub(super) fn of(record: &Record<'_>, reading: &Reading<'_>) -> Self {
        let failed = reading.control_plane && reading.symptom != Symptom::None;
        let complains = record.form == Form::Text && record.severity != Some(Severity::Info);
        let headless = record.call_site.is_none() && has_header(record.message);
        Self { open: record.cut || complains || headless, control_plane: reading.control_plane, failed }
    }
}

/// A line with those that it goes on in.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) message: String,
    /// Bytes of the lines that it goes on in.
    pub(super) pieces: usize,
}

/// Whether a line may go on, told from what was read of it alone.
fn opening(line: &[u8], entry: &Entry<'_>, alone: Alone) -> Option<Opening> {
    if entry.partial {
        let begins = has_header(&entry.message) || entry.message.starts_with('{');
        return begins.then_some(Opening::Partial);
    }
    let headed = entry.timestamp.is_some() || has_header(&entry.message);
    let width = trimmed(line).len();
    let wide = fills_page(line) || (width >= NARROWEST && alone.open);
    (wide && headed && !alone.failed).then_some(Opening::Wrapped)
}

/// Whether a line can be a piece of the one before it.
fn is_piece(line: &[u8]) -> bool {
    let line = trimmed(line);
    if line.is_empty() || line.starts_with(b"-- ") || line.starts_with(b"\t") || line.len() > WRAPPED {
        return false;
    }
    let entry = entry(line);
    entry.timestamp.is_none() && entry.identifier.is_none() && !has_header(&entry.message)
}

/// A line with those that it goes on in, if together they report a failed call.
pub(super) fn whole(line: &[u8], entry: &Entry<'_>, alone: Alone, rest: &[u8]) -> Option<Whole> {
    let opening = opening(line, entry, alone)?;
    let joined = match opening {
        Opening::Partial => vec![partial(entry, rest)],
        Opening::Wrapped => wrapped(line, entry, rest),
    };
    joined.into_iter().find(|whole| {
        let reading = read(&record(&whole.message));
        let more = reading.symptom != Symptom::None || !alone.control_plane || opening == Opening::Partial;
        reading.control_plane && more
    })
}

/// The pieces of a container log, up to the one that ends the line.
fn partial(first: &Entry<'_>, rest: &[u8]) -> Whole {
    let mut whole = Whole { message: first.message.clone().into_owned(), pieces: 0 };
    for line in lines(rest).take(PIECES) {
        let next = entry(line);
        if whole.message.len() + next.message.len() > LONGEST_LINE {
            break;
        }
        whole.message.push_str(&next.message);
        whole.pieces += line.len();
        if !next.partial {
            break;
        }
    }
    whole
}

/// The pieces of a wrapped line, joined in each way that a margin can be taken for: the likeliest first.
fn wrapped(line: &[u8], first: &Entry<'_>, rest: &[u8]) -> Vec<Whole> {
    let width = trimmed(line).len();
    let start = &*first.message;
    // as it is, without a margin, without any space
    let mut joined = [start.to_owned(), start.to_owned(), start.to_owned()];
    let mut pieces = 0;
    for piece in lines(rest).take(PIECES).take_while(|piece| is_piece(piece)) {
        let text = String::from_utf8_lossy(trimmed(piece));
        let inner = text.strip_prefix(MARGIN);
        // a page's next line begins in its first column; a terminal's is set in
        let widest = if fills_page(line) { width.max(PAGE) } else { width };
        if text.len() > widest || (!fills_page(line) && inner.is_none()) || pieces + piece.len() > WRAPPED {
            break;
        }
        joined[0].push_str(&text);
        joined[1].push_str(inner.unwrap_or(&text));
        joined[2].push_str(text.trim_start());
        pieces += piece.len();
    }
    if pieces == 0 {
        return Vec::new();
    }
    if !fills_page(line) {
        joined.rotate_left(1);
    }
    joined.map(|message| Whole { message, pieces }).into()
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// How much of `bytes`, which end with a line end, can be read without knowing what comes next.
pub(super) fn settled(bytes: &[u8]) -> usize {
    let mut end = bytes.len();
    let mut hold = end;
    for _ in 0..=PIECES {
        if end == 0 {
            break;
        }
        let start = memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |before| before + 1);
        let line = &bytes[start..end];
        if opens(line) {
            hold = start;
        }
        let after_partial = start > 0 && {
            let before = memchr::memrchr(b'\n', &bytes[..start - 1]).map_or(0, |before| before + 1);
            entry(&bytes[before..start]).partial
        };
        if !after_partial && !is_piece(line) {
            break;
        }
        end = start;
    }
    hold
}

fn opens(line: &[u8]) -> bool {
    let entry = entry(line);
    let record = record(&entry.message);
    opening(line, &entry, Alone::of(&record, &read(&record))).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: &str = "* Oct 25 06:25:55 minikube kubelet[28083]: E1025 06:25:55.764218    4555 controll\ner.go:136] failed to ensure node lease exists, will retry in 800ms, error: Get \"\nhttps://control-plane.minikube.internal:8443/apis/coordination.k8s.io/v1/namespa\nces/kube-node-lease/leases/minikube?timeout=10s\": dial tcp 192.168.39.100:8443:\nconnect: connection refused\n";

    fn joined(text: &str) -> Option<String> {
        let end = text.find('\n').unwrap() + 1;
        let (line, rest) = text.as_bytes().split_at(end);
        let entry = entry(line);
        let record = record(&entry.message);
        whole(line, &entry, Alone::of(&record, &read(&record)), rest).map(|whole| whole.message)
    }

    #[test]
    fn a_line_that_a_page_has_split_in_the_middle_of_words_is_whole_again() {
        let whole = joined(PAGES).expect("it reports a failed call");
        let reading = read(&record(&whole));
        assert_eq!(reading.activity.as_str(), "lease");
        assert_eq!(reading.symptom, Symptom::ConnectionRefused);
    }

    #[test]
    fn a_page_in_whose_first_line_a_host_was_rewritten_is_still_one() {
        let shorter = PAGES.replacen("* Oct 25 06:25:55 minikube ", "* Oct 25 06:25:55 miniku ", 1);
        assert_eq!(shorter.lines().map(str::len).max(), Some(PAGE));
        let whole = joined(&shorter).expect("it reports a failed call");
        assert_eq!(read(&record(&whole)).symptom, Symptom::ConnectionRefused);
    }

    #[test]
    fn a_line_that_a_terminal_has_wrapped_loses_the_spaces_of_its_margin() {
        let line = "Nov 02 12:59:07 master kubelet[570]: E1102 12:59:07.863714     570 controller.go:195] \"Failed to update lease\" err=\"Put \\\"https://cp.kuberne\n     tes.io:6443/x\\\": dial tcp 10.0.0.1:6443: connect: connection refused\"\n";
        let whole = joined(line).expect("it reports a failed call");
        assert!(whole.contains("cp.kubernetes.io"), "{whole}");
    }

    #[test]
    fn a_line_of_another_record_is_never_joined() {
        let line =
            format!("{}\nOct 25 06:25:56 minikube kubelet[28083]: connection refused\n", PAGES.lines().next().unwrap());
        assert_eq!(joined(&line), None);
    }

    #[test]
    fn what_may_go_on_is_held_back_until_it_is_known() {
        for end in PAGES.match_indices('\n').map(|(at, _)| at + 1) {
            assert_eq!(settled(&PAGES.as_bytes()[..end]), 0, "after {end} bytes");
        }
        let next = format!("{PAGES}Oct 25 06:25:56 minikube kubelet[28083]: I1025 06:25:55.764218 4555 a.go:1] x\n");
        assert_eq!(settled(next.as_bytes()), next.len());
    }
}
