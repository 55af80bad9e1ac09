//! Standard error for the words on the way out: a terminal that takes nothing does not keep the program from ending.

use std::{
    io::{self, Write},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::sync_channel,
    },
    thread,
    time::Duration,
};

/// Time that one line gets. The first that is not taken within it is the last one tried.
const PATIENCE: Duration = Duration::from_millis(400);

/// Whether a line was not taken in time, by any writer of this process.
static STUCK: AtomicBool = AtomicBool::new(false);

/// Standard error, line by line, each waited for [`PATIENCE`] at most; whole lines only, or what a flush or the drop
/// finds.
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

/// Writes on a thread of its own, and stops waiting for that after `patience`.
fn write_within(
    line: Vec<u8>,
    patience: Duration,
    write: impl FnOnce(&[u8]) -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    let stuck = || io::Error::new(io::ErrorKind::TimedOut, "standard error takes nothing");
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

/// Writes past the lock of [`io::stderr`]: whoever is stuck here must not hold up a panic's message.
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
    fn a_line_that_nobody_takes_is_waited_for_once() {
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
