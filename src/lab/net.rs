//! The lab's network on the loopback: ports that can be opened, closed and frozen, and the API server's connections.

pub(super) mod handshake;
pub(super) mod port;
pub(super) mod server;
