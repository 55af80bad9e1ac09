//! How a kubelet tries again: the waits between its tries, and failures that it logs twice.

pub(crate) mod duplicate;
pub(crate) mod schedule;
