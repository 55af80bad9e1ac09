//! The kinds of objects that the lab's API server serves, with their names in the API.

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::lab) enum ObjectKind {
    Namespaces,
    Nodes,
    Pods,
    Services,
    ConfigMaps,
    Secrets,
    Events,
    Leases,
    RuntimeClasses,
    CsiDrivers,
    Deployments,
    DaemonSets,
}

/// What API discovery lists for a kind.
struct KindNames {
    /// Empty for the core group.
    group: &'static str,
    plural: &'static str,
    /// `kind` of its objects.
    kind: &'static str,
    short: &'static [&'static str],
    namespaced: bool,
}

const fn namespaced(
    group: &'static str,
    plural: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
) -> KindNames {
    KindNames { group, plural, kind, short, namespaced: true }
}

const fn cluster_wide(
    group: &'static str,
    plural: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
) -> KindNames {
    KindNames { group, plural, kind, short, namespaced: false }
}

impl ObjectKind {
    pub(in crate::lab) const ALL: [Self; 12] = [
        Self::Namespaces,
        Self::Nodes,
        Self::Pods,
        Self::Services,
        Self::ConfigMaps,
        Self::Secrets,
        Self::Events,
        Self::Leases,
        Self::RuntimeClasses,
        Self::CsiDrivers,
        Self::Deployments,
        Self::DaemonSets,
    ];

    const fn names(self) -> KindNames {
        match self {
            Self::Namespaces => cluster_wide("", "namespaces", "Namespace", &["ns"]),
            Self::Nodes => cluster_wide("", "nodes", "Node", &["no"]),
            Self::Pods => namespaced("", "pods", "Pod", &["po"]),
            Self::Services => namespaced("", "services", "Service", &["svc"]),
            Self::ConfigMaps => namespaced("", "configmaps", "ConfigMap", &["cm"]),
            Self::Secrets => namespaced("", "secrets", "Secret", &[]),
            Self::Events => namespaced("", "events", "Event", &["ev"]),
            Self::Leases => namespaced("coordination.k8s.io", "leases", "Lease", &[]),
            Self::RuntimeClasses => cluster_wide("node.k8s.io", "runtimeclasses", "RuntimeClass", &[]),
            Self::CsiDrivers => cluster_wide("storage.k8s.io", "csidrivers", "CSIDriver", &[]),
            Self::Deployments => namespaced("apps", "deployments", "Deployment", &["deploy"]),
            Self::DaemonSets => namespaced("apps", "daemonsets", "DaemonSet", &["ds"]),
        }
    }

    /// Returns the API group; empty for the core group.
    pub(in crate::lab) fn group(self) -> &'static str {
        self.names().group
    }

    /// Returns the plural name, as in a path.
    pub(in crate::lab) fn plural(self) -> &'static str {
        self.names().plural
    }

    /// Returns the `kind` of its objects.
    pub(in crate::lab) fn name(self) -> &'static str {
        self.names().kind
    }

    /// Returns the abbreviations that kubectl accepts.
    pub(in crate::lab) fn short_names(self) -> &'static [&'static str] {
        self.names().short
    }

    pub(in crate::lab) fn is_namespaced(self) -> bool {
        self.names().namespaced
    }

    /// Returns the `apiVersion` of its objects.
    pub(in crate::lab) fn api_version(self) -> String {
        if self.group().is_empty() { "v1".to_owned() } else { format!("{}/v1", self.group()) }
    }

    /// Finds the kind that a path names; `None` if the lab does not serve it.
    pub(in crate::lab) fn find(group: &str, plural: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.group() == group && kind.plural() == plural)
    }
}
