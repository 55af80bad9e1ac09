//! Lines that go on in the next one: hard line wraps of a terminal, and lines that a container runtime has cut.
//!
//! Pieces are joined only if together they report a failed call and the first alone does not. A wrong guess therefore
//! changes nothing, and every line keeps its own number and answer. The meaning of a line is decided by `kubelet`
//! alone.

use crate::kubelet::{Entry, Form, LONGEST_LINE, Reading, Record, Severity, Symptom, entry, has_header, read, record};

/// Columns of the terminals that `minikube logs` were pasted from (`tests/fixtures/corpus`).
const PAGE_WIDTH: usize = 80;

/// Columns by which a full line of such a page may be off: people rewrite a host or a process ID before they paste.
const PAGE_TOLERANCE: usize = 2;

/// Narrowest terminal whose wraps are recognized, in columns: shorter lines end where they end.
const NARROWEST_TERMINAL: usize = 60;

/// Lines that one line can be continued in.
const MOST_PIECES: usize = 12;

/// Longest sum of all pieces of a wrapped line, in bytes (8 KiB).
const LONGEST_WRAPPED: usize = 8 << 10;

/// Indentation that `systemctl status` puts in front of the pieces of a line.
const MARGIN: &str = "     ";

/// Traits of a line by itself, which decide whether it is joined with the next ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineTraits {
    /// Whether the line may end too early: inside a value or a header, or as free text of a warning.
    pub(crate) may_continue: bool,
    /// Whether the line is about the control plane.
    pub(crate) control_plane: bool,
    /// Whether the line reports a failed call and its cause, so that nothing is missing.
    pub(crate) reports_failure: bool,
}

impl LineTraits {
    /// Returns the traits of a line's record.
    pub(crate) fn of(record: &Record<'_>, reading: &Reading<'_>) -> Self {
        let is_warning_text = record.form == Form::Text && record.severity != Some(Severity::Info);
        let is_cut_header = record.call_site.is_none() && has_header(record.message);
        Self {
            may_continue: record.cut || is_warning_text || is_cut_header,
            control_plane: reading.control_plane,
            reports_failure: reading.control_plane && reading.symptom != Symptom::None,
        }
    }
}

/// A line joined with its pieces.
#[derive(Debug)]
pub(crate) struct JoinedLine {
    pub(crate) message: String,
    /// Bytes of the lines after the first one that were joined.
    pub(crate) piece_bytes: usize,
}

/// The program that has split a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SplitBy {
    /// A container runtime, which marks the line.
    Runtime,
    /// A terminal: the line fills a page or ends inside a value.
    Terminal,
}

/// Whether a line is as wide as a page, so that a word in it may be split.
pub(crate) fn fills_page(line: &[u8]) -> bool {
    without_line_end(line).len().abs_diff(PAGE_WIDTH) <= PAGE_TOLERANCE
}

/// Joins a line with its pieces at the beginning of `rest`; `None` if it has none, or together they report no failed
/// call.
pub(crate) fn join_pieces(line: &[u8], entry: &Entry<'_>, traits: LineTraits, rest: &[u8]) -> Option<JoinedLine> {
    let split_by = split_by(line, entry, traits)?;
    let candidates = match split_by {
        SplitBy::Runtime => vec![join_runtime_pieces(entry, rest)],
        SplitBy::Terminal => join_terminal_pieces(line, entry, rest),
    };
    candidates.into_iter().find(|joined| {
        let reading = read(&record(&joined.message));
        let adds_something = reading.symptom != Symptom::None || !traits.control_plane || split_by == SplitBy::Runtime;
        reading.control_plane && adds_something
    })
}

/// Returns how many of `bytes`, which end with a line end, can be read without knowing the lines after them.
pub(crate) fn complete_length(bytes: &[u8]) -> usize {
    let mut end = bytes.len();
    let mut complete = end;
    for _ in 0..=MOST_PIECES {
        if end == 0 {
            break;
        }
        let start = line_start(bytes, end);
        let line = &bytes[start..end];
        if is_split(line) {
            complete = start;
        }
        let is_after_partial = start > 0 && entry(&bytes[line_start(bytes, start)..start]).partial;
        if !is_after_partial && !is_piece(line) {
            break;
        }
        end = start;
    }
    complete
}

/// Returns the start of the line that ends at `end`.
fn line_start(bytes: &[u8], end: usize) -> usize {
    memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |before| before + 1)
}

fn is_split(line: &[u8]) -> bool {
    let entry = entry(line);
    let record = record(&entry.message);
    split_by(line, &entry, LineTraits::of(&record, &read(&record))).is_some()
}

/// Returns who may have split a line, as far as it alone shows; `None` if it is complete.
fn split_by(line: &[u8], entry: &Entry<'_>, traits: LineTraits) -> Option<SplitBy> {
    if entry.partial {
        let is_beginning = has_header(&entry.message) || entry.message.starts_with('{');
        return is_beginning.then_some(SplitBy::Runtime);
    }
    let is_beginning = entry.timestamp.is_some() || has_header(&entry.message);
    let width = without_line_end(line).len();
    let is_wide = fills_page(line) || (width >= NARROWEST_TERMINAL && traits.may_continue);
    (is_wide && is_beginning && !traits.reports_failure).then_some(SplitBy::Terminal)
}

