//! Credential plugins of a kubeconfig, against an API server that wants a token.

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

use crate::ears::{Ears, until};

/// The token that the server knows.
type Known = Arc<Mutex<&'static str>>;

/// An API server without objects. Returns its address.
async fn serve(known: Known) -> String {
    async fn answer(State(known): State<Known>, headers: HeaderMap) -> (StatusCode, &'static str) {
        let expected = format!("Bearer {}", known.lock().unwrap());
        match headers.get("authorization").is_some_and(|given| given.as_bytes() == expected.as_bytes()) {
            true => (StatusCode::OK, "[+]ping ok\n"),
            false => (StatusCode::UNAUTHORIZED, "{}"),
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer).with_state(known)).await });
    address
}

/// A kubeconfig whose plugin is a shell script of this text.
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

async fn readyz(ears: &mut Ears, expected: ProbeOutcome) {
    ears.wait(&format!("/readyz {expected:?}"), |said| match said {
        Observation::Health(probe) if probe.check == HealthCheck::Readyz && probe.outcome == expected => Some(()),
        _ => None,
    })
    .await
}

/// Lets the plugin's rest pass, and nothing else happen.
async fn rest() {
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_that_is_refused_is_asked_for_anew() {
    let folder = tempfile::tempdir().unwrap();
    let known: Known = Arc::new(Mutex::new("first"));
    let server = serve(known.clone()).await;
    let (token, runs) = (folder.path().join("token"), folder.path().join("runs"));
    std::fs::write(&token, "first").unwrap();
    let script = format!(
        r#"echo run >> {}; printf '{{"status":{{"token":"%s"}}}}' "$(cat {})""#,
        runs.display(),
        token.display()
    );
    let path = kubeconfig(folder.path(), &server, &script);
    let access = ApiAccess::Kubeconfig { file: Some(path), context: None };
    let mut ears = Ears::open();
    ears.run(health::run(ears.context.clone(), access, cluster(&server)));
    readyz(&mut ears, ProbeOutcome::Ok).await;
    let count = || std::fs::read_to_string(&runs).unwrap().lines().count();
    assert_eq!(count(), 1);
    *known.lock().unwrap() = "second";
    std::fs::write(&token, "second").unwrap();
    readyz(&mut ears, ProbeOutcome::Status(401)).await;
    rest().await;
    readyz(&mut ears, ProbeOutcome::Ok).await;
    assert_eq!(count(), 2, "one run for each token");
    ears.close().await;
}

#[tokio::test]
async fn a_plugin_that_fails_is_told_by_name_and_exit_code_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(Known::default()).await;
    let script = "echo t0ps3cret-output; echo t0ps3cret-words >&2; exit 3";
    let path = kubeconfig(folder.path(), &server, script);
    let access = ApiAccess::Kubeconfig { file: Some(path), context: None };
    let mut ears = Ears::open();
    let view = cluster(&server);
    ears.run(kubernetes::run(ears.context.clone(), ListedResource::Nodes, access.clone(), view.clone()));
    ears.run(health::run(ears.context.clone(), access, view));
    for source in [SourceId::Nodes, SourceId::Health] {
        ears.wait_reason(source, "credential plugin `sh` failed (exit code 3)").await;
    }
    let heard = format!("{:?}", ears.close().await);
    assert!(!heard.contains("t0ps3cret"), "{heard}");
}

#[tokio::test]
async fn a_plugin_that_hangs_holds_up_neither_the_port_check_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(Known::default()).await;
    let started = folder.path().join("started");
    let path = kubeconfig(folder.path(), &server, &format!("echo $$ > {}; sleep 1000", started.display()));
    let access = ApiAccess::Kubeconfig { file: Some(path), context: None };
    let mut ears = Ears::open();
    ears.run(health::run(ears.context.clone(), access, cluster(&server)));
    ears.wait("a check of the port", |said| {
        matches!(said, Observation::Health(probe) if probe.check == HealthCheck::Port).then_some(())
    })
    .await;
    until("the plugin runs", || std::fs::read_to_string(&started).is_ok_and(|pid| pid.ends_with('\n'))).await;
    let pid: i32 = std::fs::read_to_string(&started).unwrap().trim().parse().unwrap();
    ears.close().await;
    let stat = format!("/proc/{pid}/stat");
    until("the plugin is gone", || {
        std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z ")) || !Path::new(&stat).exists()
    })
    .await;
}
