//! The dispatcher over the five forms of a record; the grammar is in `klog.rs`.

use crate::klog::record::Record;
use crate::klog::{json, logrus, text};
use crate::scan::run;

/// Longest name of a program before a header, in bytes; `openshift-route-controller-manager` has 34.
const LONGEST_PROGRAM: usize = 48;

/// Parses the message of an entry. Any text gives a record: one of an unknown form is
/// [`Form::Headerless`](crate::Form).
#[must_use]
pub fn record(message: &str) -> Record<'_> {
    if let Some(record) = text::headed(message) {
        return record;
    }
    let trimmed = message.trim_start_matches(' ');
    let foreign = match trimmed.as_bytes().first() {
        Some(b'{') => json::record(trimmed),
        Some(_) => logrus::record(trimmed).or_else(|| after_program(trimmed)),
        None => None,
    };
    foreign.unwrap_or_else(|| text::headerless(message))
}

/// Parses a record after a program's name: `kubelet E1228 …` (MicroShift), `kube-proxy[915]: E1228 …`.
fn after_program(text: &str) -> Option<Record<'_>> {
    let name = run(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'?' | b'.' | b'_'));
    if !(1..=LONGEST_PROGRAM).contains(&name.len()) {
        return None;
    }
    let rest = after_pid(&text[name.len()..])?;
    let record = text::headed(rest).or_else(|| logrus::record(rest))?;
    Some(Record { program: Some(name), ..record })
}

/// Returns the text after ` `, `: ` or `[pid]: `.
fn after_pid(text: &str) -> Option<&str> {
    let text = match text.strip_prefix('[') {
        Some(inner) => inner.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).strip_prefix("]:")?,
        None => text.strip_prefix(':').unwrap_or(text),
    };
    text.strip_prefix(' ')
}

#[cfg(test)]
mod tests {
    use super::record;
    use crate::Form;

    /// The sample lines of `klog.rs`, each with the form that stands in front of it.
    #[test]
    fn the_sample_lines_of_the_grammar_have_the_forms_that_it_says() {
        let grammar = include_str!("../klog.rs");
        let forms = [
            ("text", Form::Text),
            ("structured", Form::Structured),
            ("JSON", Form::Json),
            ("logrus", Form::Logrus),
            ("headerless", Form::Headerless),
        ];
        for (name, form) in forms {
            let start = format!("//! {name:12}");
            let sample = grammar.lines().find_map(|line| line.strip_prefix(&start)).unwrap();
            assert_eq!(record(sample).form, form, "{sample}");
        }
    }
}
