//! Selects the proxy for an API server from the server's URL and the environment. Pure, except for
//! [`ProxyEnvironment::of_this_process`].
//!
//! The variables are those of curl and Go: `HTTPS_PROXY` or `HTTP_PROXY` by the scheme of the URL, then `ALL_PROXY`,
//! each also in lower case, unless `NO_PROXY` matches the host. Loopback is never reached through a proxy, because the
//! API server of a kind cluster listens there. The address of a proxy may contain a password, so no error repeats it.

use std::{env, net::IpAddr};

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// Proxy variables of an environment. `None` if one is unset or empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct ProxyEnvironment {
    pub(super) https: Option<String>,
    pub(super) http: Option<String>,
    pub(super) all: Option<String>,
    pub(super) no: Option<String>,
}

/// Error of parsing the address of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the proxy in {origin} is invalid: it must be http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT \
     (or add the API server's host to NO_PROXY)"
)]
pub struct ProxyError {
    /// Name of the variable, or of the field of the kubeconfig.
    origin: &'static str,
}

impl ProxyEnvironment {
    /// Reads the variables of this process.
    pub(super) fn of_this_process() -> Self {
        let variable = |names: [&str; 2]| {
            names.iter().filter_map(|name| env::var(name).ok()).find(|value| !value.trim().is_empty())
        };
        Self {
            https: variable(["HTTPS_PROXY", "https_proxy"]),
            http: variable(["HTTP_PROXY", "http_proxy"]),
            all: variable(["ALL_PROXY", "all_proxy"]),
            no: variable(["NO_PROXY", "no_proxy"]),
        }
    }

    /// Selects the proxy for `url`. `None` for a direct connection.
    ///
    /// # Errors
    ///
    /// Fails if the address of the proxy is invalid.
    pub(super) fn proxy_for(&self, url: &Uri) -> Result<Option<Uri>, ProxyError> {
        let (value, origin) = match (url.scheme_str(), &self.https, &self.http) {
            (Some("https"), Some(proxy), _) => (proxy, "HTTPS_PROXY"),
            (Some("http"), _, Some(proxy)) => (proxy, "HTTP_PROXY"),
            _ => match &self.all {
                Some(proxy) => (proxy, "ALL_PROXY"),
                None => return Ok(None),
            },
        };
        if is_loopback(url) || self.no.as_deref().is_some_and(|list| matches_no_proxy(list, url)) {
            return Ok(None);
        }
        parse(value, origin).map(Some)
    }
}

/// Parses the address of a proxy. `origin` names the variable or field for the error.
///
/// # Errors
///
/// Fails if `value` is not a URL, or has a scheme that the client does not support.
pub(super) fn parse(value: &str, origin: &'static str) -> Result<Uri, ProxyError> {
    let value = value.trim();
    let value = match value.split_once("://") {
        None => format!("http://{value}"),
        // The client always leaves the resolution of names to the proxy.
        Some(("socks5h", rest)) => format!("socks5://{rest}"),
        Some(_) => value.to_owned(),
    };
    let uri: Uri = value.parse().or(Err(ProxyError { origin }))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https" | "socks5"), Some(host)) if !host.is_empty() => Ok(uri),
        _ => Err(ProxyError { origin }),
    }
}

