//! The sources against the engine and the cluster of this machine, for a look by a person: prints every observation
//! and when it came. `BLACKOUT_CLUSTER` chooses the cluster, `BLACKOUT_DEEDS=5:stop,20:restore` does deeds.
//!  `BLACKOUT_LIVE=seconds cargo test --test it live -- --ignored --nocapture`.

use std::{env, io::Write as _, time::Duration};

use blackout::{
    clock::Clock,
    engine::Engine,
    fault::FaultInjector,
    feed::{self, Feed},
    observation::{Cluster, FaultAction, ListedResource},
    source::{
        self, SourceContext,
        access::ApiAccess,
        docker::{self, Discovery, EngineSource},
    },
};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kind cluster; prints what the sources say of it"]
async fn live() {
    let seconds = env::var("BLACKOUT_LIVE").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let clock = Clock::start();
    let (feed, mut receiver) = Feed::channel(clock, feed::CAPACITY);
    let context = SourceContext::new(feed, CancellationToken::new());
    let engine = Engine::from_environment();
    let (_choice, choice) = watch::channel(env::var("BLACKOUT_CLUSTER").ok());
    let (discovery, _discovered) = watch::channel(Discovery::default());
    let (cluster, mut view) = watch::channel(None::<Cluster>);
    let mut tasks = JoinSet::new();
    tasks.spawn(docker::run(
        context.clone(),
        EngineSource { engine: engine.clone(), node_port: 30090, choice, discovery, cluster },
    ));
    let access = ApiAccess::Kubeconfig { file: None, context: None };
    tasks.spawn(source::health::run(context.clone(), access.clone(), view.clone()));
    for resource in [ListedResource::Nodes, ListedResource::Pods, ListedResource::Leases] {
        tasks.spawn(source::kubernetes::run(context.clone(), resource, access.clone(), view.clone()));
    }
    tasks.spawn(source::traffic::run(context.clone(), view.clone(), 30090));
    let known = view.wait_for(Option::is_some).await.unwrap().clone().unwrap();
    for worker in known.workers() {
        tasks.spawn(source::journal::run(context.clone(), engine.clone(), worker.name.clone(), 5));
    }
    let fault = FaultInjector::new(engine, &known);
    let control_plane = known.control_planes().next().unwrap().name.clone();
    let deeds = env::var("BLACKOUT_DEEDS").unwrap_or_default();
    let faults = tokio::spawn(async move {
        for step in deeds.split(',').filter(|step| !step.is_empty()) {
            let (wait, deed) = step.split_once(':').unwrap();
            tokio::time::sleep(Duration::from_secs_f64(wait.parse().unwrap())).await;
            let deed: FaultAction = serde_json::from_value(deed.into()).unwrap();
            let asked = clock.elapsed();
            let done = fault.carry_out(deed, &control_plane).await;
            eprintln!("{:8.3} {deed:?} took {:?}: {done:?}", asked.as_secs_f64(), clock.elapsed() - asked);
        }
    });
    let mut out = std::io::stdout().lock();
    let print = async {
        while let Some(stamped) = receiver.recv().await {
            let at = (stamped.at - clock.started()).as_seconds_f64();
            let json = serde_json::to_string(&stamped.observation).unwrap();
            writeln!(out, "{at:8.3} {}", json.chars().take(3000).collect::<String>()).unwrap();
        }
    };
    let _over = tokio::time::timeout(Duration::from_secs(seconds), print).await;
    faults.abort();
    context.cancel.cancel();
    let asked = clock.elapsed();
    while tasks.join_next().await.is_some() {}
    writeln!(out, "all sources ended {:?} after they were asked to", clock.elapsed() - asked).unwrap();
}
