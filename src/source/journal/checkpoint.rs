//! Position in a journal at which the next stream starts, so that no line is lost or repeated. Pure.
//!
//! A stream starts *at* the cursor of the last line, not after it. A journal that has the cursor repeats that line,
//! which is left out; one that does not (recreated, or rotated) starts at the nearest time, and nothing is left out.
//! With `--after-cursor` it would skip a line that was never read.

/// Start of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StartPosition {
    /// Number of last lines.
    History(u32),
    /// Entry with this cursor.
    Cursor(String),
    /// Seconds since 1970, for a journal that rejects the cursor.
    Second(u64),
}

/// Position of the last line that was accepted.
#[derive(Debug)]
pub(super) struct JournalCheckpoint {
    /// Number of lines to begin with.
    history: u32,
    /// Cursor of the last line. `None` before the first one.
    cursor: Option<String>,
    /// Time of the last line, in microseconds since 1970.
    time: u64,
    /// Whether the journal rejected the cursor, so that the next stream starts by time.
    by_time: bool,
    /// Whether the next line of this stream may be a repeated one.
    may_repeat: bool,
}

impl JournalCheckpoint {
    pub(super) fn new(history: u32) -> Self {
        Self { history, cursor: None, time: 0, by_time: false, may_repeat: false }
    }

    /// Start of the next stream.
    pub(super) fn start_position(&self) -> StartPosition {
        match &self.cursor {
            None => StartPosition::History(self.history),
            Some(_) if self.by_time => StartPosition::Second(self.time / 1_000_000),
            Some(cursor) => StartPosition::Cursor(cursor.clone()),
        }
    }

    /// Notes the begin of a stream.
    pub(super) fn stream_begins(&mut self) {
        self.may_repeat = self.cursor.is_some();
    }

    /// Returns whether a line is new, and moves the checkpoint to it if it is an entry.
    pub(super) fn accept(&mut self, line: &str) -> bool {
        let time = field(line, "\"__REALTIME_TIMESTAMP\":\"").and_then(|time| time.parse().ok());
        let cursor = field(line, "\"__CURSOR\":\"");
        if self.may_repeat {
            if cursor.is_some() && cursor == self.cursor.as_deref() {
                self.may_repeat = false;
                return false;
            }
            // By cursor only the first line may be a repeated one; by time any line of that second.
            let is_old = self.by_time && time.is_some_and(|time: u64| time <= self.time);
            if is_old {
                return false;
            }
            self.may_repeat = false;
        }
        if let Some(cursor) = cursor {
            self.time = time.unwrap_or(self.time);
            self.by_time = false;
            match &mut self.cursor {
                Some(last) => cursor.clone_into(last),
                none => *none = Some(cursor.to_owned()),
            }
        }
        true
    }

    /// Notes the end of the command. If journalctl rejected the cursor, the next stream starts by time.
    pub(super) fn command_failed(&mut self, code: i64, stderr: &str) {
        let names_cursor = stderr.contains("cursor") || stderr.contains("seek");
        self.by_time |= code != 0 && names_cursor && self.cursor.is_some();
    }
}

/// Value of a field of a JSON entry. A message can't imitate a field, because quotes inside a string are escaped.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let start = memchr::memmem::find(line.as_bytes(), name.as_bytes())? + name.len();
    let rest = &line[start..];
    rest.find('"').map(|end| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cursor: &str, time: u64) -> String {
        format!(r#"{{"__CURSOR":"{cursor}","MESSAGE":"m","__REALTIME_TIMESTAMP":"{time}"}}"#)
    }

    fn after(lines: &[(&str, u64)]) -> JournalCheckpoint {
        let mut checkpoint = JournalCheckpoint::new(200);
        checkpoint.stream_begins();
        assert!(lines.iter().all(|(cursor, time)| checkpoint.accept(&line(cursor, *time))));
        checkpoint
    }

    #[test]
    fn the_first_stream_starts_with_history_and_the_next_at_the_last_cursor() {
        assert_eq!(JournalCheckpoint::new(200).start_position(), StartPosition::History(200));
        assert_eq!(after(&[("a", 1), ("b", 2)]).start_position(), StartPosition::Cursor("b".to_owned()));
    }

    #[test]
    fn the_line_at_the_cursor_is_not_repeated() {
        let mut checkpoint = after(&[("a", 1), ("b", 2)]);
        checkpoint.stream_begins();
        assert!(!checkpoint.accept(&line("b", 2)));
        assert!(checkpoint.accept(&line("c", 2)));
    }

    #[test]
    fn a_journal_without_the_cursor_loses_no_line() {
        let mut checkpoint = after(&[("a", 1)]);
        checkpoint.stream_begins();
        assert!(checkpoint.accept(&line("z", 1)));
        assert!(checkpoint.accept(&line("y", 3)));
    }

    #[test]
    fn after_a_rejected_cursor_a_stream_starts_by_time_without_repeats() {
        let mut checkpoint = after(&[("a", 1_000_001), ("b", 1_700_000)]);
        checkpoint.command_failed(1, "Failed to seek to cursor: Invalid argument");
        assert_eq!(checkpoint.start_position(), StartPosition::Second(1));
        checkpoint.stream_begins();
        assert!(!checkpoint.accept(&line("x", 1_000_001)));
        assert!(!checkpoint.accept(&line("y", 1_700_000)));
        assert!(checkpoint.accept(&line("z", 1_800_000)));
        assert_eq!(checkpoint.start_position(), StartPosition::Cursor("z".to_owned()));
    }

    #[test]
    fn another_failure_keeps_the_cursor() {
        let mut checkpoint = after(&[("a", 1)]);
        checkpoint.command_failed(143, "Terminated");
        assert_eq!(checkpoint.start_position(), StartPosition::Cursor("a".to_owned()));
    }

    #[test]
    fn a_message_can_not_imitate_a_cursor() {
        let hostile = r#"{"MESSAGE":"\"__CURSOR\":\"evil\"","__CURSOR":"good","__REALTIME_TIMESTAMP":"5"}"#;
        let mut checkpoint = JournalCheckpoint::new(1);
        assert!(checkpoint.accept(hostile));
        assert_eq!(checkpoint.start_position(), StartPosition::Cursor("good".to_owned()));
    }

    #[test]
    fn a_line_that_is_not_an_entry_is_accepted_as_it_is() {
        let mut checkpoint = after(&[("a", 1)]);
        assert!(checkpoint.accept("-- Boot 98cecda2 --"));
        assert_eq!(checkpoint.start_position(), StartPosition::Cursor("a".to_owned()));
    }
}
