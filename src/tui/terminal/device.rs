//! Output side of the terminal, written without blocking on a terminal that accepts no output.
//!
//! On Unix the terminal is opened again with `O_NONBLOCK`, because on standard output that flag would also apply to the
//! shell, which shares the open file description. If the terminal cannot be opened again, standard output is used: a
//! write may then block the writer's thread, but nothing else.

use std::{io, time::Duration};

/// Interval at which a blocked write checks whether it is still wanted. A terminal that accepts output again is noticed
/// at once.
const SLICE: Duration = Duration::from_millis(25);

/// Bytes per write if writes may block, so that an abandoned write ends soon.
const BLOCKING_WRITE: usize = 1_024;

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteOutcome {
    /// All bytes were written.
    Whole,
    /// The write was abandoned.
    Cut,
}

/// Output side of the terminal.
#[derive(Debug)]
pub(super) struct Device {
    #[cfg(unix)]
    file: std::fs::File,
    #[cfg(not(unix))]
    file: io::Stdout,
    blocking: bool,
}

#[cfg(unix)]
impl Device {
    /// Opens the terminal of standard output.
    ///
    /// # Errors
    /// Standard output is closed, or the process has no descriptor left.
    pub(super) fn open() -> io::Result<Self> {
        use std::os::fd::AsFd as _;
        match reopen() {
            Some(file) => Ok(Self { file, blocking: false }),
            None => Ok(Self { file: io::stdout().as_fd().try_clone_to_owned()?.into(), blocking: true }),
        }
    }

    /// Waits until the terminal accepts output, for [`SLICE`] at most.
    ///
    /// # Errors
    /// The terminal is gone.
    fn wait(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let slice = Timespec { tv_sec: 0, tv_nsec: i64::from(SLICE.subsec_nanos()) };
        let mut watched = [PollFd::new(&self.file, PollFlags::OUT)];
        match poll(&mut watched, Some(&slice)) {
            Err(rustix::io::Errno::INTR) => Ok(()),
            // some systems cannot poll a terminal; the write is then retried once a slice
            Ok(_) if watched[0].revents().contains(PollFlags::NVAL) => {
                std::thread::sleep(SLICE);
                Ok(())
            }
            polled => Ok(polled.map(|_| ())?),
        }
    }

    /// Discards output that the terminal has not read yet.
    pub(super) fn discard_unread(&self) {
        // in the background this would stop the process with SIGTTOU
        if foreground() {
            let _refused = rustix::termios::tcflush(&self.file, rustix::termios::QueueSelector::OFlush);
        }
    }
}

#[cfg(not(unix))]
impl Device {
    /// Opens the terminal of standard output.
    ///
    /// # Errors
    /// None here; other systems may refuse.
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self { file: io::stdout(), blocking: true })
    }

    fn wait(&self) -> io::Result<()> {
        std::thread::sleep(SLICE);
        Ok(())
    }

    /// Discards unread output; not possible on this system.
    pub(super) fn discard_unread(&self) {}
}

impl Device {
    /// Writes `bytes`. `given_up` is called once per [`SLICE`] without progress; the write is abandoned if it is true.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn write(&mut self, mut bytes: &[u8], mut given_up: impl FnMut() -> bool) -> io::Result<WriteOutcome> {
        use io::Write as _;
        while !bytes.is_empty() {
            let piece = if self.blocking { &bytes[..bytes.len().min(BLOCKING_WRITE)] } else { bytes };
            match self.file.write(piece) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => {
                    bytes = &bytes[taken..];
                    if self.blocking && !bytes.is_empty() && given_up() {
                        return Ok(WriteOutcome::Cut);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if given_up() {
                        return Ok(WriteOutcome::Cut);
                    }
                    self.wait()?;
                }
                Err(error) => return Err(error),
            }
        }
        self.file.flush()?;
        Ok(WriteOutcome::Whole)
    }

    /// Writes `bytes`, and abandons the write after `patience` without progress.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn write_within(&mut self, bytes: &[u8], patience: Duration) -> io::Result<WriteOutcome> {
        let mut slices = patience.as_millis() / SLICE.as_millis();
        self.write(bytes, || {
            let over = slices == 0;
            slices = slices.saturating_sub(1);
            over
        })
    }
}

/// Opens the terminal of standard output again, for this process alone. `None` if that is not possible.
#[cfg(unix)]
fn reopen() -> Option<std::fs::File> {
    use std::os::unix::{ffi::OsStrExt as _, fs::OpenOptionsExt as _};
    let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits();
    let open =
        |path: &std::path::Path| std::fs::File::options().write(true).custom_flags(flags.cast_signed()).open(path).ok();
    // `/dev/tty` can be opened even if another user owns the terminal, as after `sudo -u`. It is the terminal of
    // standard output if that has a foreground group, which only the controlling terminal has.
    if rustix::termios::tcgetpgrp(io::stdout()).is_ok()
        && let Some(file) = open(std::path::Path::new("/dev/tty"))
    {
        return Some(file);
    }
    let name = rustix::termios::ttyname(io::stdout(), Vec::new()).ok()?;
    open(std::path::Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())))
}

/// Whether this process is in the foreground of the terminal. In the background, reading keys or changing settings
/// would stop it.
#[cfg(unix)]
pub(crate) fn foreground() -> bool {
    // a terminal that is not the controlling one has no foreground
    rustix::termios::tcgetpgrp(io::stdout()).map_or(true, |group| group == rustix::process::getpgrp())
}

/// Whether this process is in the foreground: always, without job control.
#[cfg(not(unix))]
pub(crate) fn foreground() -> bool {
    true
}

/// Columns and rows of the terminal. `None` if the system does not know them.
pub(crate) fn size() -> Option<(u16, u16)> {
    #[cfg(unix)]
    let (columns, rows) = rustix::termios::tcgetwinsize(io::stdout()).map(|size| (size.ws_col, size.ws_row)).ok()?;
    #[cfg(not(unix))]
    let (columns, rows) = crossterm::terminal::size().ok()?;
    (columns > 0 && rows > 0).then_some((columns, rows))
}
