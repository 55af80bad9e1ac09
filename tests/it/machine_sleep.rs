//! What the sources do when the machine has slept: each connects anew, also where its connection looks well.

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
    ears::{Ears, until},
    fake_api::{FakeApi, node},
    fake_engine::FakeEngine,
};

#[tokio::test]
async fn a_watch_is_opened_anew() {
    let api = FakeApi::start();
    api.put("nodes", node("w1", "True"));
    let (name, context) = ("demo".to_owned(), "kind-demo".to_owned());
    let view = watch::channel(Some(Cluster { name, context, api_endpoint: None, nodes: Vec::new() })).1;
    let mut ears = Ears::open();
    let access = ApiAccess::Plain { url: api.url() };
    ears.run(kubernetes::run(ears.context.clone(), ListedResource::Nodes, access, view));
    ears.wait_live(SourceId::Nodes).await;
    let watches = || api.asked().iter().filter(|asked| asked.starts_with("WATCH")).count();
    assert_eq!(watches(), 1);
    ears.context.woken.notify();
    until("there is another watch", || watches() == 2).await;
    ears.close().await;
}

#[tokio::test]
async fn the_stream_of_the_engine_s_events_is_opened_anew() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 40001, &[Some(30090)]);
    let mut ears = Ears::open();
    let source = EngineSource {
        engine: Engine::at(engine.host()),
        node_port: 30090,
        choice: watch::channel(None).1,
        discovery: watch::channel(Discovery::default()).0,
        cluster: watch::channel(None).0,
    };
    ears.run(docker::run(ears.context.clone(), source));
    ears.wait_live(SourceId::Docker).await;
    until("there is a stream", || engine.asked_for("/events") == 1).await;
    ears.context.woken.notify();
    until("there is another stream", || engine.asked_for("/events") == 2).await;
    ears.close().await;
}
