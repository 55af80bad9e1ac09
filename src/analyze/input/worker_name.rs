//! The worker that a file's name contains, for journals whose lines name no host.

use std::path::Path;

/// Names of files that do not name a worker; their folder does (`kind export logs`, `var/log/pods`).
const GENERIC_NAMES: [&str; 8] = ["kubelet", "journal", "messages", "syslog", "log", "kern", "k3s", "output"];

/// Endings that a name of a journal may have.
const ENDINGS: [&str; 9] = ["gz", "zst", "log", "txt", "json", "jsonl", "journal", "export", "out"];

/// Returns the worker that a path names: the file's name without its endings, or that of the folder if the file's name
/// is generic.
pub(crate) fn worker_name(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut stem = name.as_str();
    // such as worker2.journal.jsonl.gz and kubelet.log.1
    while let Some((rest, ending)) = stem.rsplit_once('.') {
        let is_rotation = !ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_digit());
        if rest.is_empty() || !(ENDINGS.contains(&ending) || is_rotation) {
            break;
        }
        stem = rest;
    }
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    match folder {
        Some(folder) if GENERIC_NAMES.contains(&stem) => folder,
        _ => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_lines_name_no_host_is_named_after_its_worker() {
        let named = |path: &str| worker_name(Path::new(path));
        assert_eq!(named("logs/worker2.journal.jsonl.gz"), "worker2");
        assert_eq!(named("kind-worker3/kubelet.log"), "kind-worker3");
        assert_eq!(named("kubelet.log.1"), "kubelet");
        assert_eq!(named("node-7.example.com.log"), "node-7.example.com");
    }
}
