//! Small scans over bytes and strings that the other files share.
//!
//! Nothing here allocates, and nothing here knows what a kubelet is.

/// A searcher for a literal, built once: searching short slices costs less than building one.
macro_rules! needle {
    ($text:literal) => {{
        static FINDER: std::sync::LazyLock<memchr::memmem::Finder<'static>> =
            std::sync::LazyLock::new(|| memchr::memmem::Finder::new($text));
        &*FINDER
    }};
}

/// The same from the end.
macro_rules! needle_back {
    ($text:literal) => {{
        static FINDER: std::sync::LazyLock<memchr::memmem::FinderRev<'static>> =
            std::sync::LazyLock::new(|| memchr::memmem::FinderRev::new($text));
        &*FINDER
    }};
}

pub(crate) use {needle, needle_back};

/// How many ASCII digits `bytes` begins with.
pub(crate) fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// `text` without the spaces it begins with.
pub(crate) fn after_spaces(text: &str) -> &str {
    let spaces = text.bytes().take_while(|byte| *byte == b' ').count();
    &text[spaces..]
}

/// The two-digit number at `at`.
pub(crate) fn two(bytes: &[u8], at: usize) -> Option<u8> {
    let (tens, ones) = (*bytes.get(at)?, *bytes.get(at + 1)?);
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

/// The largest cut of `text` that is not longer than `most` bytes and ends on a character.
pub(crate) fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The last `most` bytes of `text`, from a character's beginning on.
pub(crate) fn tail(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// Where the quoted value that begins at `text` (after its opening quote) ends: the index of the closing quote.
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

/// A run of `wanted` characters at the start of `text`.
pub(crate) fn run(text: &str, wanted: impl Fn(u8) -> bool) -> &str {
    &text[..text.bytes().take_while(|byte| wanted(*byte)).count()]
}
