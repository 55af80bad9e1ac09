//! Keyboard: keys, wheel, size and job control of the terminal, as a stream of events.
//!
//! A thread of its own reads the terminal, and only when poll reports input: crossterm takes the end of a terminal for
//! "nothing yet" and reads on forever. In the session's thread (`crossterm::event::EventStream`) that would block the
//! session, and with it the restore of a control plane, as soon as a terminal window is closed. Here the stream ends
//! when the terminal is gone.
//!
//! Size and job control arrive as signals, on the session's side. crossterm is built with `use-dev-tty`, because its
//! other source uses edge-triggered `epoll` and drops a key that arrives together with a `SIGWINCH`.

use std::{
    io::{self, IsTerminal as _},
    thread,
};

use crossterm::event::Event;
use tokio::sync::mpsc;

/// Capacity of the event queue; further events wait in the terminal.
const QUEUE: usize = 256;

/// Time-out of crossterm's poll once input is reported. With zero it would return without reading.
#[cfg(unix)]
const READ_TIMEOUT: std::time::Duration = std::time::Duration::from_millis(1);

/// Interval at which a process in the background checks whether it is in the foreground again, while keys arrive.
#[cfg(unix)]
const FOREGROUND_CHECK: rustix::event::Timespec = rustix::event::Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// An event of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalEvent {
    /// A key, the mouse, or a resize.
    Event(Event),
    /// `SIGTSTP` arrived: suspend the process.
    Suspend,
    /// `SIGCONT` arrived: the process was stopped and continues.
    Continue,
}

/// Stream of the events of the controlling terminal. Dropping it ends the thread that reads.
#[derive(Debug)]
pub struct Keyboard {
    events: mpsc::Receiver<Event>,
    #[cfg(unix)]
    signals: JobControl,
    /// Closing this end tells the thread to exit.
    #[cfg(unix)]
    _open: std::os::unix::net::UnixStream,
}

/// Signals for resizes and job control.
#[cfg(unix)]
#[derive(Debug)]
struct JobControl {
    resized: tokio::signal::unix::Signal,
    suspend: tokio::signal::unix::Signal,
    continued: tokio::signal::unix::Signal,
    /// Whether the size has not been reported yet.
    unmeasured: bool,
}

#[cfg(unix)]
impl JobControl {
    fn listen() -> io::Result<Self> {
        use rustix::process::Signal;
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            resized: signal(SignalKind::window_change())?,
            suspend: signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            continued: signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
            unmeasured: true,
        })
    }

    async fn next(&mut self) -> TerminalEvent {
        loop {
            if !std::mem::take(&mut self.unmeasured) {
                tokio::select! {
                    _ = self.suspend.recv() => return TerminalEvent::Suspend,
                    _ = self.continued.recv() => return TerminalEvent::Continue,
                    _ = self.resized.recv() => {}
                }
            }
            if let Some((columns, rows)) = crate::tui::terminal::size() {
                return TerminalEvent::Event(Event::Resize(columns, rows));
            }
        }
    }
}

#[cfg(unix)]
impl Keyboard {
    /// Starts reading. Needs a tokio runtime. The first event is the size of the terminal.
    ///
    /// # Errors
    /// The system refuses a signal handler, a socket pair or a thread.
    pub fn open() -> io::Result<Self> {
        use std::os::unix::net::UnixStream;
        let (ours, theirs) = UnixStream::pair()?;
        let (sender, events) = mpsc::channel(QUEUE);
        let signals = JobControl::listen()?;
        thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
            // all events before the error were sent
            let _error = read(&theirs, &sender);
        })?;
        Ok(Self { events, signals, _open: ours })
    }

    /// Waits for the next event. `None` if the terminal is gone.
    pub async fn next(&mut self) -> Option<TerminalEvent> {
        tokio::select! {
            biased;
            event = self.events.recv() => event.map(TerminalEvent::Event),
            input = self.signals.next() => Some(input),
        }
    }
}

/// Reads events until the terminal is gone or the keyboard is dropped.
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
        // in the background, reading would stop the process with SIGTTIN
        if !crate::tui::terminal::foreground() {
            let _closed = poll(&mut watched[..1], Some(&FOREGROUND_CHECK));
            continue;
        }
        while event::poll(READ_TIMEOUT)? {
            let event = event::read()?;
            // crossterm reports a resize only after the next key; the signal reports it at once
            if !matches!(event, Event::Resize(..)) && events.blocking_send(event).is_err() {
                return Ok(());
            }
        }
    }
}

/// The terminal that crossterm reads: standard input, or `/dev/tty` if standard input is redirected.
///
/// # Errors
/// Neither is a terminal.
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
    /// Starts the thread that reads.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn open() -> io::Result<Self> {
        let (sender, events) = mpsc::channel(QUEUE);
        thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
            while let Ok(event) = crossterm::event::read() {
                if sender.blocking_send(event).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { events })
    }

    /// Waits for the next event. `None` if the terminal is gone.
    pub async fn next(&mut self) -> Option<TerminalEvent> {
        self.events.recv().await.map(TerminalEvent::Event)
    }
}
