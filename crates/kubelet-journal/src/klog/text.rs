//! One klog record: its header (severity, time, pid, call site), its message, and its error.
//!
//! All slices are of the line as written: the values of structured records keep their escapes (`\"`), so that nothing is allocated.
//! A message without any header is a record of form [`Form::Bare`]. What a record means is decided in `reading.rs`.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::klog::json;
use crate::klog::severity::Severity;
use crate::scan::{after_spaces, closing_quote, digits, needle, run, two};

/// How a record is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// `E1228 … file.go:1] text`.
    Text,
    /// `E1228 … file.go:1] "message" key="value"`.
    Structured,
    /// klog's JSON format.
    Json,
    /// logrus: `time="…" level=error msg="…"` (k3s, RKE2, containerd).
    Logrus,
    /// No header: a continuation, a line of another program, a cut line.
    #[default]
    Bare,
}

/// klog's own time: no year, no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
    /// 0 to 999 999.
    pub micros: u32,
}

impl Clock {
    /// Seconds since midnight.
    #[must_use]
    pub fn second_of_day(&self) -> u32 {
        u32::from(self.hour) * 3600 + u32::from(self.minute) * 60 + u32::from(self.second)
    }

    /// Microseconds on an axis that is right inside a month and in order beyond it: for distances of milliseconds, not for dates.
    #[must_use]
    pub fn axis_micros(&self) -> i64 {
        let days = i64::from(self.month) * 31 + i64::from(self.day);
        (days * 86_400 + i64::from(self.second_of_day())) * 1_000_000 + i64::from(self.micros)
    }
}

/// The place in the source that wrote a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source<'a> {
    /// The file's name without its directory.
    pub file: Cow<'a, str>,
    /// The line in it.
    pub line: u32,
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Serialize for Source<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A call site, borrowed from the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site<'a> {
    /// The file's name without its directory.
    pub file: &'a str,
    /// The line in it.
    pub line: u32,
}

/// A record, borrowed from its message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// How it is written.
    pub form: Form,
    /// klog's severity; klog's JSON, logrus and bare lines have none.
    pub severity: Option<Severity>,
    /// klog's time.
    pub clock: Option<Clock>,
    /// The time inside a record that is no klog (`ts` of JSON in microseconds since 1970).
    pub epoch_micros: Option<i64>,
    /// The process.
    pub pid: Option<u32>,
    /// The call site.
    pub site: Option<Site<'a>>,
    /// The component before the header, where several share a process (MicroShift) or another program wrote the line.
    pub component: Option<&'a str>,
    /// The message; in the structured forms its value, still escaped.
    pub message: &'a str,
    /// What follows the message: the keys and values.
    pub pairs: &'a str,
    /// The error's value, still escaped, where the form has one.
    pub error: Option<&'a str>,
    /// The record fills its line to a cut: its last value does not end.
    pub cut: bool,
}

/// Whether `text` begins with a klog header's severity, date and time.
pub(crate) fn starts_header(text: &str) -> bool {
    starts_header_bytes(text.as_bytes())
}

/// The same of bytes that need not be text.
pub(crate) fn starts_header_bytes(bytes: &[u8]) -> bool {
    bytes.len() > 21
        && matches!(bytes[0], b'I' | b'W' | b'E' | b'F')
        && bytes[5] == b' '
        && bytes[8] == b':'
        && bytes[11] == b':'
        && bytes[14] == b'.'
        && bytes[1..5].iter().all(u8::is_ascii_digit)
}

/// Whether a message begins with the time of a klog header, whole or cut after it.
#[must_use]
pub fn has_header(message: &str) -> bool {
    starts_header(message)
}

/// Takes the message of an entry apart.
#[must_use]
pub fn record(message: &str) -> Record<'_> {
    if let Some(record) = headed(message) {
        return record;
    }
    let trimmed = message.trim_start_matches(' ');
    match trimmed.as_bytes().first() {
        Some(b'{') => {
            if let Some(record) = json::json(trimmed) {
                return record;
            }
        }
        Some(_) => {
            if let Some(record) = json::logrus(trimmed) {
                return record;
            }
            // several components in one process (MicroShift): the name of one stands before the header, as does that of another program
            // (`kube-proxy[915]: `)
            let word = run(trimmed, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'?' | b'.' | b'_'));
            if (1..=48).contains(&word.len())
                && let Some(after) = after_name(&trimmed[word.len()..])
                && let Some(record) = headed(after).or_else(|| json::logrus(after))
            {
                return Record { component: Some(word), ..record };
            }
        }
        None => {}
    }
    bare(message)
}

