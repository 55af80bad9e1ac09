//! Live sources of observations.
//!
//! Each source is a `run` function that sends facts through the session's feed and reports its own health whenever that
//! changes. An error never ends a source: in an outage errors are the data. It ends when it is cancelled or the session
//! has ended.
//!
//! No source knows another. Facts that several of them need travel over watch channels in [`SourceContext`]: the
//! cluster ([`ClusterView`]), the state of the API server ([`ApiServerSignals`]), and the end of a sleep of the
//! machine, after which connections from before may be dead.

pub mod access;
pub mod docker;
pub mod health;
pub mod journal;
pub mod kubernetes;
pub mod runtime;
pub mod traffic;

mod backoff;
mod context;
mod failure;
mod notifier;
mod reporter;

pub use context::{ApiServerSignals, ClusterView, SourceContext};
pub use notifier::{NotificationReceiver, Notifier};
