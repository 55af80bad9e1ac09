//! What the API server says it has: `/version`, and the lists from which kubectl learns its words. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::lab::{store::Kind, version::Version};

pub(super) fn version(version: Version) -> Value {
    json!({
        "major": "1", "minor": version.minor().to_string(), "gitVersion": version.git_version(),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "", "goVersion": "", "compiler": "", "platform": "linux/amd64",
    })
}

/// A discovery list; nothing for another path.
pub(super) fn answer(path: &str) -> Option<Value> {
    let groups: BTreeSet<_> = Kind::ALL.into_iter().map(Kind::group).filter(|group| !group.is_empty()).collect();
    match path {
        "/api" => Some(json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ""}],
        })),
        "/apis" => {
            let groups: Vec<_> = groups.into_iter().map(group).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        "/api/v1" => Some(resources("")),
        path => {
            let rest = path.strip_prefix("/apis/")?;
            match rest.split_once('/') {
                None => groups.contains(rest).then(|| group(rest)),
                Some((name, "v1")) => groups.contains(name).then(|| resources(name)),
                Some(_) => None,
            }
        }
    }
}

fn group(name: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/v1"), "version": "v1"});
    json!({"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": [version], "preferredVersion": version})
}

fn resources(group: &str) -> Value {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.group() == group);
    let resources: Vec<_> = kinds
        .map(|kind| {
            json!({
                "name": kind.plural(), "singularName": kind.name().to_lowercase(), "kind": kind.name(),
                "namespaced": kind.is_namespaced(), "shortNames": kind.short_names(),
                "verbs": ["get", "list", "watch", "create", "update", "patch"],
            })
        })
        .collect();
    let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources})
}
