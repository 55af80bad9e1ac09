//! Whether an error text is about a call to the Kubernetes API.
//!
//! Needed if no known message precedes the error (an unknown file, an error that was passed on). A failed call of a
//! plugin, of a webhook or for an image is not the kubelet's own, whatever address it went to.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::scan::needle;

/// Words of errors that are not about a call to the API: of gRPC (CRI, CSI), CNI, webhooks, docker, image pulls,
/// probes.
static FOREIGN: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| {
    let words: &[&str] = &[
        "rpc error:",
        "plugin type=",
        "network for sandbox",
        "failed calling webhook",
        "failed to call webhook",
        "Error response from daemon",
        "ErrImagePull",
        "ImagePullBackOff",
        "pull image",
        "unix /",
        "unix:/",
        "probe failed",
        "Probe failed",
        "networkPlugin",
        "code = ",
        "desc = ",
        "registry",
    ];
    words.iter().map(Finder::new).collect()
});

/// Whether the error is one of a plugin, a webhook, a registry, a probe or a local socket.
pub(crate) fn is_foreign(error: &str) -> bool {
    FOREIGN.iter().any(|word| word.find(error.as_bytes()).is_some())
}

/// The words in which an API server refuses a call, without an address (`api/errors/errors.go` of k8s.io/apimachinery).
static ANSWERS: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| {
    let words: &[&str] = &[
        "etcdserver: ",
        "the server is currently unable to handle the request",
        "the server has received too many requests and has asked us",
        "the server has asked for the client to provide credentials",
        "the server was unable to return a response in the time allotted",
    ];
    words.iter().map(Finder::new).collect()
});

/// Whether the error is a refusal in words that only an API server has.
pub(crate) fn is_answer(error: &str) -> bool {
    ANSWERS.iter().any(|word| word.find(error.as_bytes()).is_some()) && !is_foreign(error)
}

/// Whether the error names a URL of the Kubernetes API, and is not of a kind that is about other calls.
pub(crate) fn is_api_call(error: &str) -> bool {
    names_api(error) && !is_foreign(error)
}

/// Whether the error names a URL of the Kubernetes API.
pub(crate) fn names_api(error: &str) -> bool {
    let mut rest = error;
    while let Some(at) = needle!("://").find(rest.as_bytes()) {
        let after = &rest[at + 3..];
        let host = after.bytes().take_while(|byte| !matches!(byte, b'/' | b' ' | b'"' | b'\\' | b'\'')).count();
        let path = &after[host..];
        if is_api_path(path) {
            return true;
        }
        rest = after;
    }
    false
}

/// Whether a path is `/api/v1…`, or `/apis/GROUP…` of one of Kubernetes' own groups.
fn is_api_path(path: &str) -> bool {
    if path.starts_with("/api/v1") || path.starts_with("/api?") {
        return true;
    }
    let Some(group) = path.strip_prefix("/apis/").or_else(|| path.strip_prefix("/apis?")) else { return false };
    let group = &group[..group.find(['/', '?', '"', '\\', ' ', ':']).unwrap_or(group.len())];
    matches!(group, "" | "apps" | "batch" | "policy" | "autoscaling" | "extensions")
        || (group.ends_with(".k8s.io") && !group.ends_with("metrics.k8s.io"))
}
