//! What every node of a lab shares.

use std::sync::Arc;

use super::{
    cluster::{dns::ClusterDns, topology::Topology},
    rng::Rng,
    time_scale::TimeScale,
    workload::Workload,
};

/// The cluster that a kubelet belongs to, its time and its random numbers.
#[derive(Debug, Clone)]
pub(super) struct LabContext {
    pub(super) topology: Arc<Topology>,
    pub(super) dns: ClusterDns,
    pub(super) time: TimeScale,
    pub(super) rng: Rng,
    pub(super) workload: Workload,
}
