//! What stands in front of a message in the text forms: quotation marks of mails and tools, a time, a host, an identifier.
//!
//! The form is found out for each line by itself, so files of mixed forms are no problem. What is not recognised stays part of the
//! message: nothing is lost. JSON wrappers are in `wrapper.rs`.

use std::borrow::Cow;

use crate::klog::text;
use crate::line::entry::Entry;
use crate::line::json_line;
use crate::line::program;
use crate::scan::{digits, head};
use crate::time::timestamp::{self, Stamp};

/// Longest piece of a line in which an identifier is looked for.
const IDENTIFIER_WITHIN: usize = 160;

/// Takes the prefix off a line of text.
pub(crate) fn strip(line: &str) -> Entry<'_> {
    if text::starts_header(line) {
        return Entry::of_message(line);
    }
    // a TAB begins the body of a multi-line value, never a prefix
    if line.starts_with('\t') {
        return Entry::of_message(line);
    }
    if let Some(entry) = stamped(line) {
        return entry;
    }
    let plain = undecorated(line);
    if plain.len() != line.len() {
        if text::starts_header(plain) {
            return Entry::of_message(plain);
        }
        if let Some(entry) = stamped(plain) {
            return entry;
        }
    }
    undated(plain).unwrap_or_else(|| Entry::of_message(line))
}

/// Without the marks that mails (`> `), `minikube logs` (`* `) and terminals (spaces) put in front, and without a syslog priority (`<30>`).
fn undecorated(line: &str) -> &str {
    let mut rest = line;
    loop {
        let next = rest.trim_start_matches([' ', '\u{feff}', '>', '*', '|']);
        let next = priority(next).unwrap_or(next);
        if next.len() == rest.len() {
            break;
        }
        rest = next;
    }
    // a stray number before a date (`3 Mar 12 10:49:32`), or that of `grep -n`
    let length = digits(rest.as_bytes());
    if (1..=7).contains(&length)
        && let Some(after) = rest[length..].strip_prefix([' ', ':'])
        && timestamp::syslog(after).is_some()
    {
        return after;
    }
    // a tool that shows lines as strings
    match rest.strip_prefix('"') {
        Some(inner) if timestamp::syslog(inner).is_some() => inner.strip_suffix("\",").unwrap_or(inner),
        _ => rest,
    }
}

fn priority(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('<')?;
    let length = digits(inner.as_bytes());
    if !(1..=3).contains(&length) {
        return None;
    }
    let rest = inner[length..].strip_prefix('>')?;
    // RFC 5424 puts a version between the priority and the time
    Some(rest.strip_prefix("1 ").unwrap_or(rest))
}

/// A line that begins with a time.
fn stamped(line: &str) -> Option<Entry<'_>> {
    match line.as_bytes().first()? {
        b'[' => bracketed(line),
        b'0'..=b'9' => {
            if let Some((stamp, rest)) = timestamp::iso(line) {
                return Some(after_iso(stamp, rest));
            }
            if let Some((stamp, rest)) = timestamp::unix(line) {
                return spoken(Some(stamp), rest.trim_start_matches(' '));
            }
            let (stamp, rest) = timestamp::syslog(line)?;
            spoken(Some(stamp), rest.strip_prefix(' ')?)
        }
        _ => {
            if let Some((stamp, rest)) = timestamp::syslog(line) {
                return spoken(Some(stamp), rest.strip_prefix(' ')?);
            }
            full(line)
        }
    }
}

/// `Sat 2024-12-28 16:09:07 UTC host …` of `-o short-full` and `-o with-unit`, the weekday in any language.
fn full(line: &str) -> Option<Entry<'_>> {
    let space = line.as_bytes().iter().take(24).position(|byte| *byte == b' ')?;
    if !line[..space].chars().all(|c| c.is_alphabetic() || c == '.') {
        return None;
    }
    let (mut stamp, rest) = timestamp::iso(&line[space + 1..])?;
    let mut rest = rest.strip_prefix(' ')?;
    if stamp.offset.is_none() {
        // an abbreviation of a zone says which one only to those who know the place
        let zone = rest.split(' ').next()?;
        let known = matches!(zone, "UTC" | "GMT" | "Z");
        if known
            || (zone.len() <= 5
                && zone.bytes().all(|byte| byte.is_ascii_uppercase() || b"+-0123456789".contains(&byte)))
        {
            stamp.offset = if known { Some(0) } else { numeric_zone(zone) };
            rest = rest[zone.len()..].trim_start_matches(' ');
        }
    }
    spoken(Some(stamp), rest)
}

/// `+03` and `-0330`, which stand where a zone has no abbreviation.
fn numeric_zone(zone: &str) -> Option<i32> {
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let number = zone.strip_prefix(['+', '-'])?;
    let hours: i32 = number.get(..2)?.parse().ok()?;
    let minutes: i32 = if number.len() == 4 { number[2..].parse().ok()? } else { 0 };
    Some(sign * (hours * 3600 + minutes * 60))
}

/// After an ISO time: the stream of a CRI log, a klog header, or a host.
fn after_iso(stamp: Stamp, rest: &str) -> Entry<'_> {
    let rest = rest.trim_start_matches(' ');
    if let Some((partial, message)) = cri(rest) {
        let mut entry = strip_inner(message);
        entry.stamp = entry.stamp.or(Some(stamp));
        entry.partial = partial;
        return entry;
    }
    if let Some(entry) = spoken_by_syslog(stamp, rest) {
        return entry;
    }
    spoken(Some(stamp), rest).unwrap_or_else(|| Entry { stamp: Some(stamp), ..Entry::of_message(rest) })
}

