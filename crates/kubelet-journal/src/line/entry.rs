//! One line of a journal, in any form, taken apart into who wrote it, when, and what.
//!
//! Total: any bytes give an entry; nothing panics, and what is held of a line is never more than [`LONGEST_LINE`]. What the message
//! means is no business of this file.

use std::borrow::Cow;

use crate::line::json_line;
use crate::line::program;
use crate::line::text_line;
use crate::scan::head;
use crate::time::timestamp::Stamp;

/// Bytes of a line that are looked at; what is longer is cut. The longest lines of a kubelet (an event with its dump) have some 100 kB.
pub const LONGEST_LINE: usize = 1 << 20;

/// A journal line without its wrapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The host that wrote it: the worker.
    pub host: Option<Cow<'a, str>>,
    /// The time in front of the line, as written.
    pub stamp: Option<Stamp>,
    /// Who wrote it (`kubelet`, `k3s`, `systemd`), without pid.
    pub identifier: Option<Cow<'a, str>>,
    /// What was written; a record of a program that is not a kubelet has that program's name in front. Never more than [`LONGEST_LINE`]; not safe to show as it is, see [`printable`](crate::line::printable).
    pub message: Cow<'a, str>,
    /// Where journald can go on from (`-o json`, `-o export`).
    pub cursor: Option<Cow<'a, str>>,
    /// The runtime cut the line here and goes on in the next one (CRI `P`, docker without a line end).
    pub partial: bool,
}

impl<'a> Entry<'a> {
    pub(crate) fn of_message(message: &'a str) -> Self {
        Self { message: Cow::Borrowed(message), ..Self::default() }
    }

    /// The same entry with the program's name in front of its message, as in the text forms, where that program is not a kubelet.
    pub(crate) fn signed(mut self) -> Self {
        if let Some(name) = self.identifier.as_deref().filter(|name| program::is_another(name))
            && program::is_ambiguous(&self.message)
        {
            self.message = Cow::Owned(format!("{name}: {}", self.message));
        }
        self
    }

    /// The same entry, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Entry<'static> {
        let Self { host, stamp, identifier, message, cursor, partial } = self;
        Entry {
            host: host.map(owned),
            stamp,
            identifier: identifier.map(owned),
            message: owned(message),
            cursor: cursor.map(owned),
            partial,
        }
    }
}

/// A text that borrows nothing.
pub(crate) fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

/// Takes one line apart, with or without its line end.
#[must_use]
pub fn entry(line: &[u8]) -> Entry<'_> {
    match std::str::from_utf8(&line[..line.len().min(LONGEST_LINE)]) {
        Ok(text) => of_text(text),
        // a cut in the middle of a character is no damage
        Err(error) if error.error_len().is_none() => {
            let (whole, _) = line.split_at(error.valid_up_to());
            std::str::from_utf8(whole).map_or_else(|_| Entry::default(), of_text)
        }
        Err(_) => of_text(&String::from_utf8_lossy(&line[..line.len().min(LONGEST_LINE)])).into_owned(),
    }
}

fn of_text(text: &str) -> Entry<'_> {
    let text = head(text, LONGEST_LINE).trim_end_matches(['\n', '\r', '\0']);
    if text.starts_with('{') {
        return json_line::json(text).unwrap_or_else(|| Entry::of_message(text));
    }
    text_line::strip(text)
}
