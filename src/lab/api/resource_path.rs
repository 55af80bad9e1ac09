//! The objects that a path names. Pure.

use percent_encoding::percent_decode_str;

use crate::lab::cluster::{object_kind::ObjectKind, store::ObjectKey};

/// The parts of a path such as `/api/v1/namespaces/NAMESPACE/pods/NAME/status`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ResourcePath {
    pub(super) kind: ObjectKind,
    /// `None` for a cluster-wide kind, or for all namespaces.
    pub(super) namespace: Option<String>,
    /// `None` for a collection.
    pub(super) name: Option<String>,
    /// `None` for the object itself.
    pub(super) subresource: Option<String>,
}

impl ResourcePath {
    /// Parses a path; `None` if the lab serves nothing there.
    pub(super) fn parse(path: &str) -> Option<Self> {
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
            // three parts or more: `namespaces/NAME/status` is not served
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
        let text =
            |index: usize| parts.get(index).map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
        let kind = ObjectKind::find(group, parts.first()?)?;
        Some(Self { kind, namespace, name: text(1), subresource: text(2) })
    }

    /// Returns the key of the named object; for a collection, with an empty name.
    pub(super) fn key(&self) -> ObjectKey {
        ObjectKey::new(self.namespace.as_deref().unwrap_or_default(), self.name.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(
        kind: ObjectKind,
        namespace: Option<&str>,
        name: Option<&str>,
        subresource: Option<&str>,
    ) -> Option<ResourcePath> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Some(ResourcePath { kind, namespace: text(namespace), name: text(name), subresource: text(subresource) })
    }

    #[test]
    fn a_path_names_a_collection_an_object_or_a_subresource() {
        let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/w";
        for (path, expected) in [
            ("/api/v1/nodes", resource(ObjectKind::Nodes, None, None, None)),
            ("/api/v1/nodes/a/status", resource(ObjectKind::Nodes, None, Some("a"), Some("status"))),
            ("/api/v1/nodes/a%3Ab", resource(ObjectKind::Nodes, None, Some("a:b"), None)),
            ("/api/v1/namespaces", resource(ObjectKind::Namespaces, None, None, None)),
            ("/api/v1/namespaces/default", resource(ObjectKind::Namespaces, None, Some("default"), None)),
            ("/api/v1/namespaces/x/pods", resource(ObjectKind::Pods, Some("x"), None, None)),
            (lease, resource(ObjectKind::Leases, Some("kube-node-lease"), Some("w"), None)),
            ("/apis/coordination.k8s.io/v1/pods", None),
            ("/metrics", None),
        ] {
            assert_eq!(ResourcePath::parse(path), expected, "{path}");
        }
    }
}
