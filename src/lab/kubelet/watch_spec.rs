//! What a kubelet watches: its informers, and each configmap or secret that its pods mount. Pure.

use std::{collections::BTreeSet, time::Duration};

use super::go_duration::go_duration;
use crate::lab::{
    cluster::{
        objects::token_secret,
        topology::{LabNode, PodOwner, Topology},
    },
    rng::Rng,
};

/// `minWatchTimeout` of a reflector (k8s.io/client-go `tools/cache/reflector.go`).
const MIN_TIMEOUT: Duration = Duration::from_secs(300);
/// The same for mounted objects since Kubernetes 1.33; watches of up to 42 minutes are recorded.
const MIN_TIMEOUT_OF_MOUNTED: Duration = Duration::from_secs(1800);

/// The list and watch of one reflector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WatchSpec {
    /// Go's type of the objects, such as `*v1.Pod`.
    pub(super) go_type: &'static str,
    /// Path of the list.
    path: String,
    /// URL-encoded `fieldSelector`; `None` if all objects are watched.
    field_selector: Option<String>,
    /// Namespace and name of a mounted object; `None` for an informer.
    pub(super) object: Option<(String, String)>,
    /// Whether the client sends its own `timeout` beside the server's `timeoutSeconds`.
    client_timeout: bool,
    /// Shortest time-out of a watch; a watch lasts up to twice as long.
    min_timeout: Duration,
}

impl WatchSpec {
    /// Returns path and query of a list at least as new as `version`; `None` accepts the API server's cache.
    pub(super) fn list_path(&self, version: Option<u64>) -> String {
        let version = match version {
            None => "limit=500&resourceVersion=0".to_owned(),
            Some(version) => format!("resourceVersion={version}"),
        };
        match &self.field_selector {
            Some(selector) => format!("{}?fieldSelector={selector}&{version}", self.path),
            None => format!("{}?{version}", self.path),
        }
    }

    /// Returns path and query of a watch that resumes from `version`.
    pub(super) fn watch_path(&self, version: u64, rng: &mut Rng) -> String {
        let seconds = rng.jitter(self.min_timeout, 1.0).as_secs();
        let selector =
            self.field_selector.as_ref().map(|selector| format!("&fieldSelector={selector}")).unwrap_or_default();
        let timeout = match self.client_timeout {
            true => format!("&timeout={}", go_duration(Duration::from_secs(seconds))),
            false => String::new(),
        };
        format!(
            "{path}?allowWatchBookmarks=true{selector}&resourceVersion={version}{timeout}&timeoutSeconds={seconds}\
             &watch=true",
            path = self.path
        )
    }
}

/// Returns everything that the kubelet of `node` watches.
pub(super) fn of_kubelet(topology: &Topology, node: &LabNode) -> Vec<WatchSpec> {
    let version = topology.version;
    let informer = |go_type, path: &str, field_selector: Option<String>, client_timeout| WatchSpec {
        go_type,
        path: path.to_owned(),
        field_selector,
        object: None,
        client_timeout,
        min_timeout: MIN_TIMEOUT,
    };
    let is_this_node = |field: &str| Some(format!("{field}%3D{}", node.name));
    let mut specs = vec![
        informer("*v1.Service", "/api/v1/services", None, true),
        informer("*v1.Node", "/api/v1/nodes", is_this_node("metadata.name"), version.is_structured()),
        informer("*v1.CSIDriver", "/apis/storage.k8s.io/v1/csidrivers", None, true),
        informer("*v1.RuntimeClass", "/apis/node.k8s.io/v1/runtimeclasses", None, true),
        informer("*v1.Pod", "/api/v1/pods", is_this_node("spec.nodeName"), false),
    ];
    // pods of one namespace share their objects
    let mut mounted = BTreeSet::new();
    for pod in topology.pods_on(&node.name).filter(|pod| pod.owner != PodOwner::Node) {
        for config_map in pod.config_maps {
            mounted.insert(("*v1.ConfigMap", pod.namespace, (*config_map).to_owned()));
        }
        if version.watches_token_secrets() {
            mounted.insert(("*v1.Secret", pod.namespace, token_secret(pod)));
        } else {
            mounted.insert(("*v1.ConfigMap", pod.namespace, "kube-root-ca.crt".to_owned()));
        }
    }
    let min_timeout = if version.minor() >= 33 { MIN_TIMEOUT_OF_MOUNTED } else { MIN_TIMEOUT };
    specs.extend(mounted.into_iter().map(|(go_type, namespace, name)| {
        let plural = if go_type == "*v1.Secret" { "secrets" } else { "configmaps" };
        WatchSpec {
            go_type,
            path: format!("/api/v1/namespaces/{namespace}/{plural}"),
            field_selector: Some(format!("metadata.name%3D{name}")),
            object: Some((namespace.to_owned(), name)),
            client_timeout: true,
            min_timeout,
        }
    }));
    specs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::cluster::version::KubernetesVersion;

    #[test]
    fn a_worker_watches_as_many_objects_as_the_recorded_one() {
        let topology = Topology::new(3, KubernetesVersion::V1_20, &Rng::new(1));
        let specs = of_kubelet(&topology, &topology.workers[2]);
        let types: Vec<_> = specs.iter().map(|spec| spec.go_type).collect();
        // the recorded worker of 1.20 had nine watches, among them the tokens of httpbin, kube-proxy and kindnet
        assert_eq!(types.len(), 9, "{types:?}");
        assert_eq!(types.iter().filter(|go_type| **go_type == "*v1.Secret").count(), 3);
    }

    #[test]
    fn paths_have_the_parameters_of_client_go() {
        let topology = Topology::new(3, KubernetesVersion::V1_20, &Rng::new(1));
        let specs = of_kubelet(&topology, &topology.workers[2]);
        assert_eq!(specs[0].list_path(Some(620)), "/api/v1/services?resourceVersion=620");
        assert_eq!(
            specs[1].list_path(None),
            "/api/v1/nodes?fieldSelector=metadata.name%3Dlab-worker3&limit=500&resourceVersion=0"
        );
        let watch = specs[0].watch_path(620, &mut Rng::new(1));
        assert!(watch.starts_with("/api/v1/services?allowWatchBookmarks=true&resourceVersion=620&timeout="), "{watch}");
        assert!(watch.ends_with("&watch=true"));
    }
}
