//! How a kubelet tries again: the waits that its source promises, and failures that are reported twice.

pub(crate) mod duplicate;
pub(crate) mod schedule;
