//! The character set of the locale.

/// Returns whether the locale's character set is UTF-8. The first non-empty variable of `LC_ALL`, `LC_CTYPE` and `LANG`
/// decides, as in POSIX.1-2017, section 8.2; without any the locale is `C`.
pub(super) fn is_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
