//! What a reflector's line names: the reflector, the type it follows, and at which stage it failed.
//!
//! Up to 1.32 they stand in the text (`NAME: failed to list *v1.Pod: …`), since 1.33 in keys. Slices of the line, still escaped.

use memchr::memmem::Finder;

use crate::klog::text::{Form, Record};
use crate::scan::{closing_quote, needle};

/// Where in its loop a reflector failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It asked for the whole list: `failed to list`, alone (the first of two lines, up to 1.32).
    List,
    /// The loop as a whole gave up this try: `Failed to watch …: failed to list …` (the second of two lines, or the only one).
    Loop,
    /// A running watch broke: `watch of … ended with`.
    Watch,
}

/// What a reflector's line names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    pub(crate) reflector: Option<&'a str>,
    pub(crate) kind: Option<&'a str>,
    pub(crate) stage: Option<Stage>,
}

/// What the text of a reflector names.
pub(crate) fn in_text(text: &str) -> Named<'_> {
    let bytes = text.as_bytes();

    let (at, stage) = match needle!("Failed to watch ").find(bytes) {
        Some(at) => (Some(at), Some(Stage::Loop)),
        None => match needle!("ailed to list ").find(bytes) {
            // up to 1.18 one line said it all: `Failed to list`, with a capital
            Some(at) => (
                at.checked_sub(1),
                Some(if bytes.get(at.wrapping_sub(1)) == Some(&b'F') { Stage::Loop } else { Stage::List }),
            ),
            None => (needle!("watch of ").find(bytes), Some(Stage::Watch)),
        },
    };
    let reflector = at.and_then(|at| text.get(..at)?.strip_suffix(": "));
    Named { reflector, kind: kind(text), stage: stage.filter(|_| at.is_some()) }
}

/// What the keys of a reflector name.
pub(crate) fn in_keys<'a>(record: &Record<'a>) -> Named<'a> {
    let stage = match record.message {
        message if message.starts_with("Failed to watch") || message.starts_with("watch-list failed") => {
            Some(Stage::Loop)
        }
        message if message.starts_with("Warning: watch ended") => Some(Stage::Watch),
        _ => None,
    };
    Named {
        reflector: value(record.pairs, needle!(" reflector=\""), needle!("\"reflector\":\""), record.form),
        kind: value(record.pairs, needle!(" type=\""), needle!("\"type\":\""), record.form)
            .filter(|kind| kind.starts_with('*'))
            .or_else(|| record.error.and_then(kind)),
        stage,
    }
}

/// The value of a key, in klog's pairs or in JSON.
fn value<'a>(pairs: &'a str, key: &Finder<'_>, json: &Finder<'_>, form: Form) -> Option<&'a str> {
    let key = if form == Form::Json { json } else { key };
    let at = key.find(pairs.as_bytes())?;
    let inner = &pairs[at + key.needle().len()..];
    Some(&inner[..closing_quote(inner)?])
}

/// The first whole Go type in a text: `*v1.Pod`. A type that a terminal's wrap has split is passed over.
pub(crate) fn kind(text: &str) -> Option<&str> {
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
