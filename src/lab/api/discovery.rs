//! What the API server says it has: `/version`, the lists from which kubectl learns its words, and as much of OpenAPI as
//! makes it leave the checking of what it sends to the server. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

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
        "/openapi/v3" => Some(schemas(&groups)),
        path => {
            if let Some(version) = path.strip_prefix("/openapi/v3/") {
                let group = version.trim_start_matches("apis/").trim_end_matches("/v1");
                return (version == schema_of(group)).then(|| schema(group));
            }
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

/// Where OpenAPI has a group's version.
fn schema_of(group: &str) -> String {
    if group == "api" || group.is_empty() { "api/v1".to_owned() } else { format!("apis/{group}/v1") }
}

fn schemas(groups: &BTreeSet<&str>) -> Value {
    let all = std::iter::once("").chain(groups.iter().copied()).map(schema_of);
    let paths: Map<_, _> =
        all.map(|path| (path.clone(), json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash=lab")}))).collect();
    json!({ "paths": paths })
}

/// What a patch of each kind takes: kubectl looks here whether the server checks fields and knows dry runs.
fn schema(group: &str) -> Value {
    let group = if group == "api" { "" } else { group };
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let parameters = ["dryRun", "fieldManager", "fieldValidation"].map(parameter);
    let root = if group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{group}/v1") };
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.group() == group);
    let paths: Map<_, _> = kinds
        .map(|kind| {
            let patch = json!({
                "parameters": parameters,
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {"group": group, "kind": kind.name(), "version": "v1"},
            });
            let namespaces = if kind.is_namespaced() { "/namespaces/{namespace}" } else { "" };
            (format!("{root}{namespaces}/{}/{{name}}", kind.plural()), json!({ "patch": patch }))
        })
        .collect();
    json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "lab"}, "paths": paths})
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
