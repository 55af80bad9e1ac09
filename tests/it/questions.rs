//! What is asked seldom: a write that is tried out, the scheduler's lease, and the containers inside the workers.

use blackout::{
    engine::Engine,
    observation::{
        Cluster, ClusterNode, LeaderOutcome, NodeRole, Observation, ProbeError, ProbeOutcome, RunningContainer,
        RuntimeOutcome, SourceHealth, SourceId,
    },
    source::{access::ApiAccess, health, runtime},
};
use tokio::sync::watch;

use crate::{
    ears::Ears,
    fake_api::{FakeApi, Mode, SCHEDULER_RENEWED},
    fake_engine::FakeEngine,
};

fn cluster(workers: &[&str]) -> Cluster {
    let node = |name: &&str| ClusterNode { name: (*name).to_owned(), role: NodeRole::Worker, node_port: None };
    Cluster {
        name: "demo".to_owned(),
        context: "kind-demo".to_owned(),
        api_endpoint: None,
        nodes: workers.iter().map(node).collect(),
    }
}

fn run_health(ears: &mut Ears, api: &FakeApi) {
    let view = watch::channel(Some(cluster(&[]))).1;
    ears.run(health::run(ears.context.clone(), ApiAccess::Plain { url: api.url() }, view));
}

async fn write(ears: &mut Ears, wanted: ProbeOutcome) {
    ears.wait(&format!("a write: {wanted:?}"), |said| match said {
        Observation::Write(probe) if probe.outcome == wanted => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn a_healthy_server_takes_a_dry_run_and_knows_when_the_scheduler_renewed_its_lease() {
    let api = FakeApi::start();
    let mut ears = Ears::open();
    run_health(&mut ears, &api);
    let renewed = LeaderOutcome::Renewed(SCHEDULER_RENEWED.parse().unwrap());
    let (mut write, mut lease) = (false, false);
    ears.wait("both answers", |said| {
        write |= matches!(said, Observation::Write(probe) if probe.outcome == ProbeOutcome::Ok);
        lease |= matches!(said, Observation::Leader(leader) if leader.outcome == renewed);
        (write && lease).then_some(())
    })
    .await;
    ears.close().await;
    let writes: Vec<_> = api.asked().into_iter().filter(|asked| asked.starts_with("POST")).collect();
    assert!(!writes.is_empty() && writes.iter().all(|path| path.ends_with("/configmaps")), "{writes:?}");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_no_failure_of_the_source() {
    let api = FakeApi::start();
    api.answer_questions(403, 404);
    let mut ears = Ears::open();
    run_health(&mut ears, &api);
    let (mut write, mut lease) = (false, false);
    ears.wait("both refusals", |said| {
        write |= matches!(said, Observation::Write(probe) if probe.outcome == ProbeOutcome::Status(403));
        lease |= matches!(said, Observation::Leader(leader) if leader.outcome == LeaderOutcome::Status(404));
        (write && lease).then_some(())
    })
    .await;
    let retries = |said: &Observation| {
        matches!(crate::ears::health(said, &SourceId::Health), Some(SourceHealth::Retrying { .. }))
    };
    assert!(!ears.close().await.iter().any(retries));
}

#[tokio::test]
async fn a_server_that_goes_away_and_comes_back_is_asked_at_once() {
    let api = FakeApi::start();
    let mut ears = Ears::open();
    run_health(&mut ears, &api);
    write(&mut ears, ProbeOutcome::Ok).await;
    // well before the next quarter of a minute
    let clock = ears.context.feed.clock();
    let asked = clock.elapsed();
    api.go_away();
    write(&mut ears, ProbeOutcome::Failed(ProbeError::Refused)).await;
    api.come_back();
    write(&mut ears, ProbeOutcome::Ok).await;
    let took = clock.elapsed() - asked;
    assert!(took < std::time::Duration::from_secs(12), "{took:?}");
    ears.close().await;
}

#[tokio::test]
async fn nobody_answers_and_nothing_is_said_of_the_scheduler() {
    let api = FakeApi::start();
    api.set_mode(Mode::Hang);
    let mut ears = Ears::open();
    run_health(&mut ears, &api);
    write(&mut ears, ProbeOutcome::Failed(ProbeError::Timeout)).await;
    let heard = ears.close().await;
    assert!(!heard.iter().any(|said| matches!(said, Observation::Leader(_))), "{heard:?}");
}

const WORKER: &str = "demo-worker";
const PS: &str = include_str!("../fixtures/crictl/ps.json");

fn run_runtime(ears: &mut Ears, engine: &FakeEngine, workers: &[&str]) {
    let (view, engine) = (watch::channel(Some(cluster(workers))).1, Engine::at(engine.host()));
    let look = move |worker| runtime::crictl(engine.clone(), worker);
    ears.run(runtime::run(ears.context.clone(), view, look));
}

async fn look(ears: &mut Ears, of: &str) -> RuntimeOutcome {
    ears.wait(&format!("a look into {of}"), |said| match said {
        Observation::Runtime(look) if look.worker == of => Some(look.outcome.clone()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn the_running_containers_of_each_worker_are_seen_without_an_api_server() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 1, &[None, None]);
    engine.change(WORKER, |container| container.crictl = PS.to_owned());
    let mut ears = Ears::open();
    run_runtime(&mut ears, &engine, &[WORKER, "demo-worker2"]);
    let RuntimeOutcome::Running(seen) = look(&mut ears, WORKER).await else { panic!("containers") };
    let httpbin = RunningContainer {
        pod: "default/httpbin-5794fb989c-bvxwx".to_owned(),
        name: "httpbin".to_owned(),
        attempt: 2,
        id: "da89c86d5de08".to_owned(),
    };
    assert!(seen.len() == 3 && seen.contains(&httpbin), "{seen:?}");
    ears.wait_live(SourceId::Runtime).await;
    ears.close().await;
    assert_eq!(engine.running_execs(), 0);
}

#[tokio::test]
async fn a_worker_that_cannot_be_looked_into_says_why_and_the_others_are_seen() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 1, &[None, None, None]);
    engine.change(WORKER, |container| container.exec_fails = Some((127, "crictl: not found".to_owned())));
    engine.change("demo-worker2", |container| container.crictl = "no list".to_owned());
    let mut ears = Ears::open();
    run_runtime(&mut ears, &engine, &[WORKER, "demo-worker2", "demo-worker3"]);
    ears.wait_reason(SourceId::Runtime, "demo-worker").await;
    let heard = ears.close().await;
    let outcome = |of: &str| {
        heard.iter().find_map(|said| match said {
            Observation::Runtime(look) if look.worker == of => Some(look.outcome.clone()),
            _ => None,
        })
    };
    assert_eq!(outcome("demo-worker3"), Some(RuntimeOutcome::Running(Vec::new())));
    for (worker, words) in [(WORKER, "has no crictl"), ("demo-worker2", "no list of containers")] {
        let Some(RuntimeOutcome::Failed(error)) = outcome(worker) else { panic!("{worker}: {heard:?}") };
        assert!(error.contains(words) && error.contains(worker), "{error}");
    }
}

#[tokio::test]
async fn the_workers_are_looked_into_at_once_when_the_api_server_goes_away() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 1, &[None]);
    let mut ears = Ears::open();
    run_runtime(&mut ears, &engine, &[WORKER]);
    ears.wait_live(SourceId::Runtime).await;
    let clock = ears.context.feed.clock();
    let asked = clock.elapsed();
    ears.context.api_server.set_down(true);
    look(&mut ears, WORKER).await;
    ears.context.api_server.set_down(false);
    look(&mut ears, WORKER).await;
    let took = clock.elapsed() - asked;
    assert!(took < std::time::Duration::from_secs(9), "{took:?}");
    ears.close().await;
}

#[tokio::test]
async fn an_engine_that_hangs_holds_up_no_end() {
    let engine = FakeEngine::start();
    engine.add_cluster("demo", 1, &[None]);
    engine.set_mode(crate::fake_engine::Mode::Hang);
    let mut ears = Ears::open();
    run_runtime(&mut ears, &engine, &[WORKER]);
    // it says that it is on its way, and waits for an answer that does not come
    ears.wait("connecting", |said| crate::ears::health(said, &SourceId::Runtime).map(drop)).await;
    ears.close().await;
}
