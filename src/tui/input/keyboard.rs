//! What comes from the terminal: keys, the wheel, its size.
//!
//! It is read on a thread of its own, and only when there is something to read: crossterm takes the end of a terminal for "nothing yet" and
//! reads on without end. In the session's own thread (`crossterm::event::EventStream`) that would stop the session, and with it the restore
//! of a control plane, at the moment when a terminal window is closed. Here a terminal that is gone is the end of the events.
//!
//! The size and the stops of job control come as signals, on the session's side. crossterm is built with `use-dev-tty`, because its other
//! source waits with `epoll` at edges and forgets a key that arrives together with a `SIGWINCH`.

use std::{
    io::{self, IsTerminal as _},
    thread,
};

use crossterm::event::Event;
use tokio::sync::mpsc;

/// Events that may wait for the session; more wait in the terminal.
const WAITING: usize = 256;

/// Time that crossterm gets to read what has come. It returns at once where there is something; zero would let it return without a look.
#[cfg(unix)]
const AT_ONCE: std::time::Duration = std::time::Duration::from_millis(1);

/// Time between two looks at whether the program has come back to the foreground, while somebody types to another one.
#[cfg(unix)]
const BACKGROUND: rustix::event::Timespec = rustix::event::Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// News of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalEvent {
    /// A key, the wheel, or the terminal's size.
    Event(Event),
    /// Somebody asks the program to stop, with `SIGTSTP`.
    Suspend,
    /// The program was stopped and goes on.
    Continue,
}

/// The events of the terminal that the program runs in. Dropping it ends the reading.
#[derive(Debug)]
pub struct Keyboard {
    events: mpsc::Receiver<Event>,
    #[cfg(unix)]
    signals: JobControl,
    /// Its other end is watched by the thread.
    #[cfg(unix)]
    _open: std::os::unix::net::UnixStream,
}

/// The signals that a terminal and its shell send.
#[cfg(unix)]
#[derive(Debug)]
struct JobControl {
    resized: tokio::signal::unix::Signal,
    suspend: tokio::signal::unix::Signal,
    goes_on: tokio::signal::unix::Signal,
    /// A size from before the signals were listened to is not known yet.
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
            goes_on: signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
            unmeasured: true,
        })
    }

    async fn next(&mut self) -> TerminalEvent {
        loop {
            if !std::mem::take(&mut self.unmeasured) {
                tokio::select! {
                    _ = self.suspend.recv() => return TerminalEvent::Suspend,
                    _ = self.goes_on.recv() => return TerminalEvent::Continue,
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
    /// Begins to read; needs a tokio runtime. The first event is the terminal's size.
    ///
    /// # Errors
    /// The system refuses a signal, a socket or a thread.
    pub fn open() -> io::Result<Self> {
        use std::os::unix::net::UnixStream;
        let (ours, theirs) = UnixStream::pair()?;
        let (sender, events) = mpsc::channel(WAITING);
        let signals = JobControl::listen()?;
        thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
            // whatever the terminal has said before it failed has come
            let _gone = read(&theirs, &sender);
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
        // in the background these keys are the shell's, and reading them would stop the program
        if !crate::tui::terminal::foreground() {
            let _looked_again = poll(&mut watched[..1], Some(&BACKGROUND));
            continue;
        }
        while event::poll(AT_ONCE)? {
            let event = event::read()?;
            // crossterm tells a size only after the next key; it comes by its signal here
            if !matches!(event, Event::Resize(..)) && events.blocking_send(event).is_err() {
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

    /// Waits for the next event. `None` if the terminal is gone.
    pub async fn next(&mut self) -> Option<TerminalEvent> {
        self.events.recv().await.map(TerminalEvent::Event)
    }
}
