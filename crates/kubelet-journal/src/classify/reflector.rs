//! The reflector, the type of its objects, and the stage at which it failed, from the line that it wrote.
//!
//! Up to 1.32 they are in the text (`NAME: failed to list *v1.Pod: …`), since 1.33 in keys (client-go's
//! `tools/cache/reflector.go`). All are slices of the line, still escaped.

use memchr::memmem::Finder;

use crate::klog::record::{Form, Record, UNHANDLED_ERROR};
use crate::scan::{closing_quote, needle};

/// The stage of its loop at which a reflector failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReflectorStage {
    /// Listing all objects: `failed to list`, the first of two lines up to 1.32.
    List,
    /// The loop as a whole: `Failed to watch …: failed to list …`, the second of two lines or the only one.
    Loop,
    /// A running watch: `watch of … ended with`.
    Watch,
}

/// The names in a reflector's line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    /// The reflector's name; `None` if the line has none.
    pub(crate) reflector: Option<&'a str>,
    /// The Go type of its objects (`*v1.Pod`); `None` if the line has none.
    pub(crate) resource: Option<&'a str>,
    /// The stage at which it failed; `None` if the message is an unknown one.
    pub(crate) stage: Option<ReflectorStage>,
}

/// Finds the names in a reflector's line, in its text or its keys.
pub(crate) fn named<'a>(record: &Record<'a>) -> Named<'a> {
    if record.message == UNHANDLED_ERROR {
        return in_text(record.error.unwrap_or(""));
    }
    match record.form {
        Form::Structured => in_keys(record),
        // messages that older versions write as text stay text in their JSON
        Form::Json => match in_keys(record) {
            Named { reflector: None, stage: None, .. } => in_text(record.message),
            named => named,
        },
        _ => in_text(record.message),
    }
}

/// Finds the names in the text of a reflector.
fn in_text(text: &str) -> Named<'_> {
    let bytes = text.as_bytes();
    let (at, stage) = match needle!("Failed to watch ").find(bytes) {
        Some(at) => (Some(at), Some(ReflectorStage::Loop)),
        None => match needle!("ailed to list ").find(bytes) {
            // up to 1.18 there was one line only: `Failed to list`, with a capital
            Some(at) => (
                at.checked_sub(1),
                Some(if bytes.get(at.wrapping_sub(1)) == Some(&b'F') {
                    ReflectorStage::Loop
                } else {
                    ReflectorStage::List
                }),
            ),
            None => (needle!("watch of ").find(bytes), Some(ReflectorStage::Watch)),
        },
    };
    let reflector = at.and_then(|at| text.get(..at)?.strip_suffix(": "));
    Named { reflector, resource: go_type(text), stage: stage.filter(|_| at.is_some()) }
}

/// Finds the names in the keys of a reflector.
fn in_keys<'a>(record: &Record<'a>) -> Named<'a> {
    let stage = match record.message {
        message if message.starts_with("Failed to watch") || message.starts_with("watch-list failed") => {
            Some(ReflectorStage::Loop)
        }
        message if message.starts_with("Warning: watch ended") => Some(ReflectorStage::Watch),
        _ => None,
    };
    Named {
        reflector: value(record.pairs, needle!(" reflector=\""), needle!("\"reflector\":\""), record.form),
        resource: value(record.pairs, needle!(" type=\""), needle!("\"type\":\""), record.form)
            .filter(|name| name.starts_with('*'))
            .or_else(|| record.error.and_then(go_type)),
        stage,
    }
}

/// Returns the value of a key, in klog's pairs or in JSON.
fn value<'a>(pairs: &'a str, key: &Finder<'_>, json: &Finder<'_>, form: Form) -> Option<&'a str> {
    let key = if form == Form::Json { json } else { key };
    let at = key.find(pairs.as_bytes())?;
    let inner = &pairs[at + key.needle().len()..];
    Some(&inner[..closing_quote(inner)?])
}

/// Returns the first whole Go type in a text (`*v1.Pod`); a type that a terminal's line wrap has split is skipped.
fn go_type(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'*', &bytes[from..]) {
        let at = from + found;
        let length = bytes[at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'))
            .count();
        let end = at + 1 + length;
        let name = &text[at..end];
        let ends = match bytes.get(end) {
            None | Some(b':' | b'"' | b'\\') => true,
            Some(b' ') => {
                text[end..].starts_with(" (")
                    || text[end..].starts_with(" from")
                    || text[end..].starts_with(" ended")
                    || text[end..].starts_with(" closed")
                    || text[end..].starts_with(" -")
            }
            _ => false,
        };
        if ends && name.contains('.') && !name.ends_with('.') {
            return Some(name);
        }
        from = at + 1;
    }
    None
}
