//! Requests that are answered at once, and their effects on a container.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{Container, ExecState, Shared};
use crate::{http::Request, terminal::wall_clock};

/// Docker's time for an end that has not happened.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Current time in Docker's format.
fn now() -> String {
    chrono::DateTime::<chrono::Utc>::from(wall_clock()).to_rfc3339_opts(chrono::SecondsFormat::Nanos, true)
}

impl Shared {
    pub(super) fn find(&self, name: &str) -> Option<Container> {
        let state = self.state.lock().unwrap();
        state.containers.iter().find(|container| container.name == name || container.id == name).cloned()
    }

    pub(super) fn answer(&self, request: &Request) -> (u16, Value) {
        match (request.method.as_str(), request.parts().as_slice()) {
            ("GET", ["_ping"]) => (200, json!("OK")),
            ("GET", ["containers", "json"]) => (200, self.list(request)),
            ("GET", ["containers", name, "json"]) => self.with(name, |container| (200, inspection(container))),
            ("POST", ["containers", name, "exec"]) => self.create_exec(name, request),
            ("POST", ["containers", name, action]) => self.apply_action(name, action),
            ("POST", ["networks", network, "connect" | "disconnect"]) => self.network(network, request),
            ("GET", ["exec", id, "json"]) => {
                let state = self.state.lock().unwrap();
                let code = state.execs[id.parse::<usize>().unwrap()].exit_code;
                (200, json!({ "ID": id, "Running": code.is_none(), "ExitCode": code }))
            }
            _ => (404, json!({ "message": "page not found" })),
        }
    }

