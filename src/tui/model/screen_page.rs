//! Pages in place of the panes.

/// Page in place of the panes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ScreenPage {
    /// No page: the panes themselves.
    #[default]
    Dashboard,
    /// The container engine does not answer.
    NoEngine {
        /// Message for the operator: what happened and what to do.
        error: String,
    },
    /// The engine has no kind cluster, or not the requested one.
    NoCluster {
        /// Name of the requested cluster. `None` if any would do.
        wanted: Option<String>,
        /// Names of the clusters that the engine has.
        found: Vec<String>,
    },
    /// The engine has several clusters, and none was requested.
    Choose {
        /// Names of the clusters.
        clusters: Vec<String>,
        /// Index of the selected cluster.
        selected: usize,
    },
}
