//! Error messages on standard error: one line, printable, never waited for longer than `tui::StandardError` allows.

use std::{fmt::Display, io::Write as _};

use blackout::{output::printable, tui};

/// Writes `blackout: MESSAGE`. A closed standard error is ignored.
pub(crate) fn print_error(message: impl Display) {
    let message = message.to_string();
    let _closed = writeln!(tui::StandardError::new(), "blackout: {}", printable(&message));
}

/// Joins an error and its causes with `: `, leaving out a cause whose text is part of the message already.
pub(crate) fn with_causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |message, cause| match message.as_str() {
        "" => cause,
        text if text.contains(&cause) => message,
        _ => format!("{message}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_the_message_repeats_is_left_out() {
        let error = anyhow::anyhow!("permission denied").context("cannot open x: permission denied").context("no tape");
        assert_eq!(with_causes(&error), "no tape: cannot open x: permission denied");
    }
}
