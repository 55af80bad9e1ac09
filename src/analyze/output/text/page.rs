//! Lines of text of a given width, with or without color, with or without characters beyond ASCII.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::{analyze::options::OutputStyle, output::printable};

/// Narrowest page, in columns: less has no room for a table.
const NARROWEST: usize = 40;

/// A page that grows line by line.
pub(crate) struct TextPage {
    style: OutputStyle,
    text: String,
}

impl TextPage {
    pub(crate) fn new(style: OutputStyle) -> Self {
        Self { style: OutputStyle { width: style.width.max(NARROWEST), ..style }, text: String::new() }
    }

    /// Returns the width in columns.
    pub(crate) fn width(&self) -> usize {
        self.style.width
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds a line as it is.
    pub(crate) fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// Adds an empty line, unless the page is empty or ends with one.
    pub(crate) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds a text that is wrapped between words.
    pub(crate) fn paragraph(&mut self, text: &str) {
        self.hanging_paragraph("", 0, text);
    }

    /// Adds a text that is wrapped between words, after a prefix that is so many columns wide.
    pub(crate) fn hanging_paragraph(&mut self, prefix: &str, columns: usize, text: &str) {
        let mut start = prefix.to_owned();
        let mut row = String::new();
        for word in text.split(' ') {
            if !row.is_empty() && columns + row.width() + 1 + word.width() > self.style.width {
                self.line(&format!("{start}{row}"));
                start = " ".repeat(columns);
                row.clear();
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        self.line(&format!("{start}{row}"));
    }

    /// Adds a heading, with a rule to the end of the line.
    pub(crate) fn heading(&mut self, text: &str) {
        let rule = if self.style.unicode { "─" } else { "-" };
        let rest = self.style.width.saturating_sub(text.width() + 4);
        let line = format!("{} {} {}", self.dim(&rule.repeat(2)), self.bold(text), self.dim(&rule.repeat(rest)));
        self.line(&line);
    }

    /// Wraps a text in the parameters of an SGR sequence (ECMA-48), if there is color.
    fn paint(&self, parameters: &str, text: &str) -> String {
        if self.style.color { format!("\x1b[{parameters}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Paints a text in bold red.
    pub(crate) fn bad(&self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// Paints a text in green.
    pub(crate) fn good(&self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Paints a text in cyan.
    pub(crate) fn accent(&self, text: &str) -> String {
        self.paint("36", text)
    }

    /// Returns the dash between two ends of a range.
    pub(crate) fn dash(&self) -> &'static str {
        if self.style.unicode { "–" } else { "-" }
    }

    /// Returns the mark of text that was cut off.
    pub(crate) fn more(&self) -> &'static str {
        if self.style.unicode { "…" } else { "..." }
    }

    /// Formats a number of repetitions.
    pub(crate) fn times(&self, count: usize) -> String {
        format!("{}{count}", if self.style.unicode { "×" } else { "x" })
    }

    /// Returns the beginning of an untrusted text, safe and at most so wide.
    pub(crate) fn head(&self, text: &str, width: usize) -> String {
        let text = self.sanitized(text);
        if text.width() <= width {
            return text;
        }
        let room = width.saturating_sub(self.more().width());
        format!("{}{}", first_columns(&text, room), self.more())
    }

    /// Returns the end of an untrusted text, safe and at most so wide.
    pub(crate) fn tail(&self, text: &str, width: usize) -> String {
        let text = self.sanitized(text);
        if text.width() <= width {
            return text;
        }
        let room = width.saturating_sub(self.more().width());
        format!("{}{}", self.more(), last_columns(&text, room))
    }

    /// Returns an untrusted text, safe and at most so wide; its middle is cut out, because errors are at the end.
    pub(crate) fn safe(&self, text: &str, width: usize) -> String {
        let text = self.sanitized(text);
        if text.width() <= width {
            return text;
        }
        let room = width.saturating_sub(self.more().width());
        let (head, tail) = (first_columns(&text, room / 2), last_columns(&text, room - room / 2));
        format!("{head}{}{tail}", self.more())
    }

    /// Replaces the characters that a terminal would act on or cannot show.
    fn sanitized(&self, text: &str) -> String {
        let text = printable(text);
        if self.style.unicode {
            return text.into_owned();
        }
        text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
    }

    /// Formats counts as bars, one column each; a count of zero is a space.
    pub(crate) fn bars(&self, counts: &[u32]) -> String {
        let steps: &[char] = if self.style.unicode {
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
}

/// Returns the beginning of a text that fits into so many columns.
fn first_columns(text: &str, width: usize) -> String {
    take_columns(text.chars(), width).collect()
}

/// Returns the end of a text that fits into so many columns.
fn last_columns(text: &str, width: usize) -> String {
    let reversed: Vec<char> = take_columns(text.chars().rev(), width).collect();
    reversed.into_iter().rev().collect()
}

fn take_columns(chars: impl Iterator<Item = char>, width: usize) -> impl Iterator<Item = char> {
    let mut used = 0;
    chars.take_while(move |c| {
        used += c.width().unwrap_or(0);
        used <= width
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> TextPage {
        TextPage::new(OutputStyle::default())
    }

    #[test]
    fn a_long_text_keeps_both_ends() {
        assert_eq!(page().safe("Failed to update lease: connection refused", 20), "Failed to…on refused");
    }

    #[test]
    fn an_escape_sequence_becomes_visible() {
        assert_eq!(page().safe("a\u{1b}[2Jb", 20), "a␛[2Jb");
    }

    #[test]
    fn the_smallest_count_still_has_a_bar() {
        assert_eq!(page().bars(&[0, 1, 1000]), " ▁█");
    }

    #[test]
    fn a_paragraph_keeps_to_the_width() {
        let mut page = page();
        page.paragraph(&"word ".repeat(40));
        assert!(page.text().lines().all(|line| line.width() <= 80 && line.starts_with("word")));
    }
}
