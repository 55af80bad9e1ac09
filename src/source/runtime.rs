//! The containers inside the workers: what each worker's container runtime says, with no API server in the way.
//!
//! It looks seldom, since a look costs a process in each worker: every half minute, every ten seconds while the API
//! server is away, and at once when that changes. A look that fails is said with its reason and tried again. Who looks
//! is an argument: `crictl` through the engine's exec, or the lab. A command in a worker ends by itself within seconds,
//! also when this program is gone.

use std::{future::Future, time::Duration};

use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use tokio::time::sleep;

use super::{
    context::{ClusterView, SourceContext},
    notifier::changed,
    reporter::SourceReporter,
};
use crate::{
    engine::{Engine, EngineError, Exec},
    feed::FeedClosed,
    observation::{Observation, RunningContainer, RuntimeOutcome, RuntimeProbe, SourceHealth, SourceId},
};

/// The time between two rounds while all is well.
const CALM: Duration = Duration::from_secs(30);
/// The time between two rounds while the API server is away.
const ALERT: Duration = Duration::from_secs(10);
/// Workers that are looked into at a time.
const AT_A_TIME: usize = 3;

/// `crictl ps`, which gives up by itself: crictl after three seconds, and `timeout` sees to it.
const COMMAND: [&str; 7] = ["timeout", "5", "crictl", "--timeout=3s", "ps", "-o", "json"];
/// The longest list that is read; a container takes about 1 kB.
const LIST: usize = 1 << 20;
/// Characters of a container's id, as `crictl ps` prints it.
const ID: usize = 13;
/// Kept of what a command says of its failure.
const WORDS: usize = 300;

/// Why nobody could look, in words for a person.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeProbeError {
    /// The engine could not run the command.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no such command.
    #[error("{worker} has no crictl ({words}): kind's node images have it")]
    NoCrictl {
        /// The worker.
        worker: String,
        /// What was said.
        words: String,
    },
    /// The command failed.
    #[error("crictl in {worker} failed ({words})")]
    Failed {
        /// The worker.
        worker: String,
        /// What was said.
        words: String,
    },
    /// It printed something else than expected.
    #[error("crictl in {worker} printed no list of containers ({source})")]
    Unreadable {
        /// The worker.
        worker: String,
        /// The error.
        source: serde_json::Error,
    },
}

/// Looks until the context's token is cancelled or the session is gone. `look` looks into one worker.
pub async fn run<L, F>(context: SourceContext, cluster: ClusterView, look: L)
where
    L: Fn(String) -> F + Send,
    F: Future<Output = Result<Vec<RunningContainer>, RuntimeProbeError>> + Send,
{
    let reporter = SourceReporter::new(&context, SourceId::Runtime);
    let away = context.api_server.subscribe_down();
    context.until_cancelled(look_around(reporter, cluster, away, look)).await;
}

async fn look_around<L, F>(
    mut reporter: SourceReporter,
    mut cluster: ClusterView,
    mut away: tokio::sync::watch::Receiver<bool>,
    look: L,
) -> Result<(), FeedClosed>
where
    L: Fn(String) -> F + Send,
    F: Future<Output = Result<Vec<RunningContainer>, RuntimeProbeError>> + Send,
{
    reporter.report_health(SourceHealth::Connecting).await?;
    loop {
        let workers: Vec<String> = match &*cluster.borrow_and_update() {
            Some(cluster) => cluster.workers().map(|worker| worker.name.clone()).collect(),
            None => Vec::new(),
        };
        let is_away = *away.borrow_and_update();
        let mut looks = stream::iter(workers.iter().cloned())
            .map(|worker| {
                let look = look(worker.clone());
                async move { (worker, look.await) }
            })
            .buffer_unordered(AT_A_TIME);
        let mut problem = None;
        while let Some((worker, seen)) = looks.next().await {
            let outcome = match seen {
                Ok(mut containers) => {
                    containers.sort_unstable();
                    RuntimeOutcome::Running(containers)
                }
                Err(error) => {
                    let error = error.to_string();
                    problem = Some(error.clone());
                    RuntimeOutcome::Failed(error)
                }
            };
            reporter.send(Observation::Runtime(RuntimeProbe { worker, outcome })).await?;
        }
        drop(looks);
        match problem {
            Some(problem) => reporter.report_retrying(problem).await?,
            None if workers.is_empty() => {}
            None => reporter.report_health(SourceHealth::Live).await?,
        }
        tokio::select! {
            () = sleep(if is_away { ALERT } else { CALM }) => {}
            () = changed(&mut cluster) => {}
            () = changed(&mut away) => {}
        }
    }
}

