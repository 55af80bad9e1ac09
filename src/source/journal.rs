//! Kubelet journal of one worker, read inside the worker's container, without the API server.
//!
//! Lines reach the session whole, once and in order: a stream that ended is resumed at the cursor of the last line. So
//! is a stream that is silent while the API server is down, or was open during a sleep of the machine, because its
//! connection may be dead. Reading never waits for the session: lines that do not fit are dropped in whole batches and
//! counted. No `journalctl` outlives this program, because its command ends with its standard input. Lines are passed
//! on as they are.

mod checkpoint;
mod command;
mod container;
mod error;
mod journal_source;
mod line_splitter;
mod silence_timer;

use super::{context::SourceContext, reporter::SourceReporter};
use crate::{engine::Engine, observation::SourceId};
use journal_source::JournalSource;

/// Number of earlier lines to begin with, so that the screen is not empty.
pub const HISTORY: u32 = 200;

/// Follows a worker's journal until the source is cancelled or the session has ended. `worker` is the name of its
/// container; `history` is the number of earlier lines to begin with.
pub async fn run(context: SourceContext, engine: Engine, worker: String, history: u32) {
    let reporter = SourceReporter::new(&context, SourceId::Journal(worker.clone()));
    // Handles the cancellation itself, because the command in the container has to end first.
    let _session_ended = JournalSource::new(context, engine, worker, history, reporter).run().await;
}
