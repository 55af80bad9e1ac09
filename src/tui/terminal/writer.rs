//! Writer: the thread that alone writes to the terminal while the dashboard has it.
//!
//! The writer receives the desired state (taken or not, mouse capture, newest frame), not bytes: a terminal that
//! accepts no output for a while costs one frame of memory, and then shows the newest frame. The order of the writes is
//! fixed here. The position of the cursor is never queried, because the answer would race with the keys.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crossterm::{
    cursor, event,
    style::ResetColor,
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen,
        LeaveAlternateScreen,
    },
};
use ratatui::{
    backend::{Backend as _, CrosstermBackend},
    buffer::Buffer,
};

use super::device::{Device, WriteOutcome};

/// Time-out of the bytes that restore the main screen.
const LEAVING: Duration = Duration::from_millis(500);
/// Time-out of the second attempt, after unread output was discarded.
const LEAVING_AGAIN: Duration = Duration::from_millis(100);
/// Time that the session waits for both attempts before it continues without the terminal.
const GIVEN_BACK: Duration = Duration::from_millis(750);

/// Desired state of the terminal, and what has been reached of it.
#[derive(Debug, Default)]
struct WriterState {
    /// Whether the dashboard has the terminal.
    taken: bool,
    /// Whether to enter the alternate screen again, because another process had the terminal.
    enter: bool,
    mouse: bool,
    /// Whether the next frame is drawn whole, on a cleared screen.
    whole: bool,
    /// The newest frame. `None` once it is written.
    frame: Option<Buffer>,
    /// Buffer of a frame that was written or replaced, for reuse.
    spare: Option<Buffer>,
    /// Whether the thread shall end.
    closed: bool,
    /// Whether the alternate screen may be active; set before its first byte is written.
    entered: bool,
    /// Error that ended the thread. `None` if it runs, or once the error was returned.
    failure: Option<io::Error>,
    /// Whether the thread has ended.
    ended: bool,
}

#[derive(Debug, Default)]
struct WriterShared {
    state: Mutex<WriterState>,
    /// Signaled when the desired state changes.
    wanted: Condvar,
    /// Signaled when the terminal was restored, or the thread ended.
    done: Condvar,
}

/// Handle of the writer; clones refer to the same thread.
#[derive(Debug, Clone)]
pub(super) struct Writer(Arc<WriterShared>);

impl Writer {
    /// Starts the thread and takes the terminal.
    ///
    /// # Errors
    /// The system refuses the terminal or a thread.
    pub(super) fn start() -> io::Result<Self> {
        let device = Device::open()?;
        let shared = Arc::new(WriterShared::default());
        let thread = EndNotifier(Arc::clone(&shared));
        thread::Builder::new().name("screen".to_owned()).spawn(move || thread.0.run(device))?;
        let writer = Self(shared);
        writer.take();
        Ok(writer)
    }

    /// Takes the terminal, in whatever state it is, and draws the next frame whole.
    pub(super) fn take(&self) {
        self.want(|state| (state.taken, state.enter, state.whole) = (true, true, true));
    }

    /// Releases the terminal without writing to it: another process has it.
    pub(super) fn lose(&self) {
        self.want(|state| (state.taken, state.entered, state.frame) = (false, false, None));
    }

    /// Restores the terminal, and waits for that for [`GIVEN_BACK`] at most.
    pub(super) fn give_back(&self) {
        self.want(|state| (state.taken, state.frame) = (false, None));
        let not_yet = |state: &mut WriterState| state.entered && !state.ended;
        drop(self.0.done.wait_timeout_while(self.0.lock(), GIVEN_BACK, not_yet));
    }

    /// Ends the thread once the desired state is reached.
    pub(super) fn close(&self) {
        self.want(|state| state.closed = true);
    }

    /// Draws the next frame whole, because the size or content of the terminal changed.
    pub(super) fn repaint(&self) {
        self.want(|state| (state.whole, state.frame) = (true, None));
    }

    /// Turns mouse capture on or off.
    pub(super) fn set_mouse(&self, on: bool) {
        self.want(|state| state.mouse = on);
    }

