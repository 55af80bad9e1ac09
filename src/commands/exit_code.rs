//! Exit codes besides 0 for success and 1 for failure, as `blackout --help` documents them.

/// There is no cluster or no container engine.
pub(super) const NO_CLUSTER: u8 = 3;

/// The command line is wrong.
pub(super) const WRONG_USAGE: u8 = 2;
