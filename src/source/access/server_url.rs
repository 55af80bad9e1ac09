//! Host and port of an API server's URL. Pure.

/// `host:port` of a URL, with the default port of its scheme. `None` if it has no host or an unknown scheme.
pub(in crate::source) fn address(url: &http::Uri) -> Option<String> {
    Some(format!("{}:{}", url.host()?, port(url)?))
}

/// Port of a URL, or the default port of its scheme. `None` if the scheme is unknown.
pub(super) fn port(url: &http::Uri) -> Option<u16> {
    url.port_u16().or(match url.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    })
}

/// Port of a `host:port`. `None` if it has none.
pub(super) fn endpoint_port(endpoint: &str) -> Option<u16> {
    endpoint.rsplit_once(':')?.1.parse().ok()
}
