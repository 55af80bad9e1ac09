//! The terminal: taken in one place, and given back as it was whatever happens.
//!
//! A [`Screen`] takes raw mode and the alternate screen, and gives both back when it is dropped. A panic anywhere gives
//! them back before its message is printed. The cursor's position is never asked for (`Terminal::clear` would): the
//! answer would race the keys. The terminal asks nothing of the mouse until it is told to.

use std::{
    io::{self, IsTerminal as _, Stdout, Write as _},
    mem::ManuallyDrop,
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor, event,
    style::ResetColor,
    terminal::{
        self, BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
        disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::CrosstermBackend,
    buffer::Buffer,
    layout::{Rect, Size},
};

use super::keyboard::has_keyboard;

/// Whether a screen is taken: what the panic hook has to give back.
static TAKEN: AtomicBool = AtomicBool::new(false);

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

/// The taken terminal.
#[derive(Debug)]
pub struct Screen {
    /// Never dropped: its own drop complains on standard error where the cursor cannot be shown, and panics where that is gone as well, as
    /// in a window that was closed. That would be before the control plane is started again.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    mouse: bool,
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
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        // from here on every way out gives the terminal back
        let taken = Self::enter();
        if taken.is_err() {
            give_back();
        }
        Ok(taken?)
    }

    fn enter() -> io::Result<Self> {
        let mut out = io::stdout();
        crossterm::execute!(out, EnterAlternateScreen, cursor::Hide)?;
        let options = TerminalOptions { viewport: Viewport::Fullscreen };
        let terminal = Terminal::with_options(CrosstermBackend::new(out), options)?;
        Ok(Self { terminal: ManuallyDrop::new(terminal), mouse: false })
    }

    /// The size of the terminal, as it was last known.
    pub fn size(&mut self) -> Size {
        self.terminal.get_frame().area().as_size()
    }

    /// The terminal has another size: the next frame is a whole one.
    ///
    /// # Errors
    /// Where the terminal takes no more output.
    pub fn resize(&mut self, size: Size) -> io::Result<()> {
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Draws one frame; the terminal shows it at once or not at all.
    ///
    /// # Errors
    /// Where the terminal takes no more output.
    pub fn draw(&mut self, view: impl FnOnce(Rect, &mut Buffer)) -> io::Result<()> {
        // lines of the log that came since the last frame
        tui_logger::move_events();
        crossterm::queue!(io::stdout(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(|frame| view(frame.area(), frame.buffer_mut())).map(|_| ());
        crossterm::execute!(io::stdout(), EndSynchronizedUpdate)?;
        drawn
    }

    /// Makes the next frame a whole one, after somebody else has written on the terminal.
    ///
    /// # Errors
    /// Where the terminal takes no more output.
    pub fn repaint(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.resize(size)
    }

    /// Asks the terminal for the mouse, or no longer.
    ///
    /// # Errors
    /// Where the terminal takes no more output.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        match on {
            true => crossterm::execute!(io::stdout(), event::EnableMouseCapture),
            false => crossterm::execute!(io::stdout(), event::DisableMouseCapture),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.mouse {
            let _ = crossterm::execute!(io::stdout(), event::DisableMouseCapture);
        }
        give_back();
    }
}

/// Gives the terminal back as it was; does nothing where it was not taken or is given back already.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // nothing can be done about a terminal that is gone; the rest is tried all the same
    let _ = crossterm::queue!(
        out,
        EndSynchronizedUpdate,
        event::DisableMouseCapture,
        ResetColor,
        terminal::EnableLineWrap,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Makes a panic of the thread that draws give the terminal back before it is printed. A panic of any other thread ends
/// a task and not the picture, so it goes to the log: printed, it would stand in the middle of the screen.
pub fn install_panic_hook() {
    let before = std::panic::take_hook();
    let drawing = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == drawing {
            give_back();
        }
        if TAKEN.load(Ordering::SeqCst) {
            tracing::error!("a task crashed: {panic}");
        } else {
            before(panic);
        }
    }));
}