/// Whether the host is this machine. Includes `0.0.0.0`, which kind writes for a cluster that listens on all addresses.
fn is_loopback(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(address) => {
            let address = address.to_canonical();
            address.is_loopback() || address.is_unspecified()
        }
        Err(_not_an_address) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Whether `NO_PROXY` matches the URL's host. hyper-util's matcher handles names, suffixes and networks; the rest (`*`
/// for an address, `*.example.com`, a port) is converted for it.
fn matches_no_proxy(list: &str, url: &Uri) -> bool {
    let port = url.port_u16().unwrap_or(if url.scheme_str() == Some("http") { 80 } else { 443 });
    let mut hosts = Vec::new();
    for entry in list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()) {
        if entry == "*" {
            return true;
        }
        let host = match entry.rsplit_once(':').map(|(host, only)| (host, only.parse::<u16>())) {
            // An IPv6 address without brackets has a colon left, and no port.
            Some((host, Ok(only))) if !host.contains(':') || host.ends_with(']') => {
                if only != port {
                    continue;
                }
                host
            }
            _ => entry,
        };
        let host = host.strip_prefix("*.").map_or(host, |_| &host[1..]);
        hosts.push(host.trim_start_matches('[').trim_end_matches(']'));
    }
    // The proxy is a placeholder: only its exclusion matters.
    let matcher = Matcher::builder().all("http://proxy.invalid").no(hosts.join(",")).build();
    matcher.intercept(url).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Uri {
        text.parse().unwrap()
    }

    fn with_no_proxy(no: &str) -> ProxyEnvironment {
        let no = Some(no.to_owned()).filter(|no| !no.is_empty());
        ProxyEnvironment { https: Some("http://proxy:3128".to_owned()), no, ..ProxyEnvironment::default() }
    }

    fn is_proxied(server: &str, no: &str) -> bool {
        with_no_proxy(no).proxy_for(&url(server)).unwrap().is_some()
    }

    #[test]
    fn loopback_is_never_reached_through_a_proxy() {
        let servers = [
            "https://127.0.0.1:6443",
            "https://127.9.9.9:6443",
            "https://localhost:6443",
            "https://kind.localhost:6443",
            "https://LOCALHOST.:6443",
            "https://[::1]:6443",
            "https://[::ffff:127.0.0.1]:6443",
            "https://0.0.0.0:6443",
        ];
        assert_eq!(servers.map(|server| (server, is_proxied(server, ""))), servers.map(|server| (server, false)));
        assert!(is_proxied("https://10.0.0.5:6443", "") && is_proxied("https://localhost.example.com", ""));
    }

    #[test]
    fn no_proxy_matches_hosts_suffixes_networks_ports_and_everything() {
        let cases = [
            ("https://api.example.com:6443", "example.com", false),
            ("https://api.example.com:6443", ".example.com", false),
            ("https://api.example.com:6443", "*.example.com", false),
            ("https://API.Example.com:6443", "other.org, example.com", false),
            ("https://api.example.com:6443", "api.example.com:6443", false),
            ("https://api.example.com:6443", "api.example.com:443", true),
            ("https://api.example.com", "api.example.com:443", false),
            ("https://badexample.com:6443", "example.com", true),
            ("https://10.1.2.3:6443", "10.1.0.0/16", false),
            ("https://10.2.2.3:6443", "10.1.0.0/16", true),
            ("https://10.1.2.3:6443", "10.1.2.3:6443", false),
            ("https://[fd00::1]:6443", "fd00::/8", false),
            ("https://[fd00::1]:6443", "[fd00::1]:6443", false),
            ("https://[fd00::1]:6443", "fd00::1", false),
            ("https://10.1.2.3:6443", "*", false),
            ("https://api.example.com:6443", "*", false),
            ("https://api.example.com:6443", ",,", true),
        ];
        for (server, no, expected) in cases {
            assert_eq!(is_proxied(server, no), expected, "{server} with NO_PROXY={no}");
        }
    }

    #[test]
    fn the_scheme_of_the_server_selects_the_variable() {
        let environment = ProxyEnvironment {
            https: Some("http://one:1".to_owned()),
            http: Some("two:2".to_owned()),
            all: Some("socks5h://three:3".to_owned()),
            no: None,
        };
        let proxy = |environment: &ProxyEnvironment, server| {
            environment.proxy_for(&url(server)).unwrap().map(|proxy| proxy.to_string())
        };
        assert_eq!(proxy(&environment, "https://far:6443").as_deref(), Some("http://one:1/"));
        assert_eq!(proxy(&environment, "http://far:8080").as_deref(), Some("http://two:2/"));
        let all = ProxyEnvironment { https: None, ..environment };
        assert_eq!(proxy(&all, "https://far:6443").as_deref(), Some("socks5://three:3/"));
        assert_eq!(proxy(&ProxyEnvironment::default(), "https://far:6443"), None);
    }

    #[test]
    fn an_error_names_the_variable_and_never_the_address() {
        for value in ["ftp://user:secret@far", "http://", "http://user:secret@", "ht tp://secret"] {
            let error = parse(value, "HTTPS_PROXY").unwrap_err().to_string();
            assert!(error.contains("HTTPS_PROXY") && !error.contains("secret"), "{error}");
        }
    }
}