/// `host identifier pid msgid - message` of RFC 5424.
fn spoken_by_syslog(stamp: Stamp, rest: &str) -> Option<Entry<'_>> {
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
        stamp: Some(stamp),
        ..Entry::of_message(message.trim_start_matches('\u{feff}'))
    })
}

/// `stderr F message` and `stdout P message` of a CRI log.
fn cri(rest: &str) -> Option<(bool, &str)> {
    let rest = rest.strip_prefix("stderr ").or_else(|| rest.strip_prefix("stdout "))?;
    match rest.as_bytes().first()? {
        b'F' => Some((false, rest[1..].strip_prefix(' ').unwrap_or(&rest[1..]))),
        b'P' => Some((true, rest[1..].strip_prefix(' ').unwrap_or(&rest[1..]))),
        _ => None,
    }
}

/// What a container log wraps may itself be a journal line or a JSON object, but is wrapped no further.
pub(crate) fn strip_inner(message: &str) -> Entry<'_> {
    if message.starts_with('\t') || text::starts_header(message) || message.starts_with('{') {
        return Entry::of_message(message);
    }
    match timestamp::syslog(message) {
        Some((stamp, rest)) => rest
            .strip_prefix(' ')
            .and_then(|rest| spoken(Some(stamp), rest))
            .unwrap_or_else(|| Entry::of_message(message)),
        None => undated(message).unwrap_or_else(|| Entry::of_message(message)),
    }
}

/// `[ISO][kubelet][I] message` of Docker Desktop, `[   11.414260] …` of a kernel's clock.
fn bracketed(line: &str) -> Option<Entry<'_>> {
    let inner = &line[1..];
    if let Some((stamp, rest)) = timestamp::iso(inner) {
        let rest = rest.strip_prefix("][")?;
        let (identifier, rest) = rest.split_once(']')?;
        let rest = rest.strip_prefix('[').and_then(|level| level.split_once(']')).map_or(rest, |(_, rest)| rest);
        return Some(Entry {
            stamp: Some(stamp),
            identifier: Some(Cow::Borrowed(head(identifier, IDENTIFIER_WITHIN))),
            ..Entry::of_message(rest.strip_prefix(' ').unwrap_or(rest))
        });
    }
    // seconds since the boot say nothing about the time of day
    let number = inner.trim_start_matches(' ');
    let whole = digits(number.as_bytes());
    let fraction = number[whole..].strip_prefix('.')?;
    let rest = fraction[digits(fraction.as_bytes())..].strip_prefix("] ")?;
    if whole == 0 {
        return None;
    }
    spoken(None, rest)
}

/// After the time: `host identifier[pid]: message`, or `identifier: message`, or a klog header at once.
fn spoken(stamp: Option<Stamp>, rest: &str) -> Option<Entry<'_>> {
    if text::starts_header(rest) || rest.starts_with('{') {
        return Some(Entry { stamp, ..Entry::of_message(rest) });
    }
    if let Some((identifier, message)) = identifier(rest) {
        return Some(Entry { stamp, identifier: Some(Cow::Borrowed(identifier)), ..Entry::of_message(message) });
    }
    let space = memchr::memchr(b' ', &rest.as_bytes()[..rest.len().min(256)]).unwrap_or(rest.len());
    let (host, after) = (&rest[..space], rest[space..].trim_start_matches(' '));
    if let Some((identifier, message)) = identifier(after) {
        return Some(Entry {
            host: (!host.is_empty()).then_some(Cow::Borrowed(host)),
            stamp,
            identifier: Some(Cow::Borrowed(identifier)),
            ..Entry::of_message(message)
        });
    }
    if text::starts_header(after) {
        return Some(Entry { host: Some(Cow::Borrowed(host)), stamp, ..Entry::of_message(after) });
    }
    Some(Entry { stamp, ..Entry::of_message(rest) })
}

/// `name[pid]: `, `(name)[pid]: `, `name: `, also with spaces before the pid: the name, and the message that follows.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let bytes = &bytes[..bytes.len().min(IDENTIFIER_WITHIN)];
    // most first words are a host's name: they end in a space
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
    // a record of another program keeps that program's name: nothing else tells it from a kubelet's
    if program::is_ambiguous(message) && program::is_another(name) {
        return Some((name, text));
    }
    Some((name, message))
}

/// A line without a time: `kubelet[123]: …`, `kubelet: …`, and talosctl's `node: {json}`.
fn undated(line: &str) -> Option<Entry<'_>> {
    let (name, message) = identifier(line)?;
    if message.starts_with('{') {
        let mut entry = json_line::json(message).unwrap_or_else(|| Entry::of_message(message));
        entry.host = entry.host.or(Some(Cow::Borrowed(name)));
        return Some(entry);
    }
    let has_pid =
        line.as_bytes().get(name.len()..).is_some_and(|rest| rest.starts_with(b"[") || rest.starts_with(b")"));
    (has_pid || is_component(name))
        .then(|| Entry { identifier: Some(Cow::Borrowed(name)), ..Entry::of_message(message) })
}

/// Names under which a kubelet, alone or among others, writes.
fn is_component(name: &str) -> bool {
    ["kube", "hyperkube", "k3s", "rke2", "microk8s", "origin-node", "atomic-openshift", "microshift"]
        .iter()
        .any(|known| name.starts_with(known))
        && !name.ends_with(".go")
        && !name.contains('/')
}
