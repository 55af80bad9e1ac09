//! Tables: what `kubectl get` prints comes from the server (`meta.k8s.io/v1` `Table`). Pure.

use std::sync::Arc;

use hyper::{Request, body::Incoming, header};
use serde_json::{Value, json};

use crate::{lab::store::Kind, observation::Time};

/// Whether the client asks for a table.
pub(super) fn is_wanted(request: &Request<Incoming>) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("as=Table")
}

/// The table of some objects.
pub(super) fn of(kind: Kind, objects: &[Arc<Value>], version: &str, now: Time) -> Value {
    let columns: Vec<_> = columns(kind)
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let format = if place == 0 { "name" } else { "" };
            // `-o wide` shows the others, too
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

fn columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Nodes => &["Name", "Status", "Roles", "Age", "Version", "Internal-IP"],
        Kind::Pods => &["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node"],
        Kind::Leases => &["Name", "Holder", "Age"],
        Kind::Events => &["Last Seen", "Type", "Reason", "Object", "Message"],
        _ => &["Name", "Age"],
    }
}

fn cells(kind: Kind, object: &Value, now: Time) -> Vec<Value> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&object["metadata"]["name"]);
    let age = age(object["metadata"]["creationTimestamp"].as_str(), now);
    let cells = match kind {
        Kind::Nodes => {
            let labels = object["metadata"]["labels"].as_object();
            let role = labels.into_iter().flat_map(|labels| labels.keys());
            let role =
                role.filter_map(|label| label.strip_prefix("node-role.kubernetes.io/")).next().unwrap_or("<none>");
            let version = text(&object["status"]["nodeInfo"]["kubeletVersion"]);
            let ready = match condition(object, "Ready") {
                "True" => "Ready",
                "False" => "NotReady",
                _ => "Unknown",
            };
            // kubectl says NotReady of both
            let status = if ready == "Unknown" { "NotReady" } else { ready };
            let address = text(&object["status"]["addresses"][0]["address"]);
            vec![name, status.to_owned(), role.to_owned(), age, version, address]
        }
        Kind::Pods => {
            let containers = object["status"]["containerStatuses"].as_array().map(Vec::as_slice).unwrap_or_default();
            let ready = containers.iter().filter(|container| container["ready"] == json!(true)).count();
            let restarts: u64 = containers.iter().filter_map(|container| container["restartCount"].as_u64()).sum();
            let (address, node) = (text(&object["status"]["podIP"]), text(&object["spec"]["nodeName"]));
            let ended = containers.iter().find_map(|container| container["state"]["terminated"]["reason"].as_str());
            let status = ended.map_or_else(|| text(&object["status"]["phase"]), str::to_owned);
            vec![name, format!("{ready}/{}", containers.len().max(1)), status, restarts.to_string(), age, address, node]
        }
        Kind::Leases => vec![name, text(&object["spec"]["holderIdentity"]), age],
        Kind::Events => {
            let about = &object["involvedObject"];
            let about = format!("{}/{}", text(&about["kind"]).to_lowercase(), text(&about["name"]));
            vec![age, text(&object["type"]), text(&object["reason"]), about, text(&object["message"])]
        }
        _ => vec![name, age],
    };
    cells.into_iter().map(Value::String).collect()
}

fn condition<'a>(object: &'a Value, kind: &str) -> &'a str {
    let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    conditions
        .iter()
        .find(|condition| condition["type"] == kind)
        .and_then(|ready| ready["status"].as_str())
        .unwrap_or_default()
}

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
