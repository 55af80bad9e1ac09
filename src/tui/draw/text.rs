//! Text and numbers as the screen shows them: sanitized, cut to a width in columns, with units.
//!
//! All text from outside (names, errors, journal lines) passes [`safe`] before it is drawn. Widths are those of the
//! terminal, where a Korean syllable takes two columns. Nothing here depends on a theme or a clock.

use std::borrow::Cow;

use chrono::{Duration, FixedOffset};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub(crate) use crate::units::duration;
use crate::{observation::Time, output::printable};

/// Text that cannot affect a terminal: control, bidi and zero-width characters become visible symbols.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    let shown = printable(text);
    // a character without a width, such as an accent, would join the cell before it
    if shown.chars().all(has_width) {
        return shown;
    }
    Cow::Owned(shown.chars().map(|c| if has_width(c) { c } else { '\u{b7}' }).collect())
}

fn has_width(c: char) -> bool {
    c.width().is_some_and(|width| width > 0)
}

/// Width of a text in columns.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns`; a cut is marked with `ellipsis`.
pub(crate) fn fit<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(ellipsis.width());
    let mut out = head(text, room).to_owned();
    if columns >= ellipsis.width() {
        out.push_str(ellipsis);
    }
    Cow::Owned(out)
}

/// The longest prefix of at most `columns`.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (index, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[..index];
        }
    }
    text
}

/// The text in exactly `columns`, left-aligned.
pub(crate) fn left(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut out = fit(text, columns, ellipsis).into_owned();
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(out.width())));
    out
}

/// The text in exactly `columns`, right-aligned.
pub(crate) fn right(text: &str, columns: usize, ellipsis: &str) -> String {
    let text = fit(text, columns, ellipsis);
    let mut out = " ".repeat(columns.saturating_sub(text.width()));
    out.push_str(&text);
    out
}

/// Lines of at most `columns`, broken between words, or inside a word that is longer than a line.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() <= columns {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while rest.width() > columns {
            let part = head(rest, columns);
            lines.push(part.to_owned());
            rest = &rest[part.len()..];
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The duration since `then`, 0 if it is in the future.
pub(crate) fn elapsed(now: Time, then: Time) -> Duration {
    (now - then).max(Duration::zero())
}

/// Seconds since the begin of an outage, to the tenth: `10.3`; as [`duration`] from ten minutes on.
pub(crate) fn offset(duration: Duration) -> String {
    let ms = duration.num_milliseconds();
    if ms.abs() < 600_000 { format!("{:.1}", ms as f64 / 1_000.0) } else { self::duration(duration) }
}

/// The delay before a retry: `0.2 s`, `7.0 s`, `42 s`.
pub(crate) fn wait(duration: Duration) -> String {
    let ms = duration.num_milliseconds().max(0);
    if ms < 9_950 { format!("{:.1} s", ms as f64 / 1_000.0) } else { self::duration(duration) }
}

/// A time of day: `12:04:49`.
pub(crate) fn time_of_day(time: Time, zone: FixedOffset) -> String {
    time.with_timezone(&zone).format("%H:%M:%S").to_string()
}

/// A latency: `0.4 ms`, `12 ms`, `1.2 s`.
pub(crate) fn latency(us: u64) -> String {
    match us {
        0..10_000 => format!("{:.1} ms", us as f64 / 1_000.0),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{:.1} s", us as f64 / 1_000_000.0),
    }
}

/// A count in at most five columns: `398`, `12.3k`, `4.5M`.
pub(crate) fn count(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{:.1}k", n as f64 / 1_000.0),
        _ => format!("{:.1}M", n as f64 / 1_000_000.0),
    }
}

/// A ratio in percent, rounded down: one failure in a million is not 100 %.
pub(crate) fn percent(ratio: f64) -> String {
    let hundredths = (ratio.clamp(0.0, 1.0) * 10_000.0 + 1e-7).floor() / 100.0;
    if ratio >= 1.0 { "100 %".to_owned() } else { format!("{:.2} %", hundredths.min(99.99)) }
}

/// The name of a node without the prefix of its cluster.
pub(crate) fn short_name<'a>(name: &'a str, cluster: Option<&str>) -> &'a str {
    cluster
        .and_then(|cluster| name.strip_prefix(cluster)?.strip_prefix('-'))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_affect_a_terminal() {
        let shown = safe("\u{1b}[2Jplain\u{7}\u{202e}x\u{200b}y\u{9b}31m\ttab e\u{301}\u{fe0f}");
        assert_eq!(shown, "␛[2Jplain␇\u{fffd}x\u{fffd}y\u{fffd}31m␉tab e··");
        assert!(shown.chars().all(|c| !c.is_control() && has_width(c)));
        assert_eq!(safe("이름 ok"), "이름 ok");
    }

    #[test]
    fn wide_characters_are_cut_whole() {
        assert_eq!(fit("컨트롤", 4, "…"), "컨…");
        assert_eq!(left("컨", 4, "…"), "컨  ");
        assert_eq!(fit("abc", 0, "…"), "");
    }

    #[test]
    fn lines_break_between_words_and_inside_words_that_are_too_long() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn offsets_and_numbers_have_units() {
        assert_eq!(offset(Duration::milliseconds(10_312)), "10.3");
        assert_eq!(latency(2_140), "2.1 ms");
        assert_eq!(count(12_345), "12.3k");
    }

    #[test]
    fn a_single_failure_is_never_shown_as_100_percent() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999_999), "99.99 %");
        assert_eq!(percent(0.5), "50.00 %");
        assert_eq!(percent(0.0), "0.00 %");
    }

    #[test]
    fn a_node_name_loses_the_prefix_of_its_cluster() {
        assert_eq!(short_name("demo-worker2", Some("demo")), "worker2");
        assert_eq!(short_name("other-worker2", Some("demo")), "other-worker2");
        assert_eq!(short_name("demo-", Some("demo")), "demo-");
    }
}
