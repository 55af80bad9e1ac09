//! The progress line on a terminal, shown once reading takes longer than half a second.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::input::open::JournalInput;
use crate::output::printable;

/// Time before the line is first shown: shorter waits need no explanation.
const DELAY: Duration = Duration::from_millis(500);

/// Time between two updates of the line.
const INTERVAL: Duration = Duration::from_millis(150);

/// Returns to the first column and clears the row (`EL`, ECMA-48).
const CLEAR_ROW: &str = "\r\x1b[K";

/// The progress line of one input.
pub(crate) struct ReadProgress<'a> {
    name: String,
    size: Option<u64>,
    bytes_read: Arc<AtomicU64>,
    elapsed: &'a (dyn Fn() -> Duration + Sync),
    /// Program time of the next update; `None` if there is no terminal.
    next_update: Option<Duration>,
    is_shown: bool,
}

impl<'a> ReadProgress<'a> {
    pub(crate) fn new(input: &JournalInput, elapsed: &'a (dyn Fn() -> Duration + Sync), err_is_terminal: bool) -> Self {
        Self {
            name: printable(&input.name).into_owned(),
            size: input.size,
            bytes_read: Arc::clone(&input.bytes_read),
            elapsed,
            next_update: err_is_terminal.then(|| elapsed() + DELAY),
            is_shown: false,
        }
    }

    /// Updates the line if it is due.
    pub(crate) fn show(&mut self, lines: u64, control_plane: u64, err: &mut dyn Write) {
        if self.next_update.is_none_or(|next| (self.elapsed)() < next) {
            return;
        }
        self.next_update = Some((self.elapsed)() + INTERVAL);
        self.is_shown = true;
        let bytes_read = self.bytes_read.load(Ordering::Relaxed);
        let progress = match self.size {
            Some(size) if size > 0 => format!("{} %", (bytes_read * 100 / size).min(100)),
            _ => format!("{} MiB", bytes_read >> 20),
        };
        let name = &self.name;
        // a terminal that is gone needs no progress line
        drop(write!(err, "{CLEAR_ROW}{name}: {progress}, {lines} lines, {control_plane} about the control plane"));
        drop(err.flush());
    }

    /// Clears the line if it is shown.
    pub(crate) fn clear(&mut self, err: &mut dyn Write) {
        if self.is_shown {
            drop(write!(err, "{CLEAR_ROW}"));
            drop(err.flush());
        }
    }
}
