//! The guard: what keeps the promise that a control plane that was taken away comes back.
//!
//! Before the first fault the dashboard starts this program once more, as `blackout guard` ([`process`]), in a session
//! of its own, and keeps one end of a pipe to it ([`Guard`]). The guard does the faults that it is asked for and
//! remembers each on disk before it is done ([`Intent`]). It brings the control plane back when the pipe ends without a
//! release, when the wall clock passes the deadline, or when it is asked; it waits until `/readyz` is 200, removes the
//! intent and ends. Nothing that happens to the dashboard, its terminal, its tape or its runtime reaches it.
//!
//! The dashboard never starts, unpauses or connects a container itself. Where no process can be started, the same
//! [`Supervisor`] runs inside the dashboard, which says so.

mod claim_state;
mod client;
mod intent;
mod process;
mod protocol;
mod restore;
mod restore_all;
mod supervisor;

pub use client::{Guard, GuardMode};
pub use intent::{Intent, IntentError, IntentLock};
pub use process::{GuardProcessError, leave_terminal_session, serve};
pub use protocol::{Assignment, GuardReport, GuardRequest};
pub use restore::RestoreError;
pub use restore_all::{NodeRestore, restore_all};
pub use supervisor::{RestorePolicy, Supervisor};
