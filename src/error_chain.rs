//! Walks and formats the causes of an error.

use std::{error::Error, io, iter};

/// Iterates over an error and its causes, outermost first. Visits the error that an [`io::Error`] wraps, which its own
/// `source` skips.
pub fn iter<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// Formats an error and its causes in one line. A cause whose text is already in the line is left out.
pub fn message(error: &(dyn Error + 'static)) -> String {
    let mut message = error.to_string();
    for cause in iter(error).skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message.push_str(": ");
            message.push_str(&cause);
        }
    }
    message.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] io::Error);

    #[test]
    fn the_error_inside_an_io_error_is_visited() {
        let error = Outer(io::Error::other(Outer(io::Error::from(io::ErrorKind::ConnectionRefused))));
        let kinds: Vec<_> = iter(&error).filter_map(|error| Some(error.downcast_ref::<io::Error>()?.kind())).collect();
        assert_eq!(kinds, [io::ErrorKind::Other, io::ErrorKind::ConnectionRefused]);
    }

    #[test]
    fn a_message_names_each_cause_once_in_one_line() {
        assert_eq!(message(&Outer(io::Error::other("inner\nof it"))), "outer: inner of it");
        let wrapped = Outer(io::Error::other(Outer(io::Error::other("inner"))));
        assert_eq!(message(&wrapped), "outer: inner");
    }
}
