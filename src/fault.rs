//! Faults of the control plane, and their undoing, through the container engine.
//!
//! Each action inspects the container first and then uses its id, so that a container without the labels of the chosen
//! cluster's control plane is never touched. The confirmation is up to the caller; retries and waiting for readiness
//! are up to the guard.

mod error;
mod injector;
mod manifest;
mod network;
mod network_address;
mod restore;
mod target;

pub use error::FaultError;
pub use injector::{FaultInjector, STOP_SECONDS};
pub use network_address::NetworkAddress;
pub use target::ContainerTarget;
