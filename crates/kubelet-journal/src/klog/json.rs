//! The two foreign log formats a kubelet's journal holds: klog's JSON format and logrus (k3s, RKE2, containerd).
//!
//! Scanned by hand, since the slices must borrow from the line and keep their escapes; a damaged object gives what was readable.

use crate::klog::text::{Form, Record, Site};
use crate::scan::{closing_quote, digits, needle};
use crate::time::timestamp;

/// `{"ts":1746793716206.3586,"caller":"lease/controller.go:195","msg":"…","err":"…"}`. Other JSON with a message counts as bare.
pub(crate) fn json(text: &str) -> Option<Record<'_>> {
    let mut rest = text.strip_prefix('{')?;
    let mut record = Record { form: Form::Json, pairs: text, ..Record::default() };
    let mut has_message = false;
    let mut has_level = false;
    for _ in 0..64 {
        rest = rest.trim_start_matches([' ', ',', '\n', '\t']);
        let Some(inner) = rest.strip_prefix('"') else { break };
        let Some(end) = closing_quote(inner) else { break };
        let key = &inner[..end];
        let Some(value) = inner[end + 1..].trim_start_matches(' ').strip_prefix(':') else { break };
        let value = value.trim_start_matches(' ');
        let (value, after, whole) = value_of(value);
        match key {
            "ts" => record.epoch_micros = millis(value),
            "caller" => record.site = site(value),
            "msg" => {
                record.message = value;
                has_message = true;
            }
            "err" | "error" => record.error = Some(value),
            "level" => has_level = true,
            _ => {}
        }
        if !whole {
            record.cut = true;
            break;
        }
        rest = after;
    }
    // zap (etcd's client) writes a level, which klog's JSON does not
    if has_level {
        record = Record { form: Form::Logrus, site: None, ..record };
    }
    has_message.then_some(record)
}

/// The value at the start of `text`, what follows it, and whether it ended.
fn value_of(text: &str) -> (&str, &str, bool) {
    if let Some(inner) = text.strip_prefix('"') {
        return match closing_quote(inner) {
            Some(end) => (&inner[..end], &inner[end + 1..], true),
            None => (inner, "", false),
        };
    }
    if text.starts_with(['{', '[']) {
        let mut depth = 0_usize;
        let mut at = 0;
        let bytes = text.as_bytes();
        while at < bytes.len() {
            match bytes[at] {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return (&text[..=at], &text[at + 1..], true);
                    }
                }
                b'"' => match closing_quote(&text[at + 1..]) {
                    Some(end) => at += end + 1,
                    None => return (text, "", false),
                },
                _ => {}
            }
            at += 1;
        }
        return (text, "", false);
    }
    let end = text.find([',', '}']).unwrap_or(text.len());
    (&text[..end], &text[end..], true)
}

/// klog writes milliseconds with a fraction.
fn millis(value: &str) -> Option<i64> {
    let whole = digits(value.as_bytes());
    let millis: i64 = value.get(..whole).filter(|number| (10..=14).contains(&number.len()))?.parse().ok()?;
    let fraction = value[whole..].strip_prefix('.').unwrap_or("");
    let fraction = &fraction[..digits(fraction.as_bytes()).min(3)];
    let micros: i64 = thousandths(fraction);
    Some(millis * 1000 + micros)
}

/// Up to three digits as thousandths.
fn thousandths(fraction: &str) -> i64 {
    let mut micros = 0;
    for index in 0..3 {
        micros = micros * 10 + fraction.as_bytes().get(index).map_or(0, |digit| i64::from(digit - b'0'));
    }
    micros
}

fn site(value: &str) -> Option<Site<'_>> {
    let (file, line) = value.rsplit_once(':')?;
    let file = file.rsplit('/').next()?;
    Some(Site { file, line: line.parse().ok()? })
}

/// `time="…" level=error msg="…" error="…"`, `level=error msg=…`, and `ERRO[…] message key=value`.
pub(crate) fn logrus(text: &str) -> Option<Record<'_>> {
    let mut record = Record { form: Form::Logrus, ..Record::default() };
    let mut rest = text;
    if let Some(after) = rest.strip_prefix("time=\"") {
        let end = closing_quote(after)?;
        record.epoch_micros = epoch(&after[..end]);
        rest = after[end + 1..].trim_start_matches(' ');
    }
    let Some(after) = rest.strip_prefix("level=") else { return colourless(text) };
    let end = after.find(' ')?;
    let pairs = &after[end..];
    let message =
        pairs.strip_prefix(" msg=").or_else(|| Some(&pairs[needle!(" msg=").find(pairs.as_bytes())? + 5..]))?;
    let (message, after, whole) = word(message);
    record.message = message;
    record.pairs = after;
    record.cut = !whole;
    if let Some(at) = needle!(" error=").find(after.as_bytes()) {
        let (error, _, whole) = word(&after[at + 7..]);
        record.error = Some(error);
        record.cut |= !whole;
    }
    Some(record)
}

/// logrus without colour on a terminal: `WARN[2021-11-30T00:02:42Z] message   key=value`.
fn colourless(text: &str) -> Option<Record<'_>> {
    let level = ["INFO[", "WARN[", "ERRO[", "FATA[", "DEBU["].iter().find(|level| text.starts_with(**level))?;
    let inner = &text[level.len()..];
    let close = inner.find(']').filter(|close| *close < 48)?;
    let message = inner[close + 1..].trim_start_matches(' ');
    Some(Record { form: Form::Logrus, epoch_micros: epoch(&inner[..close]), message, ..Record::default() })
}

fn epoch(time: &str) -> Option<i64> {
    let (stamp, _) = timestamp::iso(time)?;
    crate::time::resolver::utc_micros(&stamp)
}

/// A quoted or a bare value, what follows it, and whether it ended.
fn word(text: &str) -> (&str, &str, bool) {
    match text.strip_prefix('"') {
        Some(inner) => match closing_quote(inner) {
            Some(end) => (&inner[..end], &inner[end + 1..], true),
            None => (inner, "", false),
        },
        None => {
            let end = text.find(' ').unwrap_or(text.len());
            (&text[..end], &text[end..], true)
        }
    }
}
