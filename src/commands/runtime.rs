//! The tokio runtime of a command that talks to the network.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Duration,
};

use anyhow::Context as _;

/// Worker threads for the sources of a real cluster: one that is stuck in a system call does not hold up the other.
pub(super) const SOURCE_THREADS: usize = 2;

/// Worker threads for a lab and the sources that watch it. Hundreds of tasks exchange messages there; waking a second
/// thread for each message was most of the CPU time of an idle lab.
pub(super) const LAB_THREADS: usize = 1;

/// Time that the runtime's threads get to end. A thread that is stuck in a system call, such as a read from a disk that
/// does not answer, ends with the process.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(100);

/// Runs `program` to its end on this thread, with `threads` worker threads for the tasks that it spawns.
///
/// # Errors
/// The runtime cannot start, or the error of `program`.
pub(super) fn block_on<T>(threads: usize, program: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("source")
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    // dropping a runtime waits for its threads without a bound, also during a panic
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(program)));
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    result.unwrap_or_else(|panic| resume_unwind(panic))
}
