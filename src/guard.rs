//! The guard: keeps the promise that a control plane that was taken away comes back.
//!
//! Before the first fault the dashboard starts this program a second time, as `blackout guard` ([`process`]), in a
//! session of its own, and keeps one end of a pipe to it ([`Guard`]). The guard injects the faults that it is asked for
//! and writes each to disk before it asks the engine ([`Intent`]). It brings the control plane back when the pipe ends
//! without a release, when the wall clock passes the deadline, or when it is asked to; it waits until `/readyz` answers
//! 200, deletes the intent and ends. Nothing that happens to the dashboard, its terminal, its tape or its runtime
//! reaches it.
//!
//! The dashboard never starts, unpauses or connects a container itself. If no process can be started, the same
//! [`Supervisor`] runs inside the dashboard, and the dashboard shows that.
//!
//! | file | is |
//! |---|---|
//! | `client` | the dashboard's end: starts a guard, sends requests, receives reports |
//! | `protocol` | requests and reports, one JSON object a line |
//! | `process` | the guard's end: standard input and output, signals |
//! | `supervisor` | the state machine: one fault, its claim, its restore |
//! | `claim_state` | whether a fault is still this guard's to undo: pure |
//! | `restore` | one restore: attempts with a backoff until `/readyz` answers 200 |
//! | `restore_all` | `blackout restore`: the same without a dashboard |
//! | `intent`, `intent_lock` | the fault on disk, and the lock that says who guards it |

mod claim_state;
mod client;
mod intent;
mod intent_lock;
mod process;
mod protocol;
mod report_sender;
mod restore;
mod restore_all;
mod supervisor;

pub use client::{Guard, GuardMode};
pub use intent::{Intent, IntentError};
pub use intent_lock::IntentLock;
pub use process::{GuardProcessError, leave_terminal_session, serve};
pub use protocol::{Assignment, GuardReport, GuardRequest};
pub use restore::RestoreError;
pub use restore_all::{NodeRestore, restore_all};
pub use supervisor::{RestorePolicy, Supervisor};
