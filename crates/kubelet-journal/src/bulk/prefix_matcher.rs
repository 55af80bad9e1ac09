//! What stands before the message is the same in line after line, but for the time: a host, an identifier, a process.
//!
//! A lead is learnt from a line that was taken apart ([`entry`](crate::line::entry)), and recognised in the next ones byte by byte, so that they need
//! not be taken apart again. It only ever says what [`entry`](crate::line::entry) would say: where it is not sure, it says nothing.

use crate::classify::prefilter::sift;
use crate::klog::text;
use crate::line::entry::{Entry, LONGEST_LINE};
use crate::time::timestamp::{self, Stamp};

/// The longest time in front of a line that is recognised.
const LONGEST_STAMP: usize = 40;

/// The longest lead that is recognised.
const LONGEST_LEAD: usize = 256;

/// A form of time that begins a line.
type Form = fn(&str) -> Option<(Stamp, &str)>;

/// What stood before the message of a line.
#[derive(Clone, Debug, Default)]
pub struct Lead {
    form: Option<Form>,
    /// The time of the last line, as written and as read.
    written: Vec<u8>,
    stamp: Option<Stamp>,
    /// From the time to the message.
    middle: Vec<u8>,
    /// A line was learnt.
    known: bool,
}

/// A line whose lead was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Led<'a> {
    /// The time in front of it.
    pub stamp: Option<Stamp>,
    /// Its message, which begins with a klog header; not yet known to be text.
    pub message: &'a [u8],
}

impl Lead {
    /// Learns the lead of a line that was taken apart; whether there was one.
    pub fn learn(&mut self, line: &[u8], entry: &Entry<'_>) -> bool {
        self.known = false;
        let line = trimmed(line);
        let Some(length) = line.len().checked_sub(entry.message.len()) else { return false };
        let whole = !entry.partial && line.len() <= LONGEST_LINE && line[length..] == *entry.message.as_bytes();
        if !whole || length > LONGEST_LEAD || !text::starts_header(&entry.message) {
            return false;
        }
        let Ok(lead) = std::str::from_utf8(&line[..length]) else { return false };
        let (form, rest): (Option<Form>, _) = match entry.stamp {
            None if lead.is_empty() => (None, lead),
            None => return false,
            Some(stamp) => {
                let forms: [Form; 2] = [timestamp::syslog, timestamp::iso];
                let found = forms.into_iter().find_map(|form| Some((form, form(lead)?)));
                match found {
                    Some((form, (read, rest))) if read == stamp => (Some(form), rest),
                    _ => return false,
                }
            }
        };
        let written = &lead[..lead.len() - rest.len()];
        // a word of a failure in it would make every line speak of one
        if written.len() > LONGEST_STAMP || sift(lead.as_bytes(), 0).is_some() {
            return false;
        }
        self.form = form;
        self.stamp = entry.stamp;
        self.written.clear();
        self.written.extend_from_slice(written.as_bytes());
        self.middle.clear();
        self.middle.extend_from_slice(rest.as_bytes());
        self.known = true;
        true
    }

    /// Bytes of it.
    pub fn length(&self) -> usize {
        self.written.len() + self.middle.len()
    }

    /// The line without its lead, where it is the one that was learnt, with a time of the same length.
    pub fn recognise<'a>(&mut self, line: &'a [u8]) -> Option<Led<'a>> {
        let written = self.written.len();
        let start = self.length();
        if !self.known || line.len() > LONGEST_LINE || line.get(written..start)? != self.middle {
            return None;
        }
        let message = trimmed(&line[start..]);
        if !text::starts_header_bytes(message) {
            return None;
        }
        if line[..written] != *self.written {
            let text = std::str::from_utf8(&line[..written]).ok()?;
            let (stamp, rest) = (self.form?)(text)?;
            if !rest.is_empty() {
                return None;
            }
            self.stamp = Some(stamp);
            self.written.copy_from_slice(&line[..written]);
        }
        Some(Led { stamp: self.stamp, message })
    }
}

/// A line without its end, as [`entry`](crate::line::entry) sees it.
fn trimmed(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0)).map_or(0, |last| last + 1);
    &line[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry;

    /// Every line of the fixtures, and what a lead that saw all lines before it says of it.
    fn agrees_on(path: &std::path::Path) -> (usize, usize) {
        let journal = std::fs::read(path).unwrap();
        let mut lead = Lead::default();
        let (mut lines, mut recognised) = (0, 0);
        for line in journal.split_inclusive(|byte| *byte == b'\n') {
            let entry = entry(line);
            lines += 1;
            match lead.recognise(line) {
                Some(led) => {
                    recognised += 1;
                    assert_eq!(
                        (led.stamp, led.message),
                        (entry.stamp, entry.message.as_bytes()),
                        "{}",
                        String::from_utf8_lossy(line)
                    );
                }
                None => {
                    lead.learn(line, &entry);
                }
            }
        }
        (lines, recognised)
    }

    #[test]
    fn a_lead_says_of_every_line_what_taking_it_apart_says() {
        for name in ["seed-1.30-worker2.log", "stop/worker2.log", "stop/worker2-1.33.log", "pause/worker2.log"] {
            let (lines, recognised) = agrees_on(&std::path::Path::new("../../tests/fixtures/logs").join(name));
            assert!(recognised * 10 > lines * 8, "{name}: {recognised} of {lines}");
        }
    }

    #[test]
    fn a_line_of_any_form_is_recognised_as_what_it_was_learnt_from() {
        let mut learnt = 0;
        for name in ["kubelet-lines", "own-lines", "wide-lines"] {
            let corpus = std::fs::read_to_string(format!("../../tests/fixtures/corpus/{name}.jsonl")).unwrap();
            for labelled in corpus.lines() {
                let labelled: serde_json::Value = serde_json::from_str(labelled).unwrap();
                let line = labelled["line"].as_str().unwrap();
                let entry = entry(line.as_bytes());
                let mut lead = Lead::default();
                if lead.learn(line.as_bytes(), &entry) {
                    learnt += 1;
                    let led = lead.recognise(line.as_bytes()).map(|led| (led.stamp, led.message));
                    assert_eq!(led, Some((entry.stamp, entry.message.as_bytes())), "{line}");
                }
            }
        }
        assert!(learnt > 500, "{learnt}");
    }

    #[test]
    fn a_lead_of_another_host_is_not_recognised() {
        let line = |host: &str| format!("Dec 28 16:08:57 {host} kubelet[228]: E1228 16:08:57.706942 228 a.go:1] x\n");
        let (first, other) = (line("worker1"), line("worker2"));
        let mut lead = Lead::default();
        assert!(lead.learn(first.as_bytes(), &entry(first.as_bytes())));
        assert!(lead.recognise(first.as_bytes()).is_some());
        assert_eq!(lead.recognise(other.as_bytes()), None);
    }

    #[test]
    fn a_time_that_is_none_is_not_recognised() {
        let line = |time: &str| format!("{time} w kubelet[228]: E1228 16:08:57.706942     228 a.go:1] x");
        let first = line("Dec 28 16:08:57");
        let mut lead = Lead::default();
        assert!(lead.learn(first.as_bytes(), &entry(first.as_bytes())));
        assert_eq!(lead.recognise(line("Dec 28 16:08:77").as_bytes()), None);
        let next = line("Jan  1 00:00:01");
        let led = lead.recognise(next.as_bytes()).expect("it is of the same form");
        assert_eq!(led.stamp, entry(next.as_bytes()).stamp);
    }
}