/// Whether a line can be a piece of the one before it.
fn is_piece(line: &[u8]) -> bool {
    let line = without_line_end(line);
    // `-- Boot …` of journalctl, and the next line of a multi-line value
    if line.is_empty() || line.starts_with(b"-- ") || line.starts_with(b"\t") || line.len() > LONGEST_WRAPPED {
        return false;
    }
    let entry = entry(line);
    entry.timestamp.is_none() && entry.identifier.is_none() && !has_header(&entry.message)
}

/// Joins the pieces of a container's line, up to the first that is not cut.
fn join_runtime_pieces(first: &Entry<'_>, rest: &[u8]) -> JoinedLine {
    let mut joined = JoinedLine { message: first.message.clone().into_owned(), piece_bytes: 0 };
    for line in lines(rest).take(MOST_PIECES) {
        let piece = entry(line);
        if joined.message.len() + piece.message.len() > LONGEST_LINE {
            break;
        }
        joined.message.push_str(&piece.message);
        joined.piece_bytes += line.len();
        if !piece.partial {
            break;
        }
    }
    joined
}

/// Joins the pieces of a wrapped line in each way in which a terminal may have indented them, the likeliest first;
/// empty if the next line is no piece.
fn join_terminal_pieces(line: &[u8], first: &Entry<'_>, rest: &[u8]) -> Vec<JoinedLine> {
    let width = without_line_end(line).len();
    let is_page = fills_page(line);
    let start = &*first.message;
    // the pieces as they are, without a margin, without any leading space
    let mut messages = [start.to_owned(), start.to_owned(), start.to_owned()];
    let mut piece_bytes = 0;
    for piece in lines(rest).take(MOST_PIECES).take_while(|piece| is_piece(piece)) {
        let text = String::from_utf8_lossy(without_line_end(piece));
        let without_margin = text.strip_prefix(MARGIN);
        // a page continues in the first column, a terminal behind a margin
        let widest = if is_page { width.max(PAGE_WIDTH) } else { width };
        let is_too_long = text.len() > widest || piece_bytes + piece.len() > LONGEST_WRAPPED;
        if is_too_long || (!is_page && without_margin.is_none()) {
            break;
        }
        messages[0].push_str(&text);
        messages[1].push_str(without_margin.unwrap_or(&text));
        messages[2].push_str(text.trim_start());
        piece_bytes += piece.len();
    }
    if piece_bytes == 0 {
        return Vec::new();
    }
    if !is_page {
        messages.rotate_left(1);
    }
    messages.map(|message| JoinedLine { message, piece_bytes }).into()
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line as `minikube logs` printed it into a terminal of 80 columns.
    const PAGES: &str = concat!(
        "* Oct 25 06:25:55 minikube kubelet[28083]: E1025 06:25:55.764218    4555 controll\n",
        "er.go:136] failed to ensure node lease exists, will retry in 800ms, error: Get \"\n",
        "https://control-plane.minikube.internal:8443/apis/coordination.k8s.io/v1/namespa\n",
        "ces/kube-node-lease/leases/minikube?timeout=10s\": dial tcp 192.168.39.100:8443:\n",
        "connect: connection refused\n",
    );

    /// Joins the first line of a text with the others.
    fn joined(text: &str) -> Option<String> {
        let end = text.find('\n').unwrap() + 1;
        let (line, rest) = text.as_bytes().split_at(end);
        let entry = entry(line);
        let record = record(&entry.message);
        join_pieces(line, &entry, LineTraits::of(&record, &read(&record)), rest).map(|joined| joined.message)
    }

    #[test]
    fn a_line_that_a_page_has_split_inside_words_is_joined() {
        let message = joined(PAGES).expect("it reports a failed call");
        let reading = read(&record(&message));
        assert_eq!(reading.activity.as_str(), "lease");
        assert_eq!(reading.symptom, Symptom::ConnectionRefused);
    }

    #[test]
    fn a_page_whose_first_line_has_a_rewritten_host_is_still_recognized() {
        let shorter = PAGES.replacen("* Oct 25 06:25:55 minikube ", "* Oct 25 06:25:55 miniku ", 1);
        assert_eq!(shorter.lines().map(str::len).max(), Some(PAGE_WIDTH));
        let message = joined(&shorter).expect("it reports a failed call");
        assert_eq!(read(&record(&message)).symptom, Symptom::ConnectionRefused);
    }

    #[test]
    fn the_margin_of_a_wrapped_line_is_removed() {
        let line = concat!(
            "Nov 02 12:59:07 master kubelet[570]: E1102 12:59:07.863714     570 controller.go:195] ",
            "\"Failed to update lease\" err=\"Put \\\"https://cp.kuberne\n",
            "     tes.io:6443/x\\\": dial tcp 10.0.0.1:6443: connect: connection refused\"\n",
        );
        let message = joined(line).expect("it reports a failed call");
        assert!(message.contains("cp.kubernetes.io"), "{message}");
    }

    #[test]
    fn a_line_of_another_record_is_never_joined() {
        let line =
            format!("{}\nOct 25 06:25:56 minikube kubelet[28083]: connection refused\n", PAGES.lines().next().unwrap());
        assert_eq!(joined(&line), None);
    }

    #[test]
    fn a_line_that_may_continue_is_held_back_until_the_next_one_decides() {
        for end in PAGES.match_indices('\n').map(|(at, _)| at + 1) {
            assert_eq!(complete_length(&PAGES.as_bytes()[..end]), 0, "after {end} bytes");
        }
        let next = format!("{PAGES}Oct 25 06:25:56 minikube kubelet[28083]: I1025 06:25:55.764218 4555 a.go:1] x\n");
        assert_eq!(complete_length(next.as_bytes()), next.len());
    }
}
