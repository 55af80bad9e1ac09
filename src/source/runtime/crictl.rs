//! `crictl ps` inside a worker, through the engine's exec.

use serde::Deserialize;

use crate::{
    engine::{Engine, EngineError, Exec},
    observation::RunningContainer,
};

/// Command that lists the running containers. Ends within 5 s even if this program is gone: crictl gives up after 3 s,
/// and `timeout` ends crictl.
const COMMAND: [&str; 7] = ["timeout", "5", "crictl", "--timeout=3s", "ps", "-o", "json"];

/// Longest list that is read, in bytes; a container takes about 1 kB.
const MAX_LIST: usize = 1 << 20;

/// Characters of a container's id, as `crictl ps` prints it.
const ID_LENGTH: usize = 13;

/// Characters that are kept of a command's error message.
const MAX_MESSAGE: usize = 300;

/// Failure to list a worker's containers, for a person.
#[derive(Debug, thiserror::Error)]
pub enum CrictlError {
    /// The engine could not run the command.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The worker's image lacks crictl.
    #[error("{worker} has no crictl ({message}): kind's node images have it")]
    NoCrictl {
        /// Name of the worker.
        worker: String,
        /// Error message of the shell.
        message: String,
    },
    /// crictl ended with an error.
    #[error("crictl in {worker} failed ({message})")]
    Failed {
        /// Name of the worker.
        worker: String,
        /// Error message of crictl, or its exit code.
        message: String,
    },
    /// The output is not a list of containers.
    #[error("crictl in {worker} did not print a list of containers ({source})")]
    Unreadable {
        /// Name of the worker.
        worker: String,
        /// Error of the parser.
        source: serde_json::Error,
    },
}

/// Lists the running containers of a worker of a real cluster.
///
/// # Errors
///
/// Fails if the command can't be run or fails, or its output is not a list.
pub async fn crictl(engine: Engine, worker: String) -> Result<Vec<RunningContainer>, CrictlError> {
    let client = engine.client().await?;
    let command = COMMAND.map(str::to_owned).into();
    let output = Exec::run_with_limit(&client, &worker, command, MAX_LIST).await?;
    if output.code == 0 {
        return parse(&output.stdout).map_err(|source| CrictlError::Unreadable { worker, source });
    }
    let message: String = output.error_message().chars().take(MAX_MESSAGE).collect();
    let message = if message.is_empty() { format!("exit code {}", output.code) } else { message };
    Err(match output.code {
        // Exit codes of `timeout` for a command that can't be executed or found.
        126 | 127 => CrictlError::NoCrictl { worker, message },
        _ => CrictlError::Failed { worker, message },
    })
}

/// Output of `crictl ps -o json`, as far as it is read: `ListContainersResponse` of the CRI API `runtime/v1`, in
/// protobuf's JSON.
#[derive(Deserialize)]
struct CrictlList {
    #[serde(default)]
    containers: Vec<CrictlContainer>,
}

#[derive(Deserialize)]
struct CrictlContainer {
    id: String,
    metadata: CrictlMetadata,
    #[serde(default)]
    state: String,
    #[serde(default)]
    labels: CrictlLabels,
}

#[derive(Deserialize)]
struct CrictlMetadata {
    name: String,
    #[serde(default)]
    attempt: u32,
}

/// Labels that a kubelet gives to its containers (`pkg/kubelet/types/labels.go` in Kubernetes).
#[derive(Deserialize, Default)]
struct CrictlLabels {
    #[serde(default, rename = "io.kubernetes.pod.name")]
    pod: String,
    #[serde(default, rename = "io.kubernetes.pod.namespace")]
    namespace: String,
}

fn parse(text: &str) -> Result<Vec<RunningContainer>, serde_json::Error> {
    let list: CrictlList = serde_json::from_str(text)?;
    let running = list.containers.into_iter().filter(|container| container.state == "CONTAINER_RUNNING");
    Ok(running
        .map(|CrictlContainer { id, metadata, labels, .. }| RunningContainer {
            pod: format!("{}/{}", labels.namespace, labels.pod),
            name: metadata.name,
            attempt: metadata.attempt,
            id: id.chars().take(ID_LENGTH).collect(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_containers_are_parsed_from_the_list() {
        let text = include_str!("../../../tests/fixtures/crictl/ps.json");
        let running = parse(text).expect("a list");
        let names: Vec<_> = running.iter().map(|one| (one.pod.as_str(), one.name.as_str(), one.attempt)).collect();
        let expected = [
            ("kube-system/kube-proxy-lj4ph", "kube-proxy", 0),
            ("kube-system/pod-network-jntj5", "pod-network", 0),
            ("default/httpbin-5794fb989c-bvxwx", "httpbin", 2),
        ];
        assert_eq!(names, expected);
        assert_eq!(running[0].id, "2c4d9afef6b67");
    }

    #[test]
    fn a_worker_without_containers_has_an_empty_list_and_other_output_is_an_error() {
        assert_eq!(parse("{}").expect("a list"), []);
        assert_eq!(parse(r#"{"containers": []}"#).expect("a list"), []);
        for text in ["", "FATA[0000] connect", "[1]", r#"{"containers": [{"id": 1}]}"#] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
