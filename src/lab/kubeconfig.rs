//! A kubeconfig that leads to the lab. There is nothing secret in it: the lab knows no users.

use std::{fs, io, path::Path};

use super::topology::CLUSTER;

/// Writes it; the file is made or replaced.
pub(super) fn write(path: &Path, url: &str) -> io::Result<()> {
    fs::write(path, text(url))
}

fn text(url: &str) -> String {
    format!(
        "apiVersion: v1\n\
         kind: Config\n\
         current-context: {CLUSTER}\n\
         clusters:\n\
         - name: {CLUSTER}\n\
         \x20 cluster:\n\
         \x20   server: {url}\n\
         contexts:\n\
         - name: {CLUSTER}\n\
         \x20 context:\n\
         \x20   cluster: {CLUSTER}\n\
         \x20   user: {CLUSTER}\n\
         users:\n\
         - name: {CLUSTER}\n\
         \x20 user: {{}}\n"
    )
}
