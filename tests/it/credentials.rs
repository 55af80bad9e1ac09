//! Credential plugins of a kubeconfig, against an API server that requires a token.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use blackout::{
    observation::{Cluster, HealthCheck, ListedResource, Observation, ProbeOutcome, SourceId},
    source::{access::ApiAccess, health, kubernetes},
};
use tokio::{net::TcpListener, sync::watch};

use crate::observations::{ObservationSink, until};

/// The token that the server accepts.
type ValidToken = Arc<Mutex<&'static str>>;

/// An API server without objects. Returns its address.
async fn serve(valid: ValidToken) -> String {
    async fn answer(State(valid): State<ValidToken>, headers: HeaderMap) -> (StatusCode, &'static str) {
        let expected = format!("Bearer {}", valid.lock().unwrap());
        match headers.get("authorization").is_some_and(|given| given.as_bytes() == expected.as_bytes()) {
            true => (StatusCode::OK, "[+]ping ok\n"),
            false => (StatusCode::UNAUTHORIZED, "{}"),
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer).with_state(valid)).await });
    address
}

/// Writes a kubeconfig whose plugin is a shell script.
fn kubeconfig(folder: &Path, server: &str, script: &str) -> PathBuf {
    let plugin = folder.join("login.sh");
    std::fs::write(&plugin, script).unwrap();
    let path = folder.join("config");
    let text = serde_json::json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{ "name": "kind-demo", "cluster": { "server": format!("http://{server}") } }],
        "contexts": [{ "name": "kind-demo", "context": { "cluster": "kind-demo", "user": "me" } }],
        "users": [{ "name": "me", "user": { "exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": [plugin],
            "interactiveMode": "IfAvailable",
        } } }],
    });
    std::fs::write(&path, text.to_string()).unwrap();
    path
}

fn cluster(api_endpoint: &str) -> watch::Receiver<Option<Cluster>> {
    let (name, context) = ("demo".to_owned(), "kind-demo".to_owned());
    let api_endpoint = Some(api_endpoint.to_owned());
    watch::channel(Some(Cluster { name, context, api_endpoint, nodes: Vec::new() })).1
}

async fn wait_for_readyz(sink: &mut ObservationSink, expected: ProbeOutcome) {
    sink.wait(&format!("/readyz {expected:?}"), |observation| match observation {
        Observation::Health(probe) if probe.check == HealthCheck::Readyz && probe.outcome == expected => Some(()),
        _ => None,
    })
    .await
}

/// Advances the time by the shortest interval between two runs of a plugin.
async fn advance_past_interval() {
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let valid: ValidToken = Arc::new(Mutex::new("first"));
    let server = serve(valid.clone()).await;
    let (token, runs) = (folder.path().join("token"), folder.path().join("runs"));
    std::fs::write(&token, "first").unwrap();
    let script = format!(
        r#"echo run >> {}; printf '{{"status":{{"token":"%s"}}}}' "$(cat {})""#,
        runs.display(),
        token.display()
    );
    let path = kubeconfig(folder.path(), &server, &script);
    let access = ApiAccess::Kubeconfig { file: Some(path), context: None };
    let mut sink = ObservationSink::new();
    sink.spawn(health::run(sink.context.clone(), access, cluster(&server)));
    wait_for_readyz(&mut sink, ProbeOutcome::Ok).await;
    let count = || std::fs::read_to_string(&runs).unwrap().lines().count();
    assert_eq!(count(), 1);
    *valid.lock().unwrap() = "second";
    std::fs::write(&token, "second").unwrap();
    wait_for_readyz(&mut sink, ProbeOutcome::Status(401)).await;
    advance_past_interval().await;
    wait_for_readyz(&mut sink, ProbeOutcome::Ok).await;
    assert_eq!(count(), 2, "one run for each token");
    sink.close().await;
}

#[tokio::test]
async fn the_error_of_a_plugin_has_its_name_and_exit_code_and_no_output() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(ValidToken::default()).await;
    let script = "echo t0ps3cret-output; echo t0ps3cret-error >&2; exit 3";
    let path = kubeconfig(folder.path(), &server, script);
    let access = ApiAccess::Kubeconfig { file: Some(path), context: None };
    let mut sink = ObservationSink::new();
    let view = cluster(&server);
    sink.spawn(kubernetes::run(sink.context.clone(), ListedResource::Nodes, access.clone(), view.clone()));
    sink.spawn(health::run(sink.context.clone(), access, view));
    for source in [SourceId::Nodes, SourceId::Health] {
        sink.wait_error(source, "credential plugin `sh` failed (exit code 3)").await;
    }
    let received = format!("{:?}", sink.close().await);
    assert!(!received.contains("t0ps3cret"), "{received}");
}

#[tokio::test]
async fn a_plugin_that_hangs_delays_neither_the_port_check_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(ValidToken::default()).await;
    let started = folder.path().join("started");
    let path = kubeconfig(folder.path(), &server, &format!("echo $$ > {}; sleep 1000", started.display()));
    let access = ApiAccess::Kubeconfig { file: Some(path), context: None };
    let mut sink = ObservationSink::new();
    sink.spawn(health::run(sink.context.clone(), access, cluster(&server)));
    sink.wait("a check of the port", |observation| {
        matches!(observation, Observation::Health(probe) if probe.check == HealthCheck::Port).then_some(())
    })
    .await;
    until("the plugin runs", || std::fs::read_to_string(&started).is_ok_and(|pid| pid.ends_with('\n'))).await;
    let pid: i32 = std::fs::read_to_string(&started).unwrap().trim().parse().unwrap();
    sink.close().await;
    let stat = format!("/proc/{pid}/stat");
    until("the plugin is gone", || {
        std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z ")) || !Path::new(&stat).exists()
    })
    .await;
}
