//! HTTP proxies between blackout and an API server.

use blackout::{
    observation::{Cluster, SourceId},
    source::{access::ApiAccess, health},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
};

use crate::{
    fake_api::FakeApi,
    observations::ObservationSink,
    program::{Demo, runtime},
};

/// Runs a proxy that forwards every connection to `server`, and sends the head of each request to `heads`.
async fn serve_proxy(listener: TcpListener, server: String, heads: mpsc::Sender<String>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(forward(client, server.clone(), heads.clone()));
    }
}

async fn forward(client: TcpStream, server: String, heads: mpsc::Sender<String>) {
    let mut client = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(client.read_line(&mut head).await.unwrap() > 0, "{head}");
    }
    let mut server = TcpStream::connect(server).await.unwrap();
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
    let _unread = heads.try_send(head);
    let _closed = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}

#[tokio::test]
async fn the_proxy_of_a_kubeconfig_is_used() {
    let api = FakeApi::start();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = api.write_kubeconfig(folder.path(), "kind-demo");
    let address = proxy.local_addr().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let proxied = format!("server: http://api.invalid:6443\n    proxy-url: http://{address}");
    std::fs::write(&path, text.replace(&format!("server: {}", api.url()), &proxied)).unwrap();
    let cluster =
        Cluster { name: "demo".to_owned(), context: "kind-demo".to_owned(), api_endpoint: None, nodes: Vec::new() };
    let mut sink = ObservationSink::new();
    let access = ApiAccess::Kubeconfig { file: Some(path), context: None };
    sink.spawn(health::run(sink.context.clone(), access, watch::channel(Some(cluster)).1));
    let (heads, mut head_receiver) = mpsc::channel(1);
    tokio::spawn(serve_proxy(proxy, api.endpoint(), heads));
    let head = head_receiver.recv().await.unwrap();
    assert!(head.starts_with("CONNECT api.invalid:6443 HTTP/1.1\r\n"), "{head}");
    sink.wait_live(SourceId::Health).await;
    sink.close().await;
}

#[test]
fn a_proxy_in_the_environment_is_not_used_for_a_cluster_on_this_machine() {
    runtime(async {
        let demo = Demo::start();
        let mut command = demo.command(&["--headless", "--no-record"]);
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
            // Nothing listens on the discard port.
            command.env(name, "http://127.0.0.1:9");
        }
        let mut running = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let stdout = running.stdout.take().unwrap();
        let up = tokio::task::spawn_blocking(move || {
            std::io::BufRead::lines(std::io::BufReader::new(stdout))
                .map(Result::unwrap)
                .find(|line| line.contains(r#""phase":"up""#))
        });
        let up = tokio::time::timeout(crate::terminal::PATIENCE, up).await.unwrap().unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
        assert!(up.is_some());
    });
}
