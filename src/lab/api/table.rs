//! Tables (`meta.k8s.io/v1` `Table`), which the server builds and `kubectl get` prints. Pure.

use std::sync::Arc;

use hyper::{Request, body::Incoming, header};
use serde_json::{Value, json};

use crate::{
    lab::cluster::{object_kind::ObjectKind, objects::condition},
    observation::Time,
};

/// Whether the client accepts a table.
pub(super) fn is_wanted(request: &Request<Incoming>) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("as=Table")
}

/// Builds the table of `objects`, whose list has the resource version `version`.
pub(super) fn build(kind: ObjectKind, objects: &[Arc<Value>], version: &str, now: Time) -> Value {
    let columns: Vec<_> = columns(kind)
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let format = if index == 0 { "name" } else { "" };
            // columns of priority 1 are shown by `-o wide` only
            let priority = i32::from(matches!(*name, "IP" | "Node" | "Internal-IP"));
            json!({"name": name, "type": "string", "format": format, "description": "", "priority": priority})
        })
        .collect();
    let rows: Vec<_> = objects
        .iter()
        .map(|object| {
            let metadata = &object["metadata"];
            let partial =
                json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata});
            json!({"cells": cells(kind, object, now), "object": partial})
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": version},
        "columnDefinitions": columns, "rows": rows,
    })
}

fn columns(kind: ObjectKind) -> &'static [&'static str] {
    match kind {
        ObjectKind::Nodes => &["Name", "Status", "Roles", "Age", "Version", "Internal-IP"],
        ObjectKind::Pods => &["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node"],
        ObjectKind::Leases => &["Name", "Holder", "Age"],
        ObjectKind::Events => &["Last Seen", "Type", "Reason", "Object", "Message"],
        _ => &["Name", "Age"],
    }
}

fn cells(kind: ObjectKind, object: &Value, now: Time) -> Vec<Value> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&object["metadata"]["name"]);
    let age = age(object["metadata"]["creationTimestamp"].as_str(), now);
    let cells = match kind {
        ObjectKind::Nodes => {
            let labels = object["metadata"]["labels"].as_object();
            let role = labels.into_iter().flat_map(|labels| labels.keys());
            let role =
                role.filter_map(|label| label.strip_prefix("node-role.kubernetes.io/")).next().unwrap_or("<none>");
            let version = text(&object["status"]["nodeInfo"]["kubeletVersion"]);
            let status = if condition(object, "Ready") == "True" { "Ready" } else { "NotReady" };
            let address = text(&object["status"]["addresses"][0]["address"]);
            vec![name, status.to_owned(), role.to_owned(), age, version, address]
        }
        ObjectKind::Pods => {
            let containers = object["status"]["containerStatuses"].as_array().map(Vec::as_slice).unwrap_or_default();
            let ready = containers.iter().filter(|container| container["ready"] == json!(true)).count();
            let restarts: u64 = containers.iter().filter_map(|container| container["restartCount"].as_u64()).sum();
            let (address, node) = (text(&object["status"]["podIP"]), text(&object["spec"]["nodeName"]));
            let terminated =
                containers.iter().find_map(|container| container["state"]["terminated"]["reason"].as_str());
            let status = terminated.map_or_else(|| text(&object["status"]["phase"]), str::to_owned);
            vec![name, format!("{ready}/{}", containers.len().max(1)), status, restarts.to_string(), age, address, node]
        }
        ObjectKind::Leases => vec![name, text(&object["spec"]["holderIdentity"]), age],
        ObjectKind::Events => {
            let involved = &object["involvedObject"];
            let involved = format!("{}/{}", text(&involved["kind"]).to_lowercase(), text(&involved["name"]));
            vec![age, text(&object["type"]), text(&object["reason"]), involved, text(&object["message"])]
        }
        _ => vec![name, age],
    };
    cells.into_iter().map(Value::String).collect()
}

/// Formats an age as kubectl does (k8s.io/apimachinery `duration.HumanDuration`), up to hours.
fn age(created: Option<&str>, now: Time) -> String {
    let created = created.and_then(|created| chrono::DateTime::parse_from_rfc3339(created).ok());
    let Some(created) = created else { return "<unknown>".to_owned() };
    let seconds = (now - created.to_utc()).num_seconds().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 if seconds % 60 > 0 => format!("{}m{}s", seconds / 60, seconds % 60),
        120..7200 => format!("{}m", seconds / 60),
        _ => format!("{}h", seconds / 3600),
    }
}