    /// A buffer for the next frame; its content is undefined.
    pub(super) fn spare(&self) -> Buffer {
        self.0.lock().spare.take().unwrap_or_default()
    }

    /// Shows `frame`, in place of one that is not written yet.
    ///
    /// # Errors
    /// The terminal is gone. The error is returned once.
    pub(super) fn show(&self, frame: Buffer) -> io::Result<()> {
        let mut state = self.0.lock();
        if let Some(failure) = state.failure.take() {
            return Err(failure);
        }
        if state.taken {
            let replaced = state.frame.replace(frame);
            state.spare = replaced.or(state.spare.take());
            self.0.wanted.notify_one();
        }
        Ok(())
    }

    fn want(&self, change: impl FnOnce(&mut WriterState)) {
        change(&mut self.0.lock());
        self.0.wanted.notify_one();
    }
}

/// Marks the end of the thread, also after a panic.
struct EndNotifier(Arc<WriterShared>);

impl Drop for EndNotifier {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended = true;
        if thread::panicking() {
            state.failure = Some(io::Error::other("the thread that writes to it crashed"));
        }
        self.0.done.notify_all();
    }
}

/// Next step of the thread.
enum WriterStep {
    Leave,
    End,
    Enter,
    Mouse(bool),
    Frame { frame: Buffer, whole: bool },
}

impl WriterState {
    /// The next step toward the desired state. `None` if it is reached.
    fn step(&mut self, mouse: bool) -> Option<WriterStep> {
        if self.entered && !self.taken {
            Some(WriterStep::Leave)
        } else if self.closed {
            Some(WriterStep::End)
        } else if !self.taken {
            None
        } else if std::mem::take(&mut self.enter) {
            self.entered = true;
            Some(WriterStep::Enter)
        } else if self.mouse != mouse {
            Some(WriterStep::Mouse(self.mouse))
        } else {
            let frame = self.frame.take()?;
            Some(WriterStep::Frame { frame, whole: std::mem::take(&mut self.whole) })
        }
    }
}

impl WriterShared {
    fn lock(&self) -> MutexGuard<'_, WriterState> {
        // a panic cannot leave the state half changed
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the terminal to the desired state, until the writer is closed or the terminal is gone.
    fn run(&self, mut device: Device) {
        let mut painter = Painter::default();
        let failure = loop {
            let step = {
                let mut state = self.lock();
                loop {
                    if let Some(step) = state.step(painter.mouse) {
                        break step;
                    }
                    state = self.wanted.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            };
            if matches!(step, WriterStep::End) {
                return;
            }
            let left = matches!(step, WriterStep::Leave);
            let done = if left {
                leave(&mut device, &mut painter)
            } else {
                // a frame is abandoned when the terminal shall be restored
                painter.bytes(step).and_then(|bytes| device.write(bytes, || !self.lock().taken)).map(|_| ())
            };
            let mut state = self.lock();
            if left {
                state.entered = false;
                self.done.notify_all();
            }
            if state.spare.is_none() {
                state.spare = painter.replaced.take();
            }
            drop(state);
            if let Err(error) = done {
                break error;
            }
        };
        // a later write may still succeed
        let _gone = leave(&mut device, &mut painter);
        self.lock().failure = Some(failure);
    }
}

/// Restores main screen, cursor and mouse.
///
/// # Errors
/// The terminal is gone.
fn leave(device: &mut Device, painter: &mut Painter) -> io::Result<()> {
    painter.mouse = false;
    let mut bytes = Vec::new();
    crossterm::queue!(
        bytes,
        EndSynchronizedUpdate,
        event::DisableMouseCapture,
        ResetColor,
        EnableLineWrap,
        LeaveAlternateScreen,
        cursor::Show
    )?;
    if device.write_within(&bytes, LEAVING)? == WriteOutcome::Cut {
        // unread frames are not needed any more
        device.discard_unread();
        device.write_within(&bytes, LEAVING_AGAIN)?;
    }
    Ok(())
}

/// Content of the terminal, and the bytes that change it.
#[derive(Debug, Default)]
struct Painter {
    mouse: bool,
    /// The last frame that was written.
    shown: Buffer,
    /// The frame before that, for reuse.
    replaced: Option<Buffer>,
    bytes: Vec<u8>,
}

impl Painter {
    fn bytes(&mut self, step: WriterStep) -> io::Result<&[u8]> {
        self.bytes.clear();
        match step {
            WriterStep::Leave | WriterStep::End => {}
            WriterStep::Enter => {
                self.mouse = false;
                crossterm::queue!(self.bytes, EnterAlternateScreen, cursor::Hide)?;
            }
            WriterStep::Mouse(on) => {
                self.mouse = on;
                match on {
                    true => crossterm::queue!(self.bytes, event::EnableMouseCapture)?,
                    false => crossterm::queue!(self.bytes, event::DisableMouseCapture)?,
                }
            }
            WriterStep::Frame { frame, whole } => self.frame(frame, whole)?,
        }
        Ok(&self.bytes)
    }

