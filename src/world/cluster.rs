//! The cluster as its sources report it: control plane, nodes, pods, and the sources themselves.
//!
//! Each file folds its own observations and keeps the last known facts. None of them decides whether there is an
//! outage.

mod control_plane;
mod freshness;
mod nodes;
mod pods;
mod sources;

pub use control_plane::{CheckStatus, ControlPlane, DownCause, Phase, ReadyzSample};
pub use freshness::Freshness;
pub use nodes::{Node, Nodes};
pub use pods::{Pod, Pods};
pub use sources::{SourceStatus, Sources};
