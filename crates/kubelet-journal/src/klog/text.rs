//! klog's two text forms, with or without the header in front of them.

use crate::klog::header;
use crate::klog::record::{Form, Record};
use crate::scan::{closing_quote, digits, head, needle};

/// Bytes from the start of a headerless message within which the end of a header is looked for.
const CALL_SITE_WITHIN: usize = 96;

/// Parses a record that begins with a klog header; `None` if it does not.
pub(crate) fn headed(text: &str) -> Option<Record<'_>> {
    let (severity, time, rest) = header::severity_and_time(text)?;
    let (pid, rest) = header::pid(rest);
    let (call_site, body) = header::call_site(rest)?;
    Some(Record { severity, header_time: Some(time), pid, call_site: Some(call_site), ..self::body(body) })
}

/// Parses a second record inside of `text`, where the line end between two records was lost; `None` if there is none.
pub(crate) fn merged_record(text: &str) -> Option<Record<'_>> {
    let dot = needle!(".go:").find(text.as_bytes())?;
    let colon = text[..dot].rfind(':')?;
    let start = colon.checked_sub("E1228 16:08".len())?;
    let start = (0..=3)
        .filter_map(|back| start.checked_sub(back))
        .find(|at| text.is_char_boundary(*at) && header::has_header(&text[*at..]))?;
    headed(&text[start..])
}

/// Parses the text after a header, or after what is left of one.
fn body(text: &str) -> Record<'_> {
    let Some(inner) = text.strip_prefix('"') else {
        return Record { form: Form::Text, message: text, cut: ends_cut(text), ..Record::default() };
    };
    match closing_quote(inner) {
        Some(end) => {
            let pairs = &inner[end + 1..];
            // `"x" not found` is text that begins with a quoted word
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

/// Finds the value of `err` (or `error`, in 1.21 and 1.22) among the pairs, and whether its closing quote is missing.
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

/// Returns the text after `err=` or `error=`; `None` if neither stands there as a key, outside of a value.
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

/// Whether a pager (`less -S`) cut the line and marked the place with `>`.
fn ends_cut(text: &str) -> bool {
    text.ends_with('>')
}

/// Parses a message without a header; if the end of one is left (`# controller.go:145] "Failed …`), from there on.
pub(crate) fn headerless(message: &str) -> Record<'_> {
    let trimmed = message.trim_start();
    let window = head(trimmed, CALL_SITE_WITHIN);
    if let Some(dot) = needle!(".go:").find(window.as_bytes()) {
        let after = &trimmed[dot + 4..];
        let length = digits(after.as_bytes());
        let rest = &after[length..];
        let before = &trimmed[..dot];
        let alone = !before.trim_start_matches(['#', ' ', '*']).contains(' ');
        if length > 0
            && let Some(rest) = rest.strip_prefix(']').or_else(|| rest.strip_prefix("  ").filter(|_| alone))
        {
            return Record { form: Form::Headerless, ..body(rest.trim_start()) };
        }
    }
    if trimmed.starts_with('"') {
        return Record { form: Form::Headerless, ..body(trimmed) };
    }
    // a structured record whose opening quote was lost
    if let Some(quote) = needle!("\" err=\"").find(trimmed.as_bytes()) {
        let (error, cut) = error_of(&trimmed[quote + 1..]);
        return Record {
            form: Form::Headerless,
            message: &trimmed[..quote],
            pairs: &trimmed[quote + 1..],
            error,
            cut,
            ..Record::default()
        };
    }
    Record { form: Form::Headerless, message, cut: ends_cut(message), ..Record::default() }
}
