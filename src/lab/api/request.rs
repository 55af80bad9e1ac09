//! What a request means: its query, and the objects that its path names. Pure.

use hyper::Uri;

use crate::lab::store::{Key, Kind};

/// The parameters of a request, decoded.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(uri: &Uri) -> Self {
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let decode = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        Self(pairs.map(decode).collect())
    }

    /// The value of a parameter; empty when it is missing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Whether a switch is on.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self.get(name), "true" | "1")
    }
}

/// `%2D` and `+`, decoded; what is no such sequence stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%').then(|| tail.get(..2)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if first == b'+' { b' ' } else { first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The objects that a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) kind: Kind,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) part: Option<String>,
}

impl Target {
    /// `/api/v1/namespaces/NAMESPACE/pods/NAME/status`, and all its shorter forms; nothing for another path.
    pub(super) fn of(path: &str) -> Option<Self> {
        let mut parts = path.trim_matches('/').split('/');
        let group = match parts.next()? {
            "api" => "",
            "apis" => parts.next()?,
            _ => return None,
        };
        if parts.next()? != "v1" {
            return None;
        }
        let mut parts: Vec<_> = parts.collect();
        let namespace = match parts[..] {
            // a namespace's own `status` and `finalize` are not there
            ["namespaces", _, _, ..] => {
                let namespace = parts.remove(1).to_owned();
                parts.remove(0);
                Some(namespace)
            }
            _ => None,
        };
        if parts.len() > 3 {
            return None;
        }
        let text = |index: usize| parts.get(index).map(|part| decoded(part));
        Some(Self { kind: Kind::find(group, parts.first()?)?, namespace, name: text(1), part: text(2) })
    }

    /// Where the named object is kept.
    pub(super) fn key(&self) -> Key {
        Key::new(self.namespace.as_deref().unwrap_or_default(), self.name.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: Kind, namespace: Option<&str>, name: Option<&str>, part: Option<&str>) -> Option<Target> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Some(Target { kind, namespace: text(namespace), name: text(name), part: text(part) })
    }

    #[test]
    fn a_path_names_its_objects() {
        assert_eq!(Target::of("/api/v1/nodes"), named(Kind::Nodes, None, None, None));
        assert_eq!(Target::of("/api/v1/nodes/a/status"), named(Kind::Nodes, None, Some("a"), Some("status")));
        assert_eq!(Target::of("/api/v1/namespaces"), named(Kind::Namespaces, None, None, None));
        assert_eq!(Target::of("/api/v1/namespaces/default"), named(Kind::Namespaces, None, Some("default"), None));
        assert_eq!(Target::of("/api/v1/namespaces/x/pods"), named(Kind::Pods, Some("x"), None, None));
        let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/w";
        assert_eq!(Target::of(lease), named(Kind::Leases, Some("kube-node-lease"), Some("w"), None));
        assert_eq!(Target::of("/apis/coordination.k8s.io/v1/pods"), None);
        assert_eq!(Target::of("/metrics"), None);
    }

    #[test]
    fn a_query_is_decoded() {
        let query = Query::of(&"/x?fieldSelector=metadata.name%3Da%2Cb&watch=1&x=%zz&limit".parse().unwrap());
        assert_eq!(query.get("fieldSelector"), "metadata.name=a,b");
        assert!(query.is("watch") && !query.is("limit") && query.has("limit"));
        assert_eq!(query.get("x"), "%zz");
        assert_eq!(query.get("missing"), "");
    }
}
