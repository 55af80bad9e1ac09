//! Small searches in bytes and strings that the other files share.
//!
//! Nothing here knows what a kubelet is. Only [`owned`] allocates.

use std::borrow::Cow;

/// A searcher for a literal, built once: in a short slice the search costs less than building the searcher.
macro_rules! needle {
    ($text:literal) => {{
        static FINDER: std::sync::LazyLock<memchr::memmem::Finder<'static>> =
            std::sync::LazyLock::new(|| memchr::memmem::Finder::new($text));
        &*FINDER
    }};
}

/// A searcher for the last occurrence of a literal, built once.
macro_rules! needle_back {
    ($text:literal) => {{
        static FINDER: std::sync::LazyLock<memchr::memmem::FinderRev<'static>> =
            std::sync::LazyLock::new(|| memchr::memmem::FinderRev::new($text));
        &*FINDER
    }};
}

pub(crate) use {needle, needle_back};

/// Returns the number of ASCII digits that `bytes` begins with.
#[inline]
pub(crate) fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Returns `text` without its leading spaces.
#[inline]
pub(crate) fn after_spaces(text: &str) -> &str {
    let spaces = text.bytes().take_while(|byte| *byte == b' ').count();
    &text[spaces..]
}

/// Parses the two-digit number at index `at`.
#[inline]
pub(crate) fn two(bytes: &[u8], at: usize) -> Option<u8> {
    let (tens, ones) = (*bytes.get(at)?, *bytes.get(at + 1)?);
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

/// Parses a number of one to nine digits, which always fits; `None` if `bytes` hold anything else.
#[inline]
pub(crate) fn number(bytes: &[u8]) -> Option<u32> {
    if !(1..=9).contains(&bytes.len()) {
        return None;
    }
    bytes.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

/// Returns the longest beginning of `text` of at most `most` bytes that ends between two characters.
#[inline]
pub(crate) fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Returns the longest end of `text` of at most `most` bytes that begins between two characters.
#[inline]
pub(crate) fn tail(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// Returns the index of the quote that closes a quoted value; `text` begins after the opening quote.
///
/// `None` if the value does not end. A quote after an odd number of backslashes belongs to the value.
pub(crate) fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'"', &bytes[from..]) {
        let at = from + found;
        let slashes = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Returns the beginning of `text` that consists of `wanted` bytes only.
pub(crate) fn run(text: &str, wanted: impl Fn(u8) -> bool) -> &str {
    &text[..text.bytes().take_while(|byte| wanted(*byte)).count()]
}

/// Returns a copy of `text` that borrows nothing.
pub(crate) fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
