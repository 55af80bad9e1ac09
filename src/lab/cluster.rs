//! The cluster that the lab simulates: its nodes, pods, names and version, the Kubernetes objects made from them, and
//! the store that holds these.

pub(super) mod dns;
pub(super) mod object_kind;
pub(super) mod objects;
pub(super) mod populate;
pub(super) mod selector;
pub(super) mod store;
pub(super) mod topology;
pub(super) mod version;
