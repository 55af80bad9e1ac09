//! Where the journal is to be read from next, so that no line is lost and none comes twice. Pure.
//!
//! A stream is resumed *at* the cursor of the last line, not after it: a journal that knows the cursor sends that line
//! again, and it is left out; one that does not know it (made anew, or rotated away) goes on at the nearest time, and
//! nothing is left out. `--after-cursor` would skip a line that was never seen.

/// Where to read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    /// The last lines there are.
    History(u32),
    /// The entry with this cursor.
    Cursor(String),
    /// A second since 1970, for a journal that cannot even read the cursor.
    Second(u64),
}

/// The last line that was taken.
#[derive(Debug)]
pub(super) struct Resume {
    history: u32,
    cursor: Option<String>,
    /// Its time, in microseconds since 1970.
    time: u64,
    /// The journal refused the cursor.
    by_time: bool,
    /// Lines of this stream may have come before.
    may_repeat: bool,
}

impl Resume {
    pub(super) fn new(history: u32) -> Self {
        Self { history, cursor: None, time: 0, by_time: false, may_repeat: false }
    }

    pub(super) fn from(&self) -> From {
        match &self.cursor {
            None => From::History(self.history),
            Some(_) if self.by_time => From::Second(self.time / 1_000_000),
            Some(cursor) => From::Cursor(cursor.clone()),
        }
    }

    /// A stream begins.
    pub(super) fn begin(&mut self) {
        self.may_repeat = self.cursor.is_some();
    }

    /// Whether a line is new. Remembers it as the last one.
    pub(super) fn accept(&mut self, line: &str) -> bool {
        let time = field(line, "\"__REALTIME_TIMESTAMP\":\"").and_then(|time| time.parse().ok());
        let cursor = field(line, "\"__CURSOR\":\"");
        if self.may_repeat {
            if cursor.is_some() && cursor == self.cursor.as_deref() {
                self.may_repeat = false;
                return false;
            }
            // by cursor, the first line is the one that may repeat; by time, any line of that second
            let old = self.by_time && time.is_some_and(|time: u64| time <= self.time);
            if old {
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

    /// The command ended with this exit code and these words: when it is the cursor, the next try goes by time.
    pub(super) fn refused(&mut self, code: i64, words: &str) {
        let cursor = words.contains("cursor") || words.contains("seek");
        self.by_time |= code != 0 && cursor && self.cursor.is_some();
    }
}

/// The value of a field. A quote inside a JSON string is escaped, so a message cannot pretend to be a field.
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

    fn after(lines: &[(&str, u64)]) -> Resume {
        let mut resume = Resume::new(200);
        resume.begin();
        assert!(lines.iter().all(|(cursor, time)| resume.accept(&line(cursor, *time))));
        resume
    }

    #[test]
    fn it_begins_with_history_and_goes_on_at_the_last_cursor() {
        assert_eq!(Resume::new(200).from(), From::History(200));
        assert_eq!(after(&[("a", 1), ("b", 2)]).from(), From::Cursor("b".to_owned()));
    }

    #[test]
    fn the_line_at_the_cursor_does_not_come_twice() {
        let mut resume = after(&[("a", 1), ("b", 2)]);
        resume.begin();
        assert!(!resume.accept(&line("b", 2)));
        assert!(resume.accept(&line("c", 2)));
    }

    #[test]
    fn a_journal_that_does_not_know_the_cursor_loses_nothing() {
        let mut resume = after(&[("a", 1)]);
        resume.begin();
        assert!(resume.accept(&line("z", 1)));
        assert!(resume.accept(&line("y", 3)));
    }

    #[test]
    fn a_refused_cursor_goes_on_by_time_without_repeat() {
        let mut resume = after(&[("a", 1_000_001), ("b", 1_700_000)]);
        resume.refused(1, "Failed to seek to cursor: Invalid argument");
        assert_eq!(resume.from(), From::Second(1));
        resume.begin();
        assert!(!resume.accept(&line("x", 1_000_001)));
        assert!(!resume.accept(&line("y", 1_700_000)));
        assert!(resume.accept(&line("z", 1_800_000)));
        assert_eq!(resume.from(), From::Cursor("z".to_owned()));
    }

    #[test]
    fn another_failure_keeps_the_cursor() {
        let mut resume = after(&[("a", 1)]);
        resume.refused(143, "Terminated");
        assert_eq!(resume.from(), From::Cursor("a".to_owned()));
    }

    #[test]
    fn a_message_cannot_pretend_to_be_a_cursor() {
        let hostile = r#"{"MESSAGE":"\"__CURSOR\":\"evil\"","__CURSOR":"good","__REALTIME_TIMESTAMP":"5"}"#;
        let mut resume = Resume::new(1);
        assert!(resume.accept(hostile));
        assert_eq!(resume.from(), From::Cursor("good".to_owned()));
    }

    #[test]
    fn a_line_that_is_no_journal_entry_is_taken_as_it_is() {
        let mut resume = after(&[("a", 1)]);
        assert!(resume.accept("-- Boot 98cecda2 --"));
        assert_eq!(resume.from(), From::Cursor("a".to_owned()));
    }
}
