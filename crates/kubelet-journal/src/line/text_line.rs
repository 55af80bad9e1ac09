//! Text forms: strips the marks of mails and tools, the time, the host and the identifier in front of a message.
//!
//! The form is found for each line by itself, so files of mixed forms are no problem. What is not recognized stays part
//! of the message: nothing is lost. `parse.rs` parses the JSON objects that are found inside of a line.

use std::borrow::Cow;

use crate::klog::header::has_header;
use crate::line::entry::Entry;
use crate::line::program;
use crate::scan::{digits, head};
use crate::time::timestamp::{self, Timestamp};

/// The content of a text line.
pub(crate) enum TextLine<'a> {
    /// The message, with what stood in front of it.
    Entry(Entry<'a>),
    /// A JSON object of a named host, which is still to be parsed; `outer` is the time of a container's log around it,
    /// and whether the line was cut.
    Object { host: &'a str, object: &'a str, outer: Option<(Timestamp, bool)> },
}

impl<'a> TextLine<'a> {
    fn of_message(message: &'a str) -> Self {
        Self::Entry(Entry::of_message(message))
    }

    /// Adds the time of a container's log around the line, and whether the line was cut.
    fn within(self, timestamp: Timestamp, partial: bool) -> Self {
        match self {
            Self::Entry(entry) => {
                Self::Entry(Entry { timestamp: entry.timestamp.or(Some(timestamp)), partial, ..entry })
            }
            Self::Object { host, object, outer: _ } => Self::Object { host, object, outer: Some((timestamp, partial)) },
        }
    }
}

/// Bytes from the start of a text within which an identifier is looked for.
const IDENTIFIER_WITHIN: usize = 160;

/// Parses a line of text.
pub(crate) fn parse(line: &str) -> TextLine<'_> {
    // a TAB begins the next line of a multi-line value, never a prefix
    if has_header(line) || line.starts_with('\t') {
        return TextLine::of_message(line);
    }
    if let Some(parsed) = with_time(line) {
        return parsed;
    }
    let plain = without_marks(line);
    if plain.len() != line.len() {
        if has_header(plain) {
            return TextLine::of_message(plain);
        }
        if let Some(parsed) = with_time(plain) {
            return parsed;
        }
    }
    without_time(plain).unwrap_or_else(|| TextLine::of_message(line))
}

/// Parses a line inside of a container's log: it may be one of a journal, but not of another container.
pub(crate) fn parse_inner(message: &str) -> TextLine<'_> {
    if message.starts_with('\t') || has_header(message) || message.starts_with('{') {
        return TextLine::of_message(message);
    }
    let parsed = match timestamp::syslog(message) {
        Some((timestamp, rest)) => {
            rest.strip_prefix(' ').and_then(|rest| after_time(Some(timestamp), rest)).map(TextLine::Entry)
        }
        None => without_time(message),
    };
    parsed.unwrap_or_else(|| TextLine::of_message(message))
}

/// Removes the marks of mails (`> `), `minikube logs` (`* `) and terminals (spaces), and the priority of syslog
/// (`<30>`).
fn without_marks(line: &str) -> &str {
    let mut rest = line;
    loop {
        let next = rest.trim_start_matches([' ', '\u{feff}', '>', '*', '|']);
        let next = priority(next).unwrap_or(next);
        if next.len() == rest.len() {
            break;
        }
        rest = next;
    }
    // a stray number before a date (`3 Mar 12 10:49:32`), or the line number of `grep -n`
    let length = digits(rest.as_bytes());
    if (1..=7).contains(&length)
        && let Some(after) = rest[length..].strip_prefix([' ', ':'])
        && timestamp::syslog(after).is_some()
    {
        return after;
    }
    // a tool that prints lines as strings
    match rest.strip_prefix('"') {
        Some(inner) if timestamp::syslog(inner).is_some() => inner.strip_suffix("\",").unwrap_or(inner),
        _ => rest,
    }
}

/// Returns the text after the priority of syslog, and after the version that RFC 5424 puts behind it.
fn priority(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('<')?;
    let length = digits(inner.as_bytes());
    if !(1..=3).contains(&length) {
        return None;
    }
    let rest = inner[length..].strip_prefix('>')?;
    Some(rest.strip_prefix("1 ").unwrap_or(rest))
}

