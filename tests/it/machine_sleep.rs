//! Sources after a sleep of the machine: each reconnects, even if its connection looks healthy.

use blackout::{
    engine::Engine,
    observation::{Cluster, ListedResource, SourceId},
    source::{
        access::ApiAccess,
        docker::{self, Discovery, EngineSource},
        kubernetes,
    },
};
use tokio::sync::watch;

use crate::{
    fake_api::{FakeApi, node},
    fake_engine::FakeEngine,
    observations::{ObservationSink, until},
};

#[tokio::test]
async fn a_watch_is_reopened() {
    let api = FakeApi::start();
    api.put("nodes", node("w1", "True"));
    let (name, context) = ("demo".to_owned(), "kind-demo".to_owned());
    let view = watch::channel(Some(Cluster { name, context, api_endpoint: None, nodes: Vec::new() })).1;
    let mut sink = ObservationSink::new();
    let access = ApiAccess::Plain { url: api.url() };
    sink.spawn(kubernetes::run(sink.context.clone(), ListedResource::Nodes, access, view));
    sink.wait_live(SourceId::Nodes).await;
    let watches = || api.request_lines().iter().filter(|asked| asked.starts_with("WATCH")).count();
    assert_eq!(watches(), 1);
    sink.context.woken.notify();
    until("there is another watch", || watches() == 2).await;
    sink.close().await;
}

#[tokio::test]
async fn the_event_stream_of_the_engine_is_reopened() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 40001, &[Some(30090)]);
    let mut sink = ObservationSink::new();
    let source = EngineSource {
        engine: Engine::at(engine.host()),
        node_port: 30090,
        choice: watch::channel(None).1,
        discovery: watch::channel(Discovery::default()).0,
        cluster: watch::channel(None).0,
    };
    sink.spawn(docker::run(sink.context.clone(), source));
    sink.wait_live(SourceId::Docker).await;
    until("there is a stream", || engine.request_count("/events") == 1).await;
    sink.context.woken.notify();
    until("there is another stream", || engine.request_count("/events") == 2).await;
    sink.close().await;
}