/// What follows a component's name: ` `, `: ` or `[pid]: `.
fn after_name(text: &str) -> Option<&str> {
    let text = match text.strip_prefix('[') {
        Some(inner) => {
            inner.trim_start_matches([' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']).strip_prefix("]:")?
        }
        None => text.strip_prefix(':').unwrap_or(text),
    };
    text.strip_prefix(' ')
}

/// A record with a klog header.
fn headed(text: &str) -> Option<Record<'_>> {
    let (severity, clock, rest) = header(text)?;
    let (pid, rest) = pid(rest);
    let (site, body) = call_site(rest)?;
    Some(Record { severity, clock: Some(clock), pid, site: Some(site), ..self::body(body) })
}

/// The severity and the time of a header, and what follows them.
pub(crate) fn header(text: &str) -> Option<(Option<Severity>, Clock, &str)> {
    let clock = clock(text.as_bytes())?;
    Some((Severity::from_letter(text.as_bytes()[0]), clock, after_spaces(text.get(21..)?)))
}

/// The time of a header, where bytes begin with one.
pub(crate) fn clock(bytes: &[u8]) -> Option<Clock> {
    if !starts_header_bytes(bytes) {
        return None;
    }
    let clock = Clock {
        month: two(bytes, 1)?,
        day: two(bytes, 3)?,
        hour: two(bytes, 6)?,
        minute: two(bytes, 9)?,
        second: two(bytes, 12)?,
        micros: number(&bytes[15..21])?,
    };
    if !(1..=12).contains(&clock.month)
        || !(1..=31).contains(&clock.day)
        || clock.hour > 23
        || clock.minute > 59
        || clock.second > 60
    {
        return None;
    }
    Some(clock)
}

/// Where the body of a record begins that has a header: after its process.
pub(crate) fn body_start(bytes: &[u8]) -> usize {
    let spaces = |from: usize| from + bytes[from..].iter().take_while(|byte| **byte == b' ').count();
    let start = spaces(21);
    let end = start + digits(&bytes[start..]);
    if end > start && bytes.get(end) == Some(&b' ') { spaces(end) } else { start }
}

/// The process of a header, and what follows it.
pub(crate) fn pid(rest: &str) -> (Option<u32>, &str) {
    let length = digits(rest.as_bytes());
    if length > 0 && rest.as_bytes().get(length) == Some(&b' ') {
        (number(&rest.as_bytes()[..length]), after_spaces(&rest[length..]))
    } else {
        (None, rest)
    }
}

/// A number of up to nine digits.
fn number(bytes: &[u8]) -> Option<u32> {
    if !(1..=9).contains(&bytes.len()) {
        return None;
    }
    bytes.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

/// The longest call site that is believed.
const LONGEST_SITE: usize = 120;

/// The file of a record with a klog header, before anything else of it is read.
pub(crate) fn file(message: &str) -> Option<&str> {
    if !starts_header(message) {
        return None;
    }
    let rest = after_spaces(message.get(21..)?);
    let rest = after_spaces(&rest[digits(rest.as_bytes())..]);
    call_site(rest).map(|(site, _)| site.file)
}

/// `file.go:123] ` at the start of `text`: the site and what follows.
fn call_site(text: &str) -> Option<(Site<'_>, &str)> {
    let bytes = text.as_bytes();
    let colon = memchr::memchr2(b':', b' ', &bytes[..bytes.len().min(LONGEST_SITE)])?;
    let file = &text[..colon];
    let after = text[colon..].strip_prefix(':')?;
    if !file.bytes().all(|byte| byte > b' ' && byte < 0x7f && byte != b'"') {
        return None;
    }
    let length = digits(after.as_bytes());
    let line = number(&after.as_bytes()[..length])?;
    let body = after[length..].strip_prefix(']')?;
    let file = memchr::memrchr(b'/', file.as_bytes()).map_or(file, |slash| &file[slash + 1..]);
    if file.is_empty() {
        return None;
    }
    Some((Site { file, line }, body.strip_prefix(' ').unwrap_or(body)))
}

/// What follows a header.
fn body(text: &str) -> Record<'_> {
    let Some(inner) = text.strip_prefix('"') else {
        return Record { form: Form::Text, message: text, cut: ends_cut(text), ..Record::default() };
    };
    match closing_quote(inner) {
        Some(end) => {
            let pairs = &inner[end + 1..];
            // `"x" not found` is a text that begins with a quoted word
            let is_pairs = pairs.is_empty()
                || pairs.starts_with([' ', '\n', '.']) && (pairs.contains('=') || pairs.trim().is_empty());
            if !is_pairs {
                return Record { form: Form::Text, message: text, cut: ends_cut(text), ..Record::default() };
            }
            let (error, cut) = error_of(pairs);
            Record { form: Form::Structured, message: &inner[..end], pairs, error, cut, ..Record::default() }
        }
        None => Record { form: Form::Structured, message: inner, cut: true, ..Record::default() },
    }
}

