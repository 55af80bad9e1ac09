//! Configuration files of the user that are not regular files: each is refused by name, and blocks nothing.

use std::path::Path;

use blackout::{
    engine::{Engine, EngineEnvironment},
    observation::{Cluster, HealthCheck, ListedResource, Observation, SourceId},
    source::{access::ApiAccess, health, kubernetes},
};
use tokio::sync::watch;

use crate::{fake_api::FakeApi, observations::ObservationSink};

fn fifo(path: &Path) {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

fn cluster(api_endpoint: Option<String>) -> watch::Receiver<Option<Cluster>> {
    let (name, context) = ("demo".to_owned(), "kind-demo".to_owned());
    watch::channel(Some(Cluster { name, context, api_endpoint, nodes: Vec::new() })).1
}

#[tokio::test]
async fn a_kubeconfig_that_is_a_fifo_is_refused_by_name_and_the_port_is_still_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fifo(&path);
    let api = FakeApi::start();
    let access = ApiAccess::Kubeconfig { file: Some(path.clone()), context: None };
    let mut sink = ObservationSink::new();
    let view = cluster(Some(api.endpoint()));
    sink.spawn(kubernetes::run(sink.context.clone(), ListedResource::Nodes, access.clone(), view.clone()));
    sink.spawn(health::run(sink.context.clone(), access, view));
    let expected = format!("{} is a FIFO, not a regular file", path.display());
    for source in [SourceId::Nodes, SourceId::Health] {
        sink.wait_error(source, &expected).await;
    }
    sink.wait("a check of the port", |observation| {
        matches!(observation, Observation::Health(probe) if probe.check == HealthCheck::Port).then_some(())
    })
    .await;
    // A regular file in its place is read again.
    std::fs::remove_file(&path).unwrap();
    api.write_kubeconfig(folder.path(), "kind-demo");
    std::fs::rename(folder.path().join("kubeconfig"), &path).unwrap();
    sink.wait_live(SourceId::Nodes).await;
    sink.close().await;
}

#[tokio::test]
async fn a_docker_configuration_that_is_a_fifo_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("config.json");
    fifo(&configuration);
    let engine = Engine::from(EngineEnvironment {
        docker_config: Some(folder.path().to_owned()),
        ..EngineEnvironment::default()
    });
    let error = engine.ping().await.unwrap_err().to_string();
    assert!(error.contains(&format!("{} is a FIFO, not a regular file", configuration.display())), "{error}");
}

#[tokio::test]
async fn an_engine_behind_tls_never_gets_plain_http() {
    use tokio::io::AsyncReadExt as _;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let certificates = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls");
    for host in [format!("tcp://{address}"), format!("http://{address}"), format!("https://{address}")] {
        let engine = Engine::from(EngineEnvironment {
            docker_host: Some(host.clone()),
            tls_verify: true,
            cert_path: Some(certificates.clone()),
            ..EngineEnvironment::default()
        });
        let first_byte = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap()
        };
        let (answer, first) = tokio::join!(engine.ping(), first_byte);
        // Content type of a handshake record (RFC 8446, section 5.1).
        assert_eq!(first, 22, "{host}");
        assert!(answer.is_err());
    }
}