/// Parses a line that begins with a time, or with brackets around one.
fn with_time(line: &str) -> Option<TextLine<'_>> {
    let entry = match line.as_bytes().first()? {
        b'[' => bracketed(line),
        b'0'..=b'9' => {
            if let Some((timestamp, rest)) = timestamp::iso(line) {
                return Some(after_iso(timestamp, rest));
            }
            if let Some((timestamp, rest)) = timestamp::unix(line) {
                after_time(Some(timestamp), rest.trim_start_matches(' '))
            } else {
                let (timestamp, rest) = timestamp::syslog(line)?;
                after_time(Some(timestamp), rest.strip_prefix(' ')?)
            }
        }
        _ => match timestamp::syslog(line) {
            Some((timestamp, rest)) => after_time(Some(timestamp), rest.strip_prefix(' ')?),
            None => short_full(line),
        },
    };
    entry.map(TextLine::Entry)
}

/// Parses `Sat 2024-12-28 16:09:07 UTC host …` of `-o short-full` and `-o with-unit`, the weekday in any language.
fn short_full(line: &str) -> Option<Entry<'_>> {
    let space = line.as_bytes().iter().take(24).position(|byte| *byte == b' ')?;
    if !line[..space].chars().all(|c| c.is_alphabetic() || c == '.') {
        return None;
    }
    let (mut timestamp, rest) = timestamp::iso(&line[space + 1..])?;
    let mut rest = rest.strip_prefix(' ')?;
    if timestamp.offset.is_none() {
        // other abbreviations are ambiguous: IST is Indian, Irish and Israeli time
        let zone = rest.split(' ').next()?;
        let known = matches!(zone, "UTC" | "GMT" | "Z");
        if known
            || (zone.len() <= 5
                && zone.bytes().all(|byte| byte.is_ascii_uppercase() || b"+-0123456789".contains(&byte)))
        {
            timestamp.offset = if known { Some(0) } else { numeric_zone(zone) };
            rest = rest[zone.len()..].trim_start_matches(' ');
        }
    }
    after_time(Some(timestamp), rest)
}

/// Parses `+03` or `-0330`, which zones without an abbreviation have, as seconds east of UTC.
fn numeric_zone(zone: &str) -> Option<i32> {
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let number = zone.strip_prefix(['+', '-'])?;
    let hours: i32 = number.get(..2)?.parse().ok()?;
    let minutes: i32 = if number.len() == 4 { number[2..].parse().ok()? } else { 0 };
    Some(sign * (hours * 3600 + minutes * 60))
}

/// Parses the text after an ISO 8601 time: the stream of a CRI log, a klog header, or a host.
fn after_iso(timestamp: Timestamp, rest: &str) -> TextLine<'_> {
    let rest = rest.trim_start_matches(' ');
    if let Some((partial, message)) = cri_stream(rest) {
        return parse_inner(message).within(timestamp, partial);
    }
    let entry = rfc5424(timestamp, rest).or_else(|| after_time(Some(timestamp), rest));
    TextLine::Entry(entry.unwrap_or_else(|| Entry { timestamp: Some(timestamp), ..Entry::of_message(rest) }))
}

/// Parses `host identifier pid msgid - message` of RFC 5424.
fn rfc5424(timestamp: Timestamp, rest: &str) -> Option<Entry<'_>> {
    let mut words = rest.splitn(6, ' ');
    let (host, identifier) = (words.next()?, words.next()?);
    if identifier.ends_with(':') || identifier.len() > IDENTIFIER_WITHIN {
        return None;
    }
    let pid = words.next()?;
    let is_pid = pid == "-" || !pid.is_empty() && digits(pid.as_bytes()) == pid.len();
    let is_form = is_pid && words.nth(1)? == "-";
    let message = words.next()?;
    is_form.then(|| Entry {
        host: (host != "-").then_some(Cow::Borrowed(host)),
        identifier: (identifier != "-").then_some(Cow::Borrowed(identifier)),
        timestamp: Some(timestamp),
        ..Entry::of_message(message.trim_start_matches('\u{feff}'))
    })
}

/// Parses `stderr F message` or `stdout P message` of a CRI log: whether the line was cut, and the message.
fn cri_stream(rest: &str) -> Option<(bool, &str)> {
    let rest = rest.strip_prefix("stderr ").or_else(|| rest.strip_prefix("stdout "))?;
    match rest.as_bytes().first()? {
        b'F' => Some((false, rest[1..].strip_prefix(' ').unwrap_or(&rest[1..]))),
        b'P' => Some((true, rest[1..].strip_prefix(' ').unwrap_or(&rest[1..]))),
        _ => None,
    }
}

