//! The phases in the start of an API server, as its clients see them.

/// How far the start of the API server has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) enum ServingPhase {
    /// The port is open, and nothing is read: the TLS handshake hangs.
    Silent,
    /// The RBAC roles are not loaded: every request is answered with 403.
    Forbidding,
    /// Requests are served, and some health checks fail.
    Failing,
    Ready,
}
