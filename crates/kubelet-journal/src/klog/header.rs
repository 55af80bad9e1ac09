//! klog's header: `E1228 16:08:57.706942     228 controller.go:145] `, field by field.
//!
//! The columns are those of `FormatHeader` in k8s.io/klog's `internal/buffer/buffer.go`: `Lmmdd hh:mm:ss.uuuuuu`, the
//! process ID in seven columns, then `file:line]`.

use std::borrow::Cow;

use crate::klog::record::CallSite;
use crate::klog::severity::Severity;
use crate::scan::{after_spaces, digits, number, two};
use crate::time::header_time::HeaderTime;

/// Bytes of a header up to the end of its microseconds.
const TIME_END: usize = 21;

/// Longest call site that is accepted, in bytes; the longest file name in `component.rs` has 35.
const LONGEST_CALL_SITE: usize = 120;

/// Whether `message` begins with the severity and the time of a klog header; the rest of the header may be cut off.
#[must_use]
#[inline]
pub fn has_header(message: &str) -> bool {
    starts_header(message.as_bytes())
}

/// Whether bytes, which need not be UTF-8, begin with the severity and the time of a klog header.
#[inline]
pub(crate) fn starts_header(bytes: &[u8]) -> bool {
    bytes.len() > TIME_END
        && matches!(bytes[0], b'I' | b'W' | b'E' | b'F')
        && bytes[5] == b' '
        && bytes[8] == b':'
        && bytes[11] == b':'
        && bytes[14] == b'.'
        && bytes[1..5].iter().all(u8::is_ascii_digit)
}

/// Parses the severity and the time of a header: both, and the text after them.
pub(crate) fn severity_and_time(text: &str) -> Option<(Option<Severity>, HeaderTime, &str)> {
    let time = time(text.as_bytes())?;
    Some((Severity::from_letter(text.as_bytes()[0]), time, after_spaces(text.get(TIME_END..)?)))
}

/// Parses the time of a header; `None` if the bytes do not begin with one, or a field is out of its range.
#[inline]
pub(crate) fn time(bytes: &[u8]) -> Option<HeaderTime> {
    if !starts_header(bytes) {
        return None;
    }
    let time = HeaderTime {
        month: two(bytes, 1)?,
        day: two(bytes, 3)?,
        hour: two(bytes, 6)?,
        minute: two(bytes, 9)?,
        second: two(bytes, 12)?,
        micros: number(&bytes[15..TIME_END])?,
    };
    if !(1..=12).contains(&time.month)
        || !(1..=31).contains(&time.day)
        || time.hour > 23
        || time.minute > 59
        || time.second > 60
    {
        return None;
    }
    Some(time)
}

/// Returns the index at which a headed record goes on after its process ID; `bytes` begin with a header.
#[inline]
pub(crate) fn end_of_pid(bytes: &[u8]) -> usize {
    let after_spaces = |from: usize| from + bytes[from..].iter().take_while(|byte| **byte == b' ').count();
    let start = after_spaces(TIME_END);
    let end = start + digits(&bytes[start..]);
    if end > start && bytes.get(end) == Some(&b' ') { after_spaces(end) } else { start }
}

/// Parses the process ID, if there is one: the ID, and the text after it.
pub(crate) fn pid(rest: &str) -> (Option<u32>, &str) {
    let length = digits(rest.as_bytes());
    if length > 0 && rest.as_bytes().get(length) == Some(&b' ') {
        (number(&rest.as_bytes()[..length]), after_spaces(&rest[length..]))
    } else {
        (None, rest)
    }
}

/// Parses `file.go:123] `: the call site, and the text after it.
pub(crate) fn call_site(text: &str) -> Option<(CallSite<'_>, &str)> {
    let bytes = text.as_bytes();
    let colon = memchr::memchr2(b':', b' ', &bytes[..bytes.len().min(LONGEST_CALL_SITE)])?;
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
    Some((CallSite { file: Cow::Borrowed(file), line }, body.strip_prefix(' ').unwrap_or(body)))
}