/// Looks into a worker of a real cluster.
pub async fn crictl(engine: Engine, worker: String) -> Result<Vec<RunningContainer>, RuntimeProbeError> {
    let client = engine.client().await?;
    let command = COMMAND.map(str::to_owned).into();
    let output = Exec::run_keeping(&client, &worker, command, LIST).await?;
    match output.code {
        0 => containers(&output.text).map_err(|source| RuntimeProbeError::Unreadable { worker, source }),
        code => {
            let words: String = output.complaint().chars().take(WORDS).collect();
            let words = if words.is_empty() { format!("exit code {code}") } else { words };
            Err(match code {
                126 | 127 => RuntimeProbeError::NoCrictl { worker, words },
                _ => RuntimeProbeError::Failed { worker, words },
            })
        }
    }
}

/// What `crictl ps -o json` prints, as far as it is read (`runtime/v1` `ListContainersResponse`, in protobuf's JSON).
#[derive(Deserialize)]
struct List {
    #[serde(default)]
    containers: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    metadata: Metadata,
    #[serde(default)]
    state: String,
    #[serde(default)]
    labels: Labels,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    attempt: u32,
}

/// The labels that a kubelet gives to its containers (`kubernetes/pkg/kubelet/types/labels.go`).
#[derive(Deserialize, Default)]
struct Labels {
    #[serde(default, rename = "io.kubernetes.pod.name")]
    pod: String,
    #[serde(default, rename = "io.kubernetes.pod.namespace")]
    namespace: String,
}

fn containers(text: &str) -> Result<Vec<RunningContainer>, serde_json::Error> {
    let list: List = serde_json::from_str(text)?;
    let running = list.containers.into_iter().filter(|listed| listed.state == "CONTAINER_RUNNING");
    Ok(running
        .map(|Listed { id, metadata, labels, .. }| RunningContainer {
            pod: format!("{}/{}", labels.namespace, labels.pod),
            name: metadata.name,
            attempt: metadata.attempt,
            id: id.chars().take(ID).collect(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_containers_are_read_from_crictls_list() {
        let text = include_str!("../../tests/fixtures/crictl/ps.json");
        let seen: Vec<_> = containers(text).expect("a list").into_iter().collect();
        let names: Vec<_> = seen.iter().map(|one| (one.pod.as_str(), one.name.as_str(), one.attempt)).collect();
        let expected = [
            ("kube-system/kube-proxy-lj4ph", "kube-proxy", 0),
            ("kube-system/pod-network-jntj5", "pod-network", 0),
            ("default/httpbin-5794fb989c-bvxwx", "httpbin", 2),
        ];
        assert_eq!(names, expected);
        assert_eq!(seen[0].id, "2c4d9afef6b67");
    }

    #[test]
    fn a_worker_without_containers_has_an_empty_list_and_other_words_are_none() {
        assert_eq!(containers("{}").expect("a list"), []);
        assert_eq!(containers(r#"{"containers": []}"#).expect("a list"), []);
        for text in ["", "FATA[0000] connect", "[1]", r#"{"containers": [{"id": 1}]}"#] {
            assert!(containers(text).is_err(), "{text}");
        }
    }
}
