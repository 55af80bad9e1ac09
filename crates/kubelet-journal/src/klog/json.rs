//! klog's JSON form.
//!
//! Parsed by hand, because the slices borrow from the line and keep their escapes; of a damaged object what is readable
//! is kept.

use std::borrow::Cow;

use crate::klog::record::{CallSite, Form, Record};
use crate::scan::{closing_quote, digits};

/// Number of keys of an object that are parsed, which bounds the work on a line of any length.
const MOST_KEYS: usize = 64;

/// Parses `{"ts":1746793716206.3586,"caller":"lease/controller.go:195","msg":"…","err":"…"}`; `None` if there is no
/// message.
pub(crate) fn record(text: &str) -> Option<Record<'_>> {
    let mut rest = text.strip_prefix('{')?;
    let mut record = Record { form: Form::Json, pairs: text, ..Record::default() };
    let mut has_message = false;
    let mut has_level = false;
    for _ in 0..MOST_KEYS {
        rest = rest.trim_start_matches([' ', ',', '\n', '\t']);
        let Some(inner) = rest.strip_prefix('"') else { break };
        let Some(end) = closing_quote(inner) else { break };
        let key = &inner[..end];
        let Some(value) = inner[end + 1..].trim_start_matches(' ').strip_prefix(':') else { break };
        let value = value.trim_start_matches(' ');
        let (value, after, whole) = value_of(value);
        match key {
            "ts" => record.epoch_micros = millis(value),
            "caller" => record.call_site = call_site(value),
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
    // zap, which etcd's client uses, writes a level; klog's JSON has `v` instead
    if has_level {
        record = Record { form: Form::Logrus, call_site: None, ..record };
    }
    has_message.then_some(record)
}

/// Splits `text` after the value that it begins with: the value, the rest, and whether the value has an end.
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

/// Parses milliseconds since 1970 with a fraction (`epochMillisTimeEncoder` of component-base) as microseconds.
fn millis(value: &str) -> Option<i64> {
    let whole = digits(value.as_bytes());
    let millis: i64 = value.get(..whole).filter(|number| (10..=14).contains(&number.len()))?.parse().ok()?;
    let fraction = value[whole..].strip_prefix('.').unwrap_or("");
    let fraction = &fraction[..digits(fraction.as_bytes()).min(3)];
    let micros: i64 = thousandths(fraction);
    Some(millis * 1000 + micros)
}

/// Parses up to three digits as thousandths.
fn thousandths(fraction: &str) -> i64 {
    let mut micros = 0;
    for index in 0..3 {
        micros = micros * 10 + fraction.as_bytes().get(index).map_or(0, |digit| i64::from(digit - b'0'));
    }
    micros
}

/// Parses a caller such as `lease/controller.go:195`.
fn call_site(value: &str) -> Option<CallSite<'_>> {
    let (file, line) = value.rsplit_once(':')?;
    let file = file.rsplit('/').next()?;
    Some(CallSite { file: Cow::Borrowed(file), line: line.parse().ok()? })
}
