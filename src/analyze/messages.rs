//! Warnings and errors about an input, one line each.

use std::{
    fmt::Display,
    io::{self, Write},
};

use crate::output::printable;

/// A command that gives a journal, for inputs that are none.
const EXAMPLE: &str = "journalctl -u kubelet -o short-precise | blackout analyze";

/// Writes a message after the program's name.
pub(crate) fn complain(err: &mut dyn Write, message: &dyn Display) {
    // there is nowhere to report that the report failed
    drop(writeln!(err, "blackout: {}", printable(&message.to_string())));
}

/// Reports what is wrong with an input that was read; returns whether it counts as read.
pub(crate) fn check_input(
    name: &str,
    lines: u64,
    is_journal: bool,
    failure: Option<io::Error>,
    err: &mut dyn Write,
) -> bool {
    let is_complete = failure.is_none_or(|failure| report_failure(name, &failure, err));
    if lines == 0 {
        complain(err, &format!("{name} is empty; try: {EXAMPLE}"));
        return false;
    }
    if !is_journal {
        let lines = match lines {
            1 => "its only line is not".to_owned(),
            lines => format!("none of its {lines} lines is"),
        };
        complain(err, &format!("{name} is not a kubelet journal: {lines} from a kubelet; try: {EXAMPLE}"));
        return false;
    }
    is_complete
}

/// Reports the error that ended an input early. Returns whether the input counts as read: a damaged file does, since it
/// will not get better, but one that could not be read does not.
fn report_failure(name: &str, failure: &io::Error, err: &mut dyn Write) -> bool {
    // the kinds that the decoders of gzip and zstd use
    let is_damaged = matches!(
        failure.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other
    );
    let problem = if is_damaged { "is damaged or truncated" } else { "cannot be read to its end" };
    complain(err, &format!("{name} {problem} ({failure}); analyzed up to there"));
    is_damaged
}
