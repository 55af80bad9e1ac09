//! What a kubelet watches: the informers of its own, and an object for each configmap or secret that its pods mount.
//! Pure.

use std::{collections::BTreeSet, time::Duration};

use crate::lab::{
    dice::Dice,
    objects,
    topology::{Member, Owner, Topology},
};

use super::words::go_duration;

/// Something that a kubelet's reflector follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watched {
    /// Go's type.
    pub(super) kind: &'static str,
    /// Path of the list.
    path: String,
    /// `fieldSelector`, encoded.
    field: Option<String>,
    /// Namespace and name, if it is one object.
    pub(super) object: Option<(String, String)>,
    /// Its client sets a time-out of its own beside the server's.
    own_timeout: bool,
    /// `minWatchTimeout`; a watch lasts up to twice as long.
    lasts: Duration,
}

impl Watched {
    /// Path and query of a list that has to be as new as `version`.
    pub(super) fn list(&self, version: Option<u64>) -> String {
        let version =
            version.map_or_else(|| "limit=500&resourceVersion=0".to_owned(), |v| format!("resourceVersion={v}"));
        match &self.field {
            Some(field) => format!("{}?fieldSelector={field}&{version}", self.path),
            None => format!("{}?{version}", self.path),
        }
    }

    /// Path and query of a watch.
    pub(super) fn watch(&self, version: u64, dice: &mut Dice) -> String {
        let seconds = dice.jitter(self.lasts, 1.0).as_secs();
        let field = self.field.as_ref().map(|field| format!("&fieldSelector={field}")).unwrap_or_default();
        let timeout = match self.own_timeout {
            true => format!("&timeout={}", go_duration(Duration::from_secs(seconds))),
            false => String::new(),
        };
        format!(
            "{}?allowWatchBookmarks=true{field}&resourceVersion={version}{timeout}&timeoutSeconds={seconds}&watch=true",
            self.path
        )
    }
}

/// All that the kubelet of a node watches.
pub(super) fn watched(topology: &Topology, member: &Member) -> Vec<Watched> {
    let version = topology.version;
    let informer = |kind, path: &str, field: Option<String>, own_timeout| Watched {
        kind,
        path: path.to_owned(),
        field,
        object: None,
        own_timeout,
        lasts: Duration::from_secs(300),
    };
    let this = |field: &str| Some(format!("{field}%3D{}", member.name));
    let structured = version.is_structured();
    let mut all = vec![
        informer("*v1.Service", "/api/v1/services", None, true),
        informer("*v1.Node", "/api/v1/nodes", this("metadata.name"), structured),
        informer("*v1.CSIDriver", "/apis/storage.k8s.io/v1/csidrivers", None, true),
        informer("*v1.RuntimeClass", "/apis/node.k8s.io/v1/runtimeclasses", None, true),
        informer("*v1.Pod", "/api/v1/pods", this("spec.nodeName"), false),
    ];
    let mut objects = BTreeSet::new();
    for pod in topology.pods_on(&member.name).filter(|pod| pod.owner != Owner::Node) {
        for config in pod.config {
            objects.insert(("*v1.ConfigMap", pod.namespace, (*config).to_owned()));
        }
        if version.watches_token_secrets() {
            objects.insert(("*v1.Secret", pod.namespace, objects::token_secret(pod)));
        } else {
            objects.insert(("*v1.ConfigMap", pod.namespace, "kube-root-ca.crt".to_owned()));
        }
    }
    // the kubelet's cache of mounted objects keeps its watches longer since 1.33 (seen: 42 minutes)
    let lasts = Duration::from_secs(if version.minor() >= 33 { 1800 } else { 300 });
    all.extend(objects.into_iter().map(|(kind, namespace, name)| {
        let plural = if kind == "*v1.Secret" { "secrets" } else { "configmaps" };
        Watched {
            kind,
            path: format!("/api/v1/namespaces/{namespace}/{plural}"),
            field: Some(format!("metadata.name%3D{name}")),
            object: Some((namespace.to_owned(), name)),
            own_timeout: true,
            lasts,
        }
    }));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::version::Version;

    #[test]
    fn a_worker_watches_what_the_recorded_one_did() {
        let topology = Topology::new(3, Version::V1_20, &Dice::new(1));
        let all = watched(&topology, &topology.workers[2]);
        let kinds: Vec<_> = all.iter().map(|watched| watched.kind).collect();
        // the recorded worker of 1.20 had nine: with the tokens of httpbin, kube-proxy and the pods' network
        assert_eq!(kinds.len(), 9, "{kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| **kind == "*v1.Secret").count(), 3);
        assert_eq!(all[0].list(Some(620)), "/api/v1/services?resourceVersion=620");
        assert_eq!(
            all[1].list(None),
            "/api/v1/nodes?fieldSelector=metadata.name%3Dlab-worker3&limit=500&resourceVersion=0"
        );
        let watch = all[0].watch(620, &mut Dice::new(1));
        assert!(watch.starts_with("/api/v1/services?allowWatchBookmarks=true&resourceVersion=620&timeout="), "{watch}");
        assert!(watch.ends_with("&watch=true"));
    }
}
