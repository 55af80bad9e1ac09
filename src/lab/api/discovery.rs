//! API discovery: `/version`, the lists from which kubectl learns the resources, and as much of OpenAPI as makes
//! kubectl leave validation to the server. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::lab::cluster::{object_kind::ObjectKind, version::KubernetesVersion};

pub(super) fn version(version: KubernetesVersion) -> Value {
    json!({
        "major": "1", "minor": version.minor().to_string(), "gitVersion": version.git_version(),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "", "goVersion": "", "compiler": "",
        "platform": "linux/amd64",
    })
}

/// Builds the discovery document at `path`; `None` if there is none.
pub(super) fn document(path: &str) -> Option<Value> {
    let groups: BTreeSet<_> =
        ObjectKind::ALL.into_iter().map(ObjectKind::group).filter(|group| !group.is_empty()).collect();
    match path {
        "/api" => Some(json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ""}],
        })),
        "/apis" => {
            let groups: Vec<_> = groups.into_iter().map(api_group).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        "/api/v1" => Some(resource_list("")),
        "/openapi/v3" => Some(openapi_index(&groups)),
        path => {
            if let Some(version) = path.strip_prefix("/openapi/v3/") {
                let group = match version {
                    "api/v1" => "",
                    version => version.strip_prefix("apis/")?.strip_suffix("/v1")?,
                };
                return Some(openapi_schema(group));
            }
            let rest = path.strip_prefix("/apis/")?;
            match rest.split_once('/') {
                None => groups.contains(rest).then(|| api_group(rest)),
                Some((group, "v1")) => groups.contains(group).then(|| resource_list(group)),
                Some(_) => None,
            }
        }
    }
}

fn api_group(name: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/v1"), "version": "v1"});
    json!({"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": [version], "preferredVersion": version})
}

/// Returns the path of a group's version, without the leading slash.
fn group_path(group: &str) -> String {
    if group.is_empty() { "api/v1".to_owned() } else { format!("apis/{group}/v1") }
}

fn openapi_index(groups: &BTreeSet<&str>) -> Value {
    let all = std::iter::once("").chain(groups.iter().copied()).map(group_path);
    let paths: Map<_, _> =
        all.map(|path| (path.clone(), json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash=lab")}))).collect();
    json!({ "paths": paths })
}

/// Builds the parameters of each kind's patch, in which kubectl looks for `fieldValidation` and `dryRun`.
fn openapi_schema(group: &str) -> Value {
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let parameters = ["dryRun", "fieldManager", "fieldValidation"].map(parameter);
    let root = group_path(group);
    let kinds = ObjectKind::ALL.into_iter().filter(|kind| kind.group() == group);
    let paths: Map<_, _> = kinds
        .map(|kind| {
            let patch = json!({
                "parameters": parameters,
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {"group": group, "kind": kind.name(), "version": "v1"},
            });
            let namespace = if kind.is_namespaced() { "/namespaces/{namespace}" } else { "" };
            (format!("/{root}{namespace}/{}/{{name}}", kind.plural()), json!({ "patch": patch }))
        })
        .collect();
    json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "lab"}, "paths": paths})
}

fn resource_list(group: &str) -> Value {
    let kinds = ObjectKind::ALL.into_iter().filter(|kind| kind.group() == group);
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
