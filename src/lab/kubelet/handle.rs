//! What the tasks of a kubelet share.

use std::sync::Arc;

use super::{
    client::KubeletClient, journal_writer::JournalWriter, messages::KubeletMessages, pod_statuses::PodStatuses,
};
use crate::lab::{
    cluster::{topology::LabNode, version::KubernetesVersion},
    rng::Rng,
    time_scale::TimeScale,
};

/// A handle to a kubelet. Copies are the same kubelet.
#[derive(Clone)]
pub(super) struct Kubelet {
    pub(super) node: Arc<LabNode>,
    pub(super) version: KubernetesVersion,
    pub(super) messages: KubeletMessages,
    pub(super) time: TimeScale,
    pub(super) rng: Rng,
    pub(super) journal: JournalWriter,
    /// The connection for everything but heartbeats.
    pub(super) api_client: KubeletClient,
    /// The connection for node status and lease (`HeartbeatClient`).
    pub(super) heartbeat_client: KubeletClient,
    pub(super) statuses: Arc<PodStatuses>,
}
