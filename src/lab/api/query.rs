//! The query of a request. Pure.

use hyper::Uri;

/// The decoded parameters of a request, in order.
#[derive(Debug, Default)]
pub(super) struct QueryParams(Vec<(String, String)>);

impl QueryParams {
    pub(super) fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// Returns the first value of a parameter; empty if it is missing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(parameter, _)| parameter == name).map_or("", |(_, value)| value)
    }

    /// Whether a parameter is given, with or without a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(parameter, _)| parameter == name)
    }

    /// Whether a parameter is `true` or `1`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), "true" | "1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_may_lack_a_value() {
        let query = QueryParams::of(&"/x?fieldSelector=metadata.name%3Da%2Cb&watch=1&x=%zz&limit".parse().unwrap());
        assert_eq!(query.get("fieldSelector"), "metadata.name=a,b");
        assert!(query.is_true("watch") && !query.is_true("limit") && query.has("limit"));
        assert_eq!(query.get("x"), "%zz");
        assert_eq!(query.get("missing"), "");
    }
}
