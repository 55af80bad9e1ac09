//! The endpoint of a failed call, from its error text.
//!
//! The address that was dialed if the error has it, else the name that was looked up, else the host of the URL. The
//! forms are those of `OpError` and `DNSError` in Go's `net/net.go`.

use crate::scan::needle;

/// Returns the endpoint that an error text names: `host:port`, or a name; `None` if it names none.
pub(crate) fn endpoint(error: &str) -> Option<&str> {
    let bytes = error.as_bytes();
    if let Some(at) = needle!("dial tcp").find(bytes) {
        let rest = &error[at + 8..];
        let rest = rest.strip_prefix('4').or_else(|| rest.strip_prefix('6')).unwrap_or(rest);
        if let Some(rest) = rest.strip_prefix(": lookup ") {
            return word(rest);
        }
        // the address after an arrow is the remote one: `dial tcp 10.0.0.2:0->10.0.0.1:6443`
        let address = rest.strip_prefix(' ').and_then(word)?;
        return Some(address.rsplit("->").next().unwrap_or(address));
    }
    if let Some(at) = needle!(": lookup ").find(bytes) {
        return word(&error[at + 9..]);
    }
    if let Some(at) = needle!("->").find(bytes) {
        return word(&error[at + 2..]);
    }
    let at = needle!("://").find(bytes)?;
    let after = &error[at + 3..];
    let ends = |byte: &u8| matches!(byte, b'/' | b' ' | b'"' | b'\\' | b'\'' | b'?' | b'>');
    let end = after.as_bytes().iter().position(ends).unwrap_or(after.len());
    (end > 0).then(|| &after[..end])
}

/// Returns the first word, without punctuation after it; `None` if it is empty.
fn word(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut end = bytes
        .iter()
        .position(|byte| matches!(byte, b' ' | b'"' | b'\\' | b'\'' | b'\n' | b')' | b','))
        .unwrap_or(bytes.len());
    while end > 0 && matches!(bytes[end - 1], b':' | b'>' | b'.') {
        end -= 1;
    }
    let word = &text[..end];
    (!word.is_empty()).then_some(word)
}