    /// Writes the difference to the last frame as one synchronized update.
    ///
    /// # Errors
    /// A buffer in memory refused a write, which does not happen.
    fn frame(&mut self, frame: Buffer, whole: bool) -> io::Result<()> {
        let whole = whole || frame.area != self.shown.area;
        if whole {
            self.shown.resize(frame.area);
            self.shown.reset();
        }
        let mut changes = self.shown.diff_iter(&frame).peekable();
        if whole || changes.peek().is_some() {
            crossterm::queue!(self.bytes, BeginSynchronizedUpdate)?;
            if whole {
                crossterm::queue!(self.bytes, ResetColor, Clear(ClearType::All))?;
            }
            CrosstermBackend::new(&mut self.bytes).draw(changes)?;
            crossterm::queue!(self.bytes, EndSynchronizedUpdate)?;
        }
        self.replaced = Some(std::mem::replace(&mut self.shown, frame));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    fn frame(text: &str) -> Buffer {
        let mut frame = Buffer::empty(Rect::new(0, 0, 20, 2));
        frame.set_string(0, 0, text, Style::new());
        frame
    }

    fn painted(painter: &mut Painter, frame: Buffer, whole: bool) -> String {
        String::from_utf8(painter.bytes(WriterStep::Frame { frame, whole }).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn a_frame_is_written_as_its_difference_and_a_whole_one_on_an_empty_screen() {
        let mut painter = Painter::default();
        assert!(painted(&mut painter, frame("one-two"), false).contains("\x1b[2J"));
        let second = painted(&mut painter, frame("one-six"), false);
        assert!(second.contains("six") && !second.contains("one") && !second.contains("\x1b[2J"), "{second:?}");
        assert_eq!(painted(&mut painter, frame("one-six"), false), "");
        let whole = painted(&mut painter, frame("one-six"), true);
        assert!(whole.contains("\x1b[2J") && whole.contains("one-six"), "{whole:?}");
    }

    #[test]
    fn only_the_newest_frame_counts_and_the_terminal_is_taken_before_it() {
        let writer = Writer(Arc::default());
        writer.take();
        writer.set_mouse(true);
        writer.show(frame("old")).unwrap();
        writer.show(frame("new")).unwrap();
        let mut state = writer.0.lock();
        assert!(matches!(state.step(false), Some(WriterStep::Enter)));
        assert!(matches!(state.step(false), Some(WriterStep::Mouse(true))));
        let Some(WriterStep::Frame { frame: shown, whole: true }) = state.step(true) else { panic!("a whole frame") };
        assert_eq!(shown, frame("new"));
        assert_eq!(state.spare, Some(frame("old")), "its memory is used again");
        assert!(state.step(true).is_none());
    }

    #[test]
    fn a_terminal_that_is_to_be_given_back_gets_no_frame() {
        let writer = Writer(Arc::default());
        writer.take();
        assert!(matches!(writer.0.lock().step(false), Some(WriterStep::Enter)));
        writer.show(frame("late")).unwrap();
        writer.want(|state| (state.taken, state.frame) = (false, None));
        writer.close();
        writer.show(frame("later")).unwrap();
        let mut state = writer.0.lock();
        assert!(matches!(state.step(false), Some(WriterStep::Leave)));
        state.entered = false;
        assert!(matches!(state.step(false), Some(WriterStep::End)));
    }
}
