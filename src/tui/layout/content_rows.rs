//! Row counts of the content: the only input of the layout besides the size and the zoom.

use std::collections::BTreeSet;

use crate::{
    tui::model::pane_id::PaneId,
    world::{LaneId, World},
};

/// How many rows each kind of content has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRows {
    /// Lanes: the usual ones, and those of the others that were lit.
    pub(crate) lanes: usize,
    /// Nodes, control plane included.
    pub(crate) nodes: usize,
    /// Workers that receive requests.
    pub(crate) workers: usize,
    /// Pods that the API server listed.
    pub(crate) pods: usize,
    /// Retry loops with at least one wait: one for each activity and resource.
    pub(crate) retries: usize,
}

impl ContentRows {
    /// The row counts of a world.
    pub(crate) fn of(world: &World) -> Self {
        let outage = world.last_outage();
        let unusual =
            outage.map_or(0, |outage| outage.lanes.iter().filter(|(id, _)| !LaneId::USUAL.contains(id)).count());
        let loops = outage.into_iter().flat_map(|outage| outage.retries.iter());
        let retries: BTreeSet<_> =
            loops.filter(|(_, tries)| !tries.gaps.is_empty()).map(|(id, _)| (id.activity, &id.resource)).collect();
        Self {
            lanes: LaneId::USUAL.len() + unusual,
            nodes: world.nodes.iter().count(),
            workers: world.traffic.iter().count(),
            pods: world.pods.len(),
            retries: retries.len(),
        }
    }

    /// Rows that scroll in a pane. The list of entries has its own positions.
    pub(crate) fn of_pane(&self, pane: PaneId) -> usize {
        match pane {
            PaneId::Nodes => self.nodes,
            PaneId::Pods => self.pods,
            PaneId::Retries => self.retries,
            PaneId::ControlPlane | PaneId::Kubelets | PaneId::Httpbin => 0,
        }
    }
}
