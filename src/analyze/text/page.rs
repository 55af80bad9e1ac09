//! Lines of text of a given width, with or without colour, with or without more than ASCII.

use chrono::Duration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{analyze::Look, output::printable};

/// A page that grows line by line.
pub(super) struct Page {
    look: Look,
    text: String,
}

impl Page {
    pub(super) fn new(look: Look) -> Self {
        Self { look: Look { width: look.width.max(40), ..look }, text: String::new() }
    }

    pub(super) fn width(&self) -> usize {
        self.look.width
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A line as it is.
    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// An empty line, never two.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Plain words, broken between them.
    pub(super) fn paragraph(&mut self, text: &str, indent: usize) {
        let mut row = String::new();
        for word in text.split(' ') {
            if !row.is_empty() && indent + row.width() + 1 + word.width() > self.look.width {
                let full = format!("{:indent$}{row}", "");
                self.line(&full);
                row.clear();
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        let full = format!("{:indent$}{row}", "");
        self.line(&full);
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.look.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn bad(&self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub(super) fn good(&self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn accent(&self, text: &str) -> String {
        self.paint("36", text)
    }

    /// Something between two ends.
    pub(super) fn dash(&self) -> &'static str {
        if self.look.unicode { "–" } else { "-" }
    }

    /// More follows.
    pub(super) fn more(&self) -> &'static str {
        if self.look.unicode { "…" } else { "..." }
    }

    /// So many times.
    pub(super) fn times(&self, count: usize) -> String {
        format!("{}{count}", if self.look.unicode { "×" } else { "x" })
    }

    /// The beginning of a stranger's text.
    pub(super) fn head(&self, text: &str, width: usize) -> String {
        let text = self.safe(text, usize::MAX);
        if text.width() <= width {
            return text;
        }
        format!("{}{}", taken(text.chars(), width.saturating_sub(self.more().width())), self.more())
    }

    /// The end of a stranger's text.
    pub(super) fn tail(&self, text: &str, width: usize) -> String {
        let text = self.safe(text, usize::MAX);
        if text.width() <= width {
            return text;
        }
        let room = width.saturating_sub(self.more().width());
        let tail: String = taken(text.chars().rev(), room).chars().rev().collect();
        format!("{}{tail}", self.more())
    }

    /// Text from a stranger, safe and at most so wide; what is too much is taken out of the middle, since errors stand at the end.
    pub(super) fn safe(&self, text: &str, width: usize) -> String {
        let text = printable(text);
        let text = if self.look.unicode {
            text
        } else {
            text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect::<String>().into()
        };
        if text.width() <= width {
            return text.into_owned();
        }
        let more = self.more();
        let room = width.saturating_sub(more.width());
        let (left, right) = (room / 2, room - room / 2);
        let head = taken(text.chars(), left);
        let tail: String = taken(text.chars().rev(), right).chars().rev().collect();
        format!("{head}{more}{tail}")
    }

    /// Counts as bars, one for each column; nothing for none.
    pub(super) fn bars(&self, counts: &[u32]) -> String {
        let steps: &[char] = if self.look.unicode {
            &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
        } else {
            &['.', ':', '-', '=', '+', '*', '#', '@']
        };
        let most = counts.iter().copied().max().unwrap_or(0).max(1);
        let bar = |count: u32| match count {
            0 => ' ',
            count => {
                let step = (u64::from(count) * steps.len() as u64).div_ceil(u64::from(most)) as usize;
                steps[step.clamp(1, steps.len()) - 1]
            }
        };
        counts.iter().map(|count| bar(*count)).collect()
    }

    /// A heading, with a rule to the end of the line.
    pub(super) fn heading(&mut self, text: &str) {
        let rule = if self.look.unicode { "─" } else { "-" };
        let rest = self.look.width.saturating_sub(text.width() + 4);
        let line = format!("{} {} {}", self.dim(&rule.repeat(2)), self.bold(text), self.dim(&rule.repeat(rest)));
        self.line(&line);
    }
}

fn taken(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect()
}

/// `1 line`, `12 lines`.
pub(super) fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// One form for one, the other for more.
pub(super) fn plural<'a>(number: u64, one: &'a str, more: &'a str) -> &'a str {
    if number == 1 { one } else { more }
}

/// A length of time as people say it.
pub(super) fn duration(length: Duration) -> String {
    let seconds = length.num_milliseconds() as f64 / 1000.0;
    let whole = length.num_seconds();
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} d {:02} h", whole / 86_400, whole / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page::new(Look::default())
    }

    #[test]
    fn of_a_long_text_both_ends_stay() {
        assert_eq!(page().safe("Failed to update lease: connection refused", 20), "Failed to…on refused");
        assert_eq!(page().safe("a\u{1b}[2Jb", 20), "a␛[2Jb");
    }

    #[test]
    fn the_smallest_count_still_has_a_bar() {
        assert_eq!(page().bars(&[0, 1, 1000]), " ▁█");
    }

    #[test]
    fn a_paragraph_keeps_to_the_width() {
        let mut page = page();
        page.paragraph(&"word ".repeat(40), 4);
        assert!(page.text().lines().all(|line| line.width() <= 80 && line.starts_with("    word")));
    }
}
