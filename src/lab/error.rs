//! The errors of a lab.

use std::{io, path::PathBuf};

use super::options::WORKERS;
use crate::observation::FaultAction;

/// Why the lab can't do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The number of workers is not in [`WORKERS`].
    #[error("a lab has {first} to {last} workers, not {0}", first = WORKERS.start(), last = WORKERS.end())]
    Workers(usize),
    /// A loopback port can't be opened.
    #[error("the lab cannot open a loopback port: {0}")]
    Listen(#[source] io::Error),
    /// The fault can't be applied to the container in its current status.
    #[error("{} is not possible now: {container} is {status}", action.as_str())]
    NotNow {
        /// The fault that was asked for.
        action: FaultAction,
        /// Name of the container.
        container: String,
        /// Status of the container, such as `stopped`.
        status: &'static str,
    },
    /// The workload has no such pod.
    #[error("the lab's workload has no pod named {name}: its pods are {pods}")]
    NoSuchPod {
        /// The name that was asked for.
        name: String,
        /// The names of the pods, separated by commas.
        pods: String,
    },
    /// The lab has no such worker.
    #[error("the lab has no worker named {0}")]
    NoSuchWorker(String),
    /// The kubeconfig can't be written.
    #[error("the kubeconfig {path} cannot be written: {source}")]
    Kubeconfig {
        /// Path of the file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The kubeconfig's path names a file that no lab has written.
    #[error(
        "{path} exists and was not written by the lab, which never replaces it: choose another name for \
         --write-kubeconfig"
    )]
    NotOurs {
        /// Path of the file.
        path: PathBuf,
    },
    /// The lab has ended.
    #[error("the lab has ended")]
    Ended,
}
