//! Identifiers of the panes, and their order.

/// Identifier of a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaneId {
    /// Container, port and health checks of the control plane.
    ControlPlane,
    /// Lanes, and the list of journal entries.
    Kubelets,
    /// Answers of the workload, worker by worker.
    Httpbin,
    /// Nodes as the API server, the engine and the requests see them.
    Nodes,
    /// Pods as the API server last listed them.
    Pods,
    /// Backoff of the retry loops.
    Retries,
}

impl PaneId {
    /// Every pane, in the order of `Tab`.
    pub const ALL: [Self; 6] =
        [Self::ControlPlane, Self::Kubelets, Self::Nodes, Self::Pods, Self::Httpbin, Self::Retries];

    /// Index in an array with one element for each pane.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}
