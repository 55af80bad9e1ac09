//! The terminal: taken in one place, and given back as it was whatever happens.
//!
//! A [`Screen`] takes raw mode and the alternate screen, and gives both back when it is dropped. A panic anywhere gives
//! them back before its message is printed. A frame is drawn into memory and handed to the thread of [`writer`]: nothing
//! here waits for a terminal that takes no output, but for giving it back, which is bounded. The terminal asks nothing
//! of the mouse until it is told to.

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

/// The writer of the screen that is taken: what the panic hook has to give back.
static TAKEN: Mutex<Option<Writer>> = Mutex::new(None);

/// Why the terminal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// Standard output or input is no terminal.
    #[error(
        "{0} is no terminal: the dashboard has nothing to draw on. --headless prints the story as JSON lines instead"
    )]
    NoTerminal(&'static str),
    /// The terminal refused.
    #[error("the terminal cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// The processes that are stopped with the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspendScope {
    /// The process group, as after Ctrl-Z: a shell waits for all of a job.
    Group,
    /// This process alone, because a signal to it asked for that.
    Process,
}

/// The taken terminal.
#[derive(Debug)]
pub struct Screen {
    writer: Writer,
    size: Size,
    /// Whether the terminal is this program's; it is not while the program runs in the background.
    taken: bool,
    /// Nothing was drawn since the terminal was taken.
    fresh: bool,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Where standard output is no terminal, there is none to read keys from, or it refuses raw mode.
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
        // from here on every way out gives the terminal back
        *taken() = Some(writer.clone());
        Ok(Self { writer, size: Size::new(columns, rows), taken: true, fresh: true })
    }

    /// The size of the terminal, as it was last known.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Whether somebody else has the terminal. A frame is then nothing but a look whether that is still so.
    pub fn in_background(&self) -> bool {
        !self.taken
    }

    /// The terminal has another size: the next frame is a whole one.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.writer.repaint();
    }

    /// Draws one frame, which the terminal shows as soon as it takes output, unless a newer one comes before that.
    ///
    /// # Errors
    /// Where the terminal takes no more output.
    pub fn draw(&mut self, view: impl FnOnce(Rect, &mut Buffer)) -> io::Result<()> {
        // lines of the log that came since the last frame
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
        self.fresh = false;
        self.writer.show(frame)
    }

    /// Asks the terminal for the mouse, or no longer.
    pub fn set_mouse(&mut self, on: bool) {
        self.writer.set_mouse(on);
    }

    /// Gives the terminal back and stops the program, as Ctrl-Z does in a shell; returns when it goes on, with the
    /// terminal taken again if it goes on in the foreground. In the background it is taken by a later
    /// [`Self::draw`], after the program has come to the foreground.
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

    /// Takes the terminal after the program was stopped and goes on; `true` if it has it. Whoever had it meanwhile may
    /// have changed its settings, its content and its size.
    ///
    /// # Errors
    /// The terminal refuses raw mode.
    pub fn resume(&mut self) -> io::Result<bool> {
        if self.taken && self.fresh {
            return Ok(true);
        }
        self.taken = foreground();
        if self.taken {
            // what crossterm takes for the settings to come back to are those from before the stop
            disable_raw_mode()?;
            enable_raw_mode()?;
            self.measure();
            self.writer.take();
            self.fresh = true;
        } else {
            self.writer.lose();
        }
        Ok(self.taken)
    }

    /// Asks for the size anew.
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

fn taken() -> MutexGuard<'static, Option<Writer>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the terminal back as it was, within a second also where it takes no output; does nothing where it was not taken
/// or is given back already.
pub fn give_back() {
    let writer = taken().take();
    if let Some(writer) = writer {
        writer.give_back();
        writer.close();
        leave_raw_mode();
    }
}

fn leave_raw_mode() {
    // asked from the background, this would stop the program; whoever has the terminal there has set it
    if foreground() {
        // nothing can be done about a terminal that is gone
        let _gone = disable_raw_mode();
    }
}

/// Stops the program until somebody lets it go on.
#[cfg(unix)]
fn stop(stopped: SuspendScope) {
    use rustix::process::{Signal, getpgrp, getpid, kill_process, kill_process_group};
    // not SIGTSTP, which this program catches
    let _refused = match stopped {
        SuspendScope::Group => kill_process_group(getpgrp(), Signal::STOP),
        SuspendScope::Process => kill_process(getpid(), Signal::STOP),
    };
}

/// Nothing where there is no job control.
#[cfg(not(unix))]
fn stop(_: SuspendScope) {}

/// Makes a panic of the thread that draws give the terminal back before it is printed. A panic of any other thread ends
/// a task and not the picture, so it goes to the log: printed, it would stand in the middle of the screen.
pub fn install_panic_hook() {
    let drawing = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        let current = std::thread::current();
        if current.id() == drawing {
            give_back();
        }
        if taken().is_some() {
            tracing::error!("a task crashed: {panic}");
            return;
        }
        // not the hook from before: it waits without end for a terminal that takes nothing
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
