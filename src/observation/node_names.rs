//! Names of the nodes that an observation is about, for limits on their number.

use super::{
    fact::Observation,
    journal::JournalLine,
    source::{SourceId, SourceReport},
};

impl Observation {
    /// Calls `visit` with the name of each node or worker that the observation names.
    pub fn for_each_node_name(&self, mut visit: impl FnMut(&str)) {
        match self {
            Self::Cluster(cluster) => cluster.nodes.iter().for_each(|node| visit(&node.name)),
            Self::Container(state) => visit(&state.node),
            Self::EngineEvent(event) => visit(&event.node),
            Self::Journal(JournalLine { worker, .. }) | Self::JournalDropped { worker, .. } => visit(worker),
            Self::Node(fact) => visit(&fact.name),
            Self::Lease { node, .. } => visit(node),
            Self::Runtime(probe) => visit(&probe.worker),
            Self::Traffic(probe) => visit(&probe.worker),
            Self::Source(SourceReport { source: SourceId::Journal(worker), .. }) => visit(worker),
            Self::Pod(_)
            | Self::Gone { .. }
            | Self::Listed(_)
            | Self::Health(_)
            | Self::Write(_)
            | Self::Leader(_)
            | Self::Source(_)
            | Self::Operator(_)
            | Self::TimeJump(_)
            | Self::Mark { .. } => {}
        }
    }
}