/// Parses `[ISO][kubelet][I] message` of Docker Desktop, or `[   11.414260] …` of `-o short-monotonic`.
fn bracketed(line: &str) -> Option<Entry<'_>> {
    let inner = &line[1..];
    if let Some((timestamp, rest)) = timestamp::iso(inner) {
        let rest = rest.strip_prefix("][")?;
        let (identifier, rest) = rest.split_once(']')?;
        let rest = rest.strip_prefix('[').and_then(|level| level.split_once(']')).map_or(rest, |(_, rest)| rest);
        return Some(Entry {
            timestamp: Some(timestamp),
            identifier: Some(Cow::Borrowed(head(identifier, IDENTIFIER_WITHIN))),
            ..Entry::of_message(rest.strip_prefix(' ').unwrap_or(rest))
        });
    }
    // seconds since the boot, which give no time of day
    let number = inner.trim_start_matches(' ');
    let whole = digits(number.as_bytes());
    let fraction = number[whole..].strip_prefix('.')?;
    let rest = fraction[digits(fraction.as_bytes())..].strip_prefix("] ")?;
    if whole == 0 {
        return None;
    }
    after_time(None, rest)
}

/// Parses the text after a time: `host identifier[pid]: message`, `identifier: message`, or a klog header.
fn after_time(timestamp: Option<Timestamp>, rest: &str) -> Option<Entry<'_>> {
    if has_header(rest) || rest.starts_with('{') {
        return Some(Entry { timestamp, ..Entry::of_message(rest) });
    }
    if let Some((identifier, message)) = identifier(rest) {
        return Some(Entry { timestamp, identifier: Some(Cow::Borrowed(identifier)), ..Entry::of_message(message) });
    }
    let space = memchr::memchr(b' ', &rest.as_bytes()[..rest.len().min(256)]).unwrap_or(rest.len());
    let (host, after) = (&rest[..space], rest[space..].trim_start_matches(' '));
    if let Some((identifier, message)) = identifier(after) {
        return Some(Entry {
            host: (!host.is_empty()).then_some(Cow::Borrowed(host)),
            timestamp,
            identifier: Some(Cow::Borrowed(identifier)),
            ..Entry::of_message(message)
        });
    }
    if has_header(after) {
        return Some(Entry { host: Some(Cow::Borrowed(host)), timestamp, ..Entry::of_message(after) });
    }
    Some(Entry { timestamp, ..Entry::of_message(rest) })
}

/// Parses `name[pid]: `, `(name)[pid]: ` or `name: `, also with spaces before the process ID: the name, and the
/// message.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let bytes = &bytes[..bytes.len().min(IDENTIFIER_WITHIN)];
    // the first word is usually a host's name, which ends with a space
    let end = memchr::memchr3(b'[', b':', b' ', bytes)?;
    if end == 0 || bytes[end] == b' ' || memchr::memchr3(b'"', b'=', b'{', &bytes[..end]).is_some() {
        return None;
    }
    let after = match bytes[end] {
        b'[' => {
            let close = end + memchr::memchr(b']', &bytes[end..])?;
            if !bytes[end + 1..close].iter().all(|byte| byte.is_ascii_digit() || *byte == b' ') {
                return None;
            }
            (bytes.get(close + 1) == Some(&b':')).then_some(close + 2)?
        }
        b':' => end + 1,
        _ => return None,
    };
    let message = match text.as_bytes().get(after) {
        None => "",
        Some(b' ') => &text[after + 1..],
        Some(_) => return None,
    };
    let name = &text[..end];
    let name = name.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(name);
    // the record of another program keeps that program's name: nothing else distinguishes it from a kubelet's
    if program::is_ambiguous(message) && program::is_another(name) {
        return Some((name, text));
    }
    Some((name, message))
}

/// Parses a line without a time: `kubelet[123]: …`, `kubelet: …`, or `node: {json}` of talosctl.
fn without_time(line: &str) -> Option<TextLine<'_>> {
    let (name, message) = identifier(line)?;
    if message.starts_with('{') {
        return Some(TextLine::Object { host: name, object: message, outer: None });
    }
    let has_pid =
        line.as_bytes().get(name.len()..).is_some_and(|rest| rest.starts_with(b"[") || rest.starts_with(b")"));
    (has_pid || is_component(name))
        .then(|| TextLine::Entry(Entry { identifier: Some(Cow::Borrowed(name)), ..Entry::of_message(message) }))
}

/// Whether a part of Kubernetes writes under this name.
fn is_component(name: &str) -> bool {
    (name.starts_with("kube") || program::is_kubelet(name)) && !name.ends_with(".go") && !name.contains('/')
}
