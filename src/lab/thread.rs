//! The lab's own thread: everything in a lab runs on it, beside the threads of the program that watches it.
//!
//! A lab is hundreds of tasks that wake each other for microseconds. On one thread that needs no help of the system,
//! which would be most of what an idle lab costs, and a lab that is busy takes no turn from the sources. The thread
//! ends with the lab's token, and with it every task, socket and port.

use std::{io, thread};

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

/// Starts it; what is spawned on the handle lives no longer than `life`.
pub(super) fn start(life: CancellationToken) -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("lab".to_owned()).spawn(move || {
        runtime.block_on(life.cancelled());
        // nothing in a lab blocks: its tasks are dropped here and now
        drop(runtime);
    })?;
    Ok(handle)
}
