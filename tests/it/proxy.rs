//! Proxies between blackout and an API server.

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
    ears::Ears,
    fake_api::FakeApi,
    program::{Demo, runtime},
};

/// A proxy that leads every connection to `to`, and says where each was asked to lead.
async fn lead(listener: TcpListener, to: String, asked: mpsc::Sender<String>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(lead_one(client, to.clone(), asked.clone()));
    }
}

async fn lead_one(client: TcpStream, to: String, asked: mpsc::Sender<String>) {
    let mut client = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(client.read_line(&mut head).await.unwrap() > 0, "{head}");
    }
    let mut server = TcpStream::connect(to).await.unwrap();
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
    let _unread = asked.try_send(head);
    let _closed = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}

#[tokio::test]
async fn the_proxy_of_a_kubeconfig_leads_to_its_api_server() {
    let api = FakeApi::start();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = api.write_kubeconfig(folder.path(), "kind-demo");
    let address = proxy.local_addr().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let far = format!("server: http://api.invalid:6443\n    proxy-url: http://{address}");
    std::fs::write(&path, text.replace(&format!("server: {}", api.url()), &far)).unwrap();
    let cluster =
        Cluster { name: "demo".to_owned(), context: "kind-demo".to_owned(), api_endpoint: None, nodes: Vec::new() };
    let mut ears = Ears::open();
    let access = ApiAccess::Kubeconfig { file: Some(path), context: None };
    ears.run(health::run(ears.context.clone(), access, watch::channel(Some(cluster)).1));
    let (said, mut asked) = mpsc::channel(1);
    tokio::spawn(lead(proxy, api.endpoint(), said));
    let asked = asked.recv().await.unwrap();
    assert!(asked.starts_with("CONNECT api.invalid:6443 HTTP/1.1\r\n"), "{asked}");
    ears.wait_live(SourceId::Health).await;
    ears.close().await;
}

#[test]
fn a_proxy_in_the_environment_is_not_for_a_cluster_on_this_machine() {
    runtime(async {
        let demo = Demo::start();
        let mut command = demo.command(&["--headless", "--no-record"]);
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
            // nobody listens there
            command.env(name, "http://127.0.0.1:9");
        }
        let mut running = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let told = running.stdout.take().unwrap();
        let up = tokio::task::spawn_blocking(move || {
            std::io::BufRead::lines(std::io::BufReader::new(told))
                .map(Result::unwrap)
                .find(|line| line.contains(r#""phase":"up""#))
        });
        let up = tokio::time::timeout(crate::terminal::PATIENCE, up).await.unwrap().unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
        assert!(up.is_some());
    });
}
