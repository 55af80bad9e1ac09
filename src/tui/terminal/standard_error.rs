//! Standard error that never blocks the exit: a line that is not accepted in time is dropped.

use std::{
    io::{self, Write},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::sync_channel,
    },
    thread,
    time::Duration,
};

/// Time-out of one line. After the first time-out, no further line is tried.
const PATIENCE: Duration = Duration::from_millis(400);

/// Whether a line of this process has timed out.
static STUCK: AtomicBool = AtomicBool::new(false);

/// Standard error with a time-out of [`PATIENCE`] for each line. Whole lines are written; a flush or the drop writes
/// the rest.
#[derive(Debug, Default)]
pub struct StandardError {
    line: Vec<u8>,
}

impl StandardError {
    /// Standard error of this process.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if self.line.ends_with(b"\n") {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.line) {
            line if line.is_empty() => Ok(()),
            line => write_within(line, PATIENCE, write),
        }
    }
}

impl Drop for StandardError {
    fn drop(&mut self) {
        let _unread = self.flush();
    }
}

/// Writes on a thread of its own, and waits for `patience` at most.
///
/// # Errors
/// The write failed or timed out.
fn write_within(
    line: Vec<u8>,
    patience: Duration,
    write: impl FnOnce(&[u8]) -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    let stuck = || io::Error::new(io::ErrorKind::TimedOut, "standard error accepts no output");
    if STUCK.load(Ordering::Relaxed) {
        return Err(stuck());
    }
    let (written, end) = sync_channel(1);
    thread::Builder::new().name("standard error".to_owned()).spawn(move || {
        let _waited_for_no_longer = written.send(write(&line));
    })?;
    end.recv_timeout(patience).unwrap_or_else(|_| {
        STUCK.store(true, Ordering::Relaxed);
        Err(stuck())
    })
}

/// Writes without the lock of [`io::stderr`], so that a blocked write does not block the message of a panic.
///
/// # Errors
/// The write failed.
#[cfg(unix)]
fn write(line: &[u8]) -> io::Result<()> {
    use std::os::fd::AsFd as _;
    std::fs::File::from(io::stderr().as_fd().try_clone_to_owned()?).write_all(line)
}

#[cfg(not(unix))]
fn write(line: &[u8]) -> io::Result<()> {
    io::stderr().write_all(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_standard_error_is_waited_for_once() {
        let (never, taken) = sync_channel::<()>(0);
        let hangs = move |_: &[u8]| {
            let _ended = taken.recv();
            Ok(())
        };
        let error = write_within(b"one\n".to_vec(), Duration::from_millis(1), hangs).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let unasked = |_: &[u8]| -> io::Result<()> { unreachable!("it is known to be stuck") };
        assert!(write_within(b"two\n".to_vec(), Duration::from_secs(60), unasked).is_err());
        STUCK.store(false, Ordering::Relaxed);
        drop(never);
    }
}
