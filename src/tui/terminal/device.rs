//! The output end of the terminal, written without waiting for a terminal that takes nothing.
//!
//! On Unix the terminal is opened once more with `O_NONBLOCK`, because that flag on standard output itself would also
//! hold for the shell, which shares its open file description. Where the terminal cannot be opened again, standard
//! output is written as it is: a write may then block, and only the writer's thread waits for it.

use std::{io, time::Duration};

/// Time between two looks at whether a write that does not proceed is still wanted. A terminal that takes output again
/// is noticed at once.
const SLICE: Duration = Duration::from_millis(25);

/// Bytes per write where a write may block: one that is given up ends after this many.
const BLOCKING_WRITE: usize = 1_024;

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteOutcome {
    /// All bytes were taken.
    Whole,
    /// The write was given up before that.
    Cut,
}

/// The output end of the terminal.
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

    /// Waits until the terminal may take output again, [`SLICE`] at most.
    fn wait(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let slice = Timespec { tv_sec: 0, tv_nsec: i64::from(SLICE.subsec_nanos()) };
        let mut watched = [PollFd::new(&self.file, PollFlags::OUT)];
        match poll(&mut watched, Some(&slice)) {
            Err(rustix::io::Errno::INTR) => Ok(()),
            // some systems cannot poll a terminal: the write itself is then tried once a slice
            Ok(_) if watched[0].revents().contains(PollFlags::NVAL) => {
                std::thread::sleep(SLICE);
                Ok(())
            }
            polled => Ok(polled.map(|_| ())?),
        }
    }

    /// Throws away what was written and nobody has read yet.
    pub(super) fn discard_unread(&self) {
        // asked from the background, it would stop the program
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

    /// Throws away what was written and nobody has read yet; not possible here.
    pub(super) fn discard_unread(&self) {}
}

impl Device {
    /// Writes `bytes`, until `given_up` is true for a terminal that takes nothing. `given_up` is asked once per
    /// [`SLICE`] without progress.
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

    /// Writes `bytes`, giving up after `patience` without progress.
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

/// Opens the terminal of standard output again, for this program alone. `None` if that is not possible.
#[cfg(unix)]
fn reopen() -> Option<std::fs::File> {
    use std::os::unix::{ffi::OsStrExt as _, fs::OpenOptionsExt as _};
    let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits();
    let open =
        |path: &std::path::Path| std::fs::File::options().write(true).custom_flags(flags.cast_signed()).open(path).ok();
    // `/dev/tty` may be opened whoever owns the terminal, as after `sudo -u`; it is standard output's terminal where
    // that is the controlling one, and only for that does the system tell the foreground group
    if rustix::termios::tcgetpgrp(io::stdout()).is_ok()
        && let Some(file) = open(std::path::Path::new("/dev/tty"))
    {
        return Some(file);
    }
    let name = rustix::termios::ttyname(io::stdout(), Vec::new()).ok()?;
    open(std::path::Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())))
}

/// Whether the terminal's keys and settings are this program's. A program in the background that touches either is
/// stopped by the system.
#[cfg(unix)]
pub(crate) fn foreground() -> bool {
    // a terminal that is not the controlling one has no foreground
    rustix::termios::tcgetpgrp(io::stdout()).map_or(true, |group| group == rustix::process::getpgrp())
}

/// Whether the terminal is this program's: always, where there is no job control.
#[cfg(not(unix))]
pub(crate) fn foreground() -> bool {
    true
}

/// Columns and rows of the terminal, as the system knows them. `None` if it does not say.
pub(crate) fn size() -> Option<(u16, u16)> {
    #[cfg(unix)]
    let (columns, rows) = rustix::termios::tcgetwinsize(io::stdout()).map(|size| (size.ws_col, size.ws_row)).ok()?;
    #[cfg(not(unix))]
    let (columns, rows) = crossterm::terminal::size().ok()?;
    (columns > 0 && rows > 0).then_some((columns, rows))
}
