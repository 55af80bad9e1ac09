//! Runs the sources on this machine's engine and cluster, and prints every observation with its time, for a person.
//!
//! `BLACKOUT_LIVE=SECONDS cargo test --test it live -- --ignored --nocapture`; `BLACKOUT_CLUSTER` chooses the cluster,
//! and `BLACKOUT_ACTIONS=5:stop,20:restore` does faults.

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
#[ignore = "needs a kind cluster; prints the observations of its sources"]
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
    let actions = env::var("BLACKOUT_ACTIONS").unwrap_or_default();
    let faults = tokio::spawn(async move {
        for step in actions.split(',').filter(|step| !step.is_empty()) {
            let (wait, action) = step.split_once(':').unwrap();
            tokio::time::sleep(Duration::from_secs_f64(wait.parse().unwrap())).await;
            let action: FaultAction = serde_json::from_value(action.into()).unwrap();
            let start = clock.elapsed();
            let done = fault.carry_out(action, &control_plane).await;
            eprintln!("{:8.3} {action:?} took {:?}: {done:?}", start.as_secs_f64(), clock.elapsed() - start);
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
    let start = clock.elapsed();
    while tasks.join_next().await.is_some() {}
    writeln!(out, "all sources ended {:?} after the cancellation", clock.elapsed() - start).unwrap();
}
