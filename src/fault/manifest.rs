//! Shell scripts that move the manifest of the API server's static pod in a control plane's container.

/// Manifest of the API server in the folder that the kubelet watches (kubeadm's `--pod-manifest-path`).
const MANIFEST: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";

/// Place for the manifest outside the watched folder, so that the kubelet stops the pod.
const ASIDE: &str = "/etc/kubernetes/kube-apiserver.yaml.blackout";

/// Output of [`check`] if the manifest is in its place.
pub(super) const PRESENT: &str = "there";

/// Script that prints [`PRESENT`] if the manifest is in its place.
pub(super) fn check() -> String {
    format!("[ ! -e {MANIFEST} ] || echo {PRESENT}")
}

/// Script that moves the manifest aside. Does nothing if it already is.
pub(super) fn move_aside() -> String {
    format!("[ -e {MANIFEST} ] || [ ! -e {ASIDE} ] || exit 0; mv {MANIFEST} {ASIDE}")
}

/// Script that moves the manifest back. Does nothing if it is in its place.
pub(super) fn move_back() -> String {
    format!("[ ! -e {ASIDE} ] || [ -e {MANIFEST} ] || mv {ASIDE} {MANIFEST}")
}