    fn with(&self, name: &str, answer: impl FnOnce(&mut Container) -> (u16, Value)) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        match state.containers.iter_mut().find(|container| container.name == name || container.id == name) {
            Some(container) => answer(container),
            None => (404, json!({ "message": format!("No such container: {name}") })),
        }
    }

    fn list(&self, request: &Request) -> Value {
        let filters: Value =
            request.query.get("filters").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let label = filters["label"][0].as_str().unwrap_or_default().to_owned();
        let (key, value) = label.split_once('=').map_or((label.as_str(), None), |(key, value)| (key, Some(value)));
        let all = request.query.get("all").is_some_and(|all| all == "true");
        let state = self.state.lock().unwrap();
        let matches = |container: &&Container| {
            let has = container.labels.get(key).and_then(Value::as_str);
            (all || container.state == "running") && has.is_some() && (value.is_none() || has == value)
        };
        state.containers.iter().filter(matches).map(summary).collect()
    }

    fn create_exec(&self, name: &str, request: &Request) -> (u16, Value) {
        let Some(container) = self.find(name) else {
            return (404, json!({ "message": format!("No such container: {name}") }));
        };
        if container.state != "running" {
            return (409, json!({ "message": format!("Container {name} is not running") }));
        }
        let command = request.json()["Cmd"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let mut state = self.state.lock().unwrap();
        state.execs.push(ExecState { container: container.name, command, exit_code: None });
        (201, json!({ "Id": (state.execs.len() - 1).to_string() }))
    }

    /// Runs one of the fault injector's scripts, recognized by its text. Returns its output.
    pub(super) fn script(&self, name: &str, script: &str) -> String {
        let mut state = self.state.lock().unwrap();
        let container = state.containers.iter_mut().find(|container| container.name == name).unwrap();
        if script.ends_with("/etc/kubernetes/kube-apiserver.yaml.blackout") {
            container.manifest_aside = true;
        } else if script.ends_with("/etc/kubernetes/manifests/kube-apiserver.yaml") {
            container.manifest_aside = false;
        } else if script.contains("/kind/old-ipv4") {
            return "172.18.0.2".to_owned();
        }
        String::new()
    }

    pub(super) fn apply_action(&self, name: &str, action: &str) -> (u16, Value) {
        let Some(container) = self.find(name) else {
            return (404, json!({ "message": format!("No such container: {name}") }));
        };
        let name = container.name.as_str();
        match (action, container.state) {
            ("stop", "running" | "paused") => {
                self.emit_event(name, "kill", json!({ "signal": "37" }));
                self.exit(name, 130);
                self.emit_event(name, "stop", json!({}));
            }
            ("kill", "running") => {
                self.emit_event(name, "kill", json!({ "signal": "9" }));
                self.exit(name, 137);
            }
            ("start", "exited" | "created") => {
                self.set(name, |container| {
                    container.state = "running";
                    container.exit_code = 0;
                    container.started_at = now();
                    container.finished_at = NEVER.to_owned();
                    container.starts += 1;
                });
                if container.left_network {
                    self.set(name, |container| container.left_network = false);
                    self.emit_event(name, "connect", json!({}));
                }
                self.emit_event(name, "start", json!({}));
            }
            ("pause", "running") => {
                self.set(name, |container| container.state = "paused");
                self.emit_event(name, "pause", json!({}));
            }
            ("unpause", "paused") => {
                self.set(name, |container| container.state = "running");
                self.emit_event(name, "unpause", json!({}));
            }
            ("stop", "exited") | ("start", "running") => return (304, json!({})),
            (action, state) => return (409, json!({ "message": format!("cannot {action} {name}: it is {state}") })),
        }
        (204, json!({}))
    }

    fn network(&self, network: &str, request: &Request) -> (u16, Value) {
        let body = request.json();
        let Some(container) = body["Container"].as_str().and_then(|name| self.find(name)) else {
            return (404, json!({ "message": "No such container" }));
        };
        let action = if request.path.ends_with("disconnect") { "disconnect" } else { "connect" };
        let address = body["EndpointConfig"]["IPAMConfig"]["IPv4Address"].as_str().unwrap_or("172.18.0.99").to_owned();
        self.set(&container.name, |container| {
            container.networks.retain(|(name, _)| name != network);
            if action == "connect" {
                container.networks.push((network.to_owned(), address));
            }
        });
        self.emit_event(&container.name, action, json!({}));
        (200, json!({}))
    }

    pub(super) fn exit(&self, name: &str, code: i64) {
        self.set(name, |container| {
            container.state = "exited";
            container.exit_code = code;
            container.finished_at = now();
            container.ends += 1;
        });
        self.emit_event(name, "die", json!({ "exitCode": code.to_string() }));
    }

    pub(super) fn set(&self, name: &str, change: impl FnOnce(&mut Container)) {
        let mut state = self.state.lock().unwrap();
        change(state.containers.iter_mut().find(|container| container.name == name).unwrap());
    }

    pub(super) fn emit_event(&self, name: &str, action: &str, attributes: Value) {
        let container = self.find(name).unwrap();
        let nanos = self.clock.fetch_add(1_000_000, Ordering::SeqCst);
        let mut event = json!({ "Action": action, "time": nanos / 1_000_000_000, "timeNano": nanos, "scope": "local" });
        if matches!(action, "connect" | "disconnect") {
            event["Type"] = json!("network");
            event["Actor"] =
                json!({ "ID": "the-network", "Attributes": { "container": container.id, "name": "kind" } });
        } else {
            let mut all = container.labels.clone();
            all["name"] = json!(container.name);
            for (key, value) in attributes.as_object().into_iter().flatten() {
                all[key] = value.clone();
            }
            event["Type"] = json!("container");
            event["Actor"] = json!({ "ID": container.id, "Attributes": all });
        }
        let mut state = self.state.lock().unwrap();
        if !state.loses_events {
            state.events.push(event);
        }
        drop(state);
        self.changes.send_modify(|n| *n += 1);
    }
}

fn networks(container: &Container) -> Value {
    container
        .networks
        .iter()
        .map(|(name, ip)| (name.clone(), json!({ "IPAddress": ip })))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn summary(container: &Container) -> Value {
    json!({
        "Id": container.id, "Names": [format!("/{}", container.name)], "Labels": container.labels,
        "State": container.state, "NetworkSettings": { "Networks": networks(container) },
    })
}

fn inspection(container: &mut Container) -> Value {
    let running = matches!(container.state, "running" | "paused");
    // A test may have changed only the state.
    let finished_at =
        if !running && container.finished_at == NEVER { "2026-11-22T10:00:00Z" } else { &container.finished_at };
    json!({
        "Id": container.id, "Name": format!("/{}", container.name), "Config": { "Labels": container.labels },
        "State": {
            "Status": container.state, "Running": running, "Paused": container.state == "paused",
            "ExitCode": container.exit_code, "StartedAt": container.started_at,
            "FinishedAt": finished_at,
        },
        "HostConfig": { "PortBindings": container.ports },
        "NetworkSettings": { "Ports": {}, "Networks": networks(container) },
    })
}
