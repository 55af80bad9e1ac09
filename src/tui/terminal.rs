//! Terminal: raw mode and the alternate screen, entered in one place and restored on every way out.
//!
//! A [`Screen`] enters both and restores them when it is dropped; the panic hook restores them before a message is
//! printed. A frame is drawn into memory and passed to the thread of [`writer`], so nothing here blocks on a terminal
//! that accepts no output. Only restoring it waits, for a bounded time. Mouse capture is off until it is asked for.

mod device;
mod standard_error;
mod writer;

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crossterm::terminal::{self, disable_raw_mode, enable_raw_mode};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};

pub(crate) use device::{foreground, size};
pub use standard_error::StandardError;
use writer::Writer;

use super::input::keyboard::has_keyboard;

/// Writer of the open screen, for the panic hook. `None` while no screen is open.
static OPEN_WRITER: Mutex<Option<Writer>> = Mutex::new(None);

/// Error of opening the terminal.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// Standard output or input is not a terminal.
    #[error("{0} is not a terminal; use --headless to print the story as JSON lines")]
    NoTerminal(&'static str),
    /// A terminal operation failed.
    #[error("the terminal cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// Processes that a suspend stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspendScope {
    /// The process group, as Ctrl-Z does: a shell waits for the whole job.
    Group,
    /// This process alone, because a signal to it asked for it.
    Process,
}

/// The terminal while the dashboard has it.
#[derive(Debug)]
pub struct Screen {
    writer: Writer,
    size: Size,
    /// Whether this process has the terminal; it does not while it runs in the background.
    taken: bool,
    /// Whether nothing was drawn since the terminal was taken.
    undrawn: bool,
}

impl Screen {
    /// Takes the terminal for the dashboard.
    ///
    /// # Errors
    /// Standard output is not a terminal, there is none to read keys from, or raw mode is refused.
    pub fn open() -> Result<Self, TerminalError> {
        if !io::stdout().is_terminal() {
            return Err(TerminalError::NoTerminal("standard output"));
        }
        if !has_keyboard() {
            return Err(TerminalError::NoTerminal("standard input"));
        }
        let (columns, rows) = terminal::size()?;
        enable_raw_mode()?;
        let writer = Writer::start().inspect_err(|_| {
            let _gone = disable_raw_mode();
        })?;
        // from here on, every way out restores the terminal
        *open_writer() = Some(writer.clone());
        Ok(Self { writer, size: Size::new(columns, rows), taken: true, undrawn: true })
    }

    /// Last known size of the terminal.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Whether the process runs in the background. A frame then only checks whether it still does.
    pub fn in_background(&self) -> bool {
        !self.taken
    }

    /// Sets the size of the terminal; the next frame is drawn whole.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.writer.repaint();
    }

    /// Draws one frame. The writer shows it as soon as the terminal accepts output, unless a newer one replaces it.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, view: impl FnOnce(Rect, &mut Buffer)) -> io::Result<()> {
        // moves the log lines since the last frame to where the log overlay reads them
        tui_logger::move_events();
        if !self.taken && !self.resume()? {
            return Ok(());
        }
        self.measure();
        let area = Rect::new(0, 0, self.size.width, self.size.height);
        let mut frame = self.writer.spare();
        frame.resize(area);
        frame.reset();
        view(area, &mut frame);
        self.undrawn = false;
        self.writer.show(frame)
    }

    /// Turns mouse capture on or off.
    pub fn set_mouse(&mut self, on: bool) {
        self.writer.set_mouse(on);
    }

    /// Restores the terminal and stops the process, as Ctrl-Z does. Returns when the process continues, with the
    /// terminal taken again if that is in the foreground; else a later [`Self::draw`] takes it.
    ///
    /// # Errors
    /// The terminal refuses raw mode.
    pub fn suspend(&mut self, stopped: SuspendScope) -> io::Result<()> {
        self.taken = false;
        self.writer.give_back();
        leave_raw_mode();
        stop(stopped);
        self.resume().map(|_| ())
    }

    /// Takes the terminal again after a stop; `true` if the process has it. Another process may have changed its
    /// settings, content and size.
    ///
    /// # Errors
    /// The terminal refuses raw mode.
    pub fn resume(&mut self) -> io::Result<bool> {
        if self.taken && self.undrawn {
            return Ok(true);
        }
        self.taken = foreground();
        if self.taken {
            // crossterm would otherwise restore the settings from before the stop
            disable_raw_mode()?;
            enable_raw_mode()?;
            self.measure();
            self.writer.take();
            self.undrawn = true;
        } else {
            self.writer.lose();
        }
        Ok(self.taken)
    }

    /// Asks the terminal for its size.
    fn measure(&mut self) {
        if let Some((columns, rows)) = size()
            && Size::new(columns, rows) != self.size
        {
            self.resize(Size::new(columns, rows));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn open_writer() -> MutexGuard<'static, Option<Writer>> {
    OPEN_WRITER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminal, within a second even if it accepts no output. Does nothing if no screen is open.
pub fn give_back() {
    let writer = open_writer().take();
    if let Some(writer) = writer {
        writer.give_back();
        writer.close();
        leave_raw_mode();
    }
}

fn leave_raw_mode() {
    // in the background this would stop the process with SIGTTOU, and the settings are not ours
    if foreground() {
        // the terminal may be gone
        let _gone = disable_raw_mode();
    }
}

/// Stops the process until it is continued.
#[cfg(unix)]
fn stop(stopped: SuspendScope) {
    use rustix::process::{Signal, getpgrp, getpid, kill_process, kill_process_group};
    // not SIGTSTP, which this process catches
    let _refused = match stopped {
        SuspendScope::Group => kill_process_group(getpgrp(), Signal::STOP),
        SuspendScope::Process => kill_process(getpid(), Signal::STOP),
    };
}

/// Does nothing on systems without job control.
#[cfg(not(unix))]
fn stop(_: SuspendScope) {}

/// Installs a panic hook. A panic of the thread that draws restores the terminal before it is printed. A panic of any
/// other thread ends only a task, so it is logged; printed, it would overwrite the screen.
pub fn install_panic_hook() {
    let drawing = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        let current = std::thread::current();
        if current.id() == drawing {
            give_back();
        }
        if open_writer().is_some() {
            tracing::error!("a task crashed: {panic}");
            return;
        }
        // the default hook blocks forever on a terminal that accepts no output
        let name = current.name().unwrap_or("unnamed");
        let backtrace = std::backtrace::Backtrace::capture();
        let _unread = match backtrace.status() {
            std::backtrace::BacktraceStatus::Captured => {
                writeln!(StandardError::new(), "\nthread '{name}' {panic}\n{backtrace}")
            }
            _ => writeln!(StandardError::new(), "\nthread '{name}' {panic}"),
        };
    }));
}
