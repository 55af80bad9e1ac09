//! The type of a parsed line. How it is parsed is in `parse.rs`.

use std::borrow::Cow;

use crate::scan::owned;
use crate::time::timestamp::Timestamp;

/// Bytes of a line that are parsed (1 MiB); the rest of a longer line is cut off.
///
/// The longest lines of a kubelet (an event with its dump, `tests/fixtures/corpus`) have some 100 kB.
pub const LONGEST_LINE: usize = 1 << 20;

/// A journal line without its wrapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The host that wrote the line: the name of the node; `None` if the form has none.
    pub host: Option<Cow<'a, str>>,
    /// The time in front of the line, as written; `None` if the form has none.
    pub timestamp: Option<Timestamp>,
    /// The program that wrote the line, without its process ID (`kubelet`, `k3s`, `systemd`); `None` if the form has
    /// none.
    pub identifier: Option<Cow<'a, str>>,
    /// The message, at most [`LONGEST_LINE`] bytes.
    ///
    /// The record of a program that is not a kubelet has that program's name in front. The text comes from strangers:
    /// pass it through [`printable`](crate::printable) before it reaches a terminal.
    pub message: Cow<'a, str>,
    /// journald's cursor, from which `journalctl --after-cursor` resumes; `None` but for `-o json` and `-o export`.
    pub cursor: Option<Cow<'a, str>>,
    /// Whether the container runtime cut the line here and continues it in the next one (`P` in CRI, no line end in
    /// docker).
    pub partial: bool,
}

impl<'a> Entry<'a> {
    /// Creates an entry that has a message and nothing else.
    pub(crate) fn of_message(message: &'a str) -> Self {
        Self { message: Cow::Borrowed(message), ..Self::default() }
    }

    /// Copies the entry, so that it borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Entry<'static> {
        let Self { host, timestamp, identifier, message, cursor, partial } = self;
        Entry {
            host: host.map(owned),
            timestamp,
            identifier: identifier.map(owned),
            message: owned(message),
            cursor: cursor.map(owned),
            partial,
        }
    }
}
