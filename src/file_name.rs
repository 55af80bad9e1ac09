//! Names of files made of text from outside.

/// Returns `text` with each character that is not an ASCII letter, a digit, `-` or `.` replaced by `_`, for use as a
/// part of a file name. kind's cluster names consist of these characters and stay as they are.
pub fn portable(text: &str) -> String {
    text.chars().map(|c| if is_portable(c) { c } else { '_' }).collect()
}

/// Whether [`portable`] may return `text`.
pub fn is_portable_name(text: &str) -> bool {
    text.chars().all(|c| is_portable(c) || c == '_')
}

fn is_portable(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portable_name_has_no_separator_and_no_space() {
        assert_eq!(portable("kind-2.0"), "kind-2.0");
        assert_eq!(portable("a/../b ä\0"), "a_.._b___");
        assert!(is_portable_name(&portable("a/../b ä\0")) && !is_portable_name("a/b"));
    }
}
