//! What comes from the terminal: keys, the wheel, its size.
//!
//! It is read on a thread of its own, and only when there is something to read: crossterm takes the end of a terminal for "nothing yet" and
//! reads on without end. In the session's own thread (`crossterm::event::EventStream`) that would stop the session, and with it the restore
//! of a control plane, at the moment when a terminal window is closed. Here a terminal that is gone is the end of the events.

use std::{
    io::{self, IsTerminal as _},
    thread,
};

use crossterm::{event::Event, terminal};
use tokio::sync::mpsc;

/// Events that may wait for the session; more wait in the terminal.
const WAITING: usize = 256;

/// The events of the terminal that the program runs in. Dropping it ends the reading.
#[derive(Debug)]
pub struct Keyboard {
    events: mpsc::Receiver<Event>,
    #[cfg(unix)]
    resized: tokio::signal::unix::Signal,
    /// Its other end is watched by the thread.
    #[cfg(unix)]
    _open: std::os::unix::net::UnixStream,
}

#[cfg(unix)]
impl Keyboard {
    /// Begins to read; needs a tokio runtime.
    ///
    /// # Errors
    /// The system refuses a signal, a socket or a thread.
    pub fn open() -> io::Result<Self> {
        use std::os::unix::net::UnixStream;
        let (ours, theirs) = UnixStream::pair()?;
        let (sender, events) = mpsc::channel(WAITING);
        let resized = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::window_change())?;
        thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
            // whatever the terminal has said before it failed has come
            let _gone = read(&theirs, &sender);
        })?;
        Ok(Self { events, resized, _open: ours })
    }

    /// Waits for the next event; nothing when the terminal is gone.
    pub async fn next(&mut self) -> Option<Event> {
        tokio::select! {
            biased;
            event = self.events.recv() => event,
            Some(()) = self.resized.recv() => {
                let (columns, rows) = terminal::size().ok()?;
                Some(Event::Resize(columns, rows))
            }
        }
    }
}

/// Reads until the terminal is gone or the keyboard is dropped.
#[cfg(unix)]
fn read(open: &std::os::unix::net::UnixStream, events: &mpsc::Sender<Event>) -> io::Result<()> {
    use crossterm::event;
    use rustix::event::{PollFd, PollFlags, poll};
    let terminal = terminal_read_from()?;
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    loop {
        let mut watched = [PollFd::new(open, PollFlags::IN), PollFd::new(&terminal, PollFlags::IN)];
        match poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => continue,
            polled => polled?,
        };
        if !watched[0].revents().is_empty() || watched[1].revents().intersects(gone) {
            return Ok(());
        }
        while event::poll(std::time::Duration::ZERO)? {
            if events.blocking_send(event::read()?).is_err() {
                return Ok(());
            }
        }
    }
}

/// The terminal that crossterm reads: standard input, or that of the process where a tape comes from there.
#[cfg(unix)]
fn terminal_read_from() -> io::Result<std::os::fd::OwnedFd> {
    use std::os::fd::AsFd as _;
    let stdin = io::stdin();
    if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned() } else { Ok(std::fs::File::open("/dev/tty")?.into()) }
}

/// Whether there is a terminal to read keys from.
pub fn has_keyboard() -> bool {
    #[cfg(unix)]
    return terminal_read_from().is_ok();
    #[cfg(not(unix))]
    io::stdin().is_terminal()
}

#[cfg(not(unix))]
impl Keyboard {
    /// Begins to read.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn open() -> io::Result<Self> {
        let (sender, events) = mpsc::channel(WAITING);
        thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
            while let Ok(event) = crossterm::event::read() {
                if sender.blocking_send(event).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { events })
    }

    /// Waits for the next event; nothing when the terminal is gone.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}
