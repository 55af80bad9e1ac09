//! The program that wrote a line, by its name in the journal.
//!
//! Parts of Kubernetes share client-go, and so a kubelet's messages; only their names distinguish them. A name that is
//! not known to be another program's counts as a kubelet's: distributions wrap it in shells, containers and binaries of
//! their own.

use std::borrow::Cow;

use crate::klog::header::has_header;
use crate::line::entry::Entry;

/// Adds the program's name in front of the message, as in the text forms, if the program is not a kubelet.
pub(crate) fn with_program(mut entry: Entry<'_>) -> Entry<'_> {
    if let Some(name) = entry.identifier.as_deref().filter(|name| is_another(name))
        && is_ambiguous(&entry.message)
    {
        entry.message = Cow::Owned(format!("{name}: {}", entry.message));
    }
    entry
}

/// Whether only the program's name can distinguish the message from one of a kubelet or of its supervisor.
pub(crate) fn is_ambiguous(message: &str) -> bool {
    has_header(message) || message.starts_with("time=\"")
}

/// Names of programs that are kubelets or contain one: distributions have their own.
const KUBELETS: [&str; 9] = [
    "kubelet",
    "kubenswrapper",
    "hyperkube",
    "k3s",
    "rke2",
    "microk8s",
    "microshift",
    "origin-node",
    "atomic-openshift",
];

/// Whether an entry's identifier is that of a program that is a kubelet or contains one.
#[must_use]
pub fn is_kubelet(identifier: &str) -> bool {
    KUBELETS.iter().any(|name| identifier.starts_with(name))
}

/// Whether `name` is that of a program that neither is a kubelet nor contains one.
pub(crate) fn is_another(name: &str) -> bool {
    if name.starts_with("kubelet") {
        return false;
    }
    // MicroK8s has a unit for each daemon; `kubelite` contains several, the kubelet among them
    if let Some(daemon) = name.strip_prefix("microk8s.daemon-") {
        return !daemon.starts_with("kubel");
    }
    if let Some(part) = name.strip_prefix("kube-") {
        return !part.contains("kubelet");
    }
    matches!(
        name,
        "etcd" | "flanneld" | "coredns" | "machine-config-daemon" | "containerd" | "dockerd" | "cri-dockerd" | "crio"
    ) || name.starts_with("origin-master")
        || name.starts_with("atomic-openshift-master")
        || name.ends_with("-apiserver")
        || name.ends_with("-scheduler")
        || name.ends_with("-controller-manager")
}

#[cfg(test)]
mod tests {
    use super::{KUBELETS, is_another, is_kubelet};

    #[test]
    fn names_under_which_a_kubelet_writes_are_no_others() {
        for name in [
            "kubelet",
            "kubelet.sh",
            "kubelet-wrapper",
            "kubenswrapper",
            "hyperkube",
            "k3s",
            "rke2",
            "microk8s.daemon-kubelet",
            "microk8s.daemon-kubelite",
            "microshift",
            "origin-node",
            "docker",
            "???",
        ] {
            assert!(!is_another(name), "{name}");
        }
    }

    #[test]
    fn no_kubelet_is_another_program() {
        for name in KUBELETS {
            assert!(is_kubelet(name) && !is_another(name), "{name}");
        }
    }

    #[test]
    fn the_other_parts_of_a_cluster_are_known_by_name() {
        for name in [
            "kube-proxy",
            "kube-scheduler",
            "kube-controller",
            "microk8s.daemon-apiserver",
            "cloud-controller-manager",
            "openshift-route-controller-manager",
            "etcd",
            "containerd",
            "crio",
            "flanneld",
        ] {
            assert!(is_another(name), "{name}");
        }
    }
}