/// The value of `err` (or `error`, in 1.21 and 1.22) among the pairs, and whether it ends before its quote.
fn error_of(pairs: &str) -> (Option<&str>, bool) {
    match error_value(pairs) {
        None => (None, ends_cut(pairs)),
        Some(value) => match value.strip_prefix('"') {
            Some(inner) => match closing_quote(inner) {
                Some(end) => (Some(&inner[..end]), false),
                None => (Some(inner), true),
            },
            None => (Some(value), ends_cut(value)),
        },
    }
}

/// What follows `err=` or `error=`, where one of them is a key and not part of a value.
fn error_value(pairs: &str) -> Option<&str> {
    let bytes = pairs.as_bytes();
    let key = needle!("err");
    let mut from = 0;
    while let Some(found) = key.find(&bytes[from..]) {
        let at = from + found;
        from = at + 3;
        if at > 0 && matches!(bytes[at - 1], b' ' | b'\n') {
            if bytes[from..].starts_with(b"=") {
                return Some(&pairs[from + 1..]);
            }
            if bytes[from..].starts_with(b"or=") {
                return Some(&pairs[from + 3..]);
            }
        }
    }
    None
}

/// Pagers cut a line with `>`.
fn ends_cut(text: &str) -> bool {
    text.ends_with('>')
}

/// A line without a header, from its message on where a piece of one is left (`# controller.go:145] "Failed …`).
fn bare(message: &str) -> Record<'_> {
    let trimmed = message.trim_start();
    let window = crate::scan::head(trimmed, 96);
    if let Some(dot) = needle!(".go:").find(window.as_bytes()) {
        let after = &trimmed[dot + 4..];
        let length = digits(after.as_bytes());
        let rest = &after[length..];
        let before = &trimmed[..dot];
        let alone = !before.trim_start_matches(['#', ' ', '*']).contains(' ');
        if length > 0
            && let Some(rest) = rest.strip_prefix(']').or_else(|| rest.strip_prefix("  ").filter(|_| alone))
        {
            return Record { form: Form::Bare, ..body(rest.trim_start()) };
        }
    }
    if trimmed.starts_with('"') {
        return Record { form: Form::Bare, ..body(trimmed) };
    }
    // a structured line whose opening quote was lost
    if let Some(quote) = needle!("\" err=\"").find(trimmed.as_bytes()) {
        let (error, cut) = error_of(&trimmed[quote + 1..]);
        return Record {
            form: Form::Bare,
            message: &trimmed[..quote],
            pairs: &trimmed[quote + 1..],
            error,
            cut,
            ..Record::default()
        };
    }
    Record { form: Form::Bare, message, cut: ends_cut(message), ..Record::default() }
}

/// A record that begins in the middle of `text`, where a line end was lost between two.
pub(crate) fn second(text: &str) -> Option<Record<'_>> {
    let dot = needle!(".go:").find(text.as_bytes())?;
    let colon = text[..dot].rfind(':')?;
    let start = colon.checked_sub(11)?;
    let start = (0..=3)
        .filter_map(|back| start.checked_sub(back))
        .find(|at| text.is_char_boundary(*at) && starts_header(&text[*at..]))?;
    headed(&text[start..])
}
