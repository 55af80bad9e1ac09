//! Which program wrote a line, by the name it goes under in the journal.
//!
//! Parts of Kubernetes share client-go and so a kubelet's sentences; what tells them apart is their name alone. A name that is not known to
//! be another's counts as a kubelet's: distributions wrap it in shells, containers and binaries of their own.

use crate::klog::text;

/// Whether a message is a record whose words alone do not tell a kubelet (or its supervisor) from another program.
pub(crate) fn is_ambiguous(message: &str) -> bool {
    text::starts_header(message) || message.starts_with("time=\"")
}

/// Whether `name` is that of a program that is not a kubelet and holds none.
pub(crate) fn is_another(name: &str) -> bool {
    if name.starts_with("kubelet") {
        return false;
    }
    // each daemon of MicroK8s has its own unit; `kubelite` holds several, a kubelet among them
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
    use super::is_another;

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
