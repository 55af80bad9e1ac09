//! How far the reading of a large input is, on a terminal, once it has taken longer than half a second.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{input::Input, ledger::Ledger};
use crate::output::printable;

/// Nobody needs to be told before.
const PATIENCE: Duration = Duration::from_millis(500);

/// Time from one number to the next.
const PACE: Duration = Duration::from_millis(150);

/// The line that tells how far the reading is.
pub(super) struct Progress<'a> {
    name: String,
    size: Option<u64>,
    taken: Arc<AtomicU64>,
    elapsed: &'a (dyn Fn() -> Duration + Sync),
    watched: bool,
    next: Duration,
    shown: bool,
}

impl<'a> Progress<'a> {
    pub(super) fn of(input: &Input, elapsed: &'a (dyn Fn() -> Duration + Sync), watched: bool) -> Self {
        Self {
            name: printable(&input.name).into_owned(),
            size: input.size,
            taken: Arc::clone(&input.taken),
            elapsed,
            watched,
            next: if watched { elapsed() + PATIENCE } else { Duration::MAX },
            shown: false,
        }
    }

    /// Shows how far it is, if it is time to.
    pub(super) fn tick(&mut self, ledger: &Ledger, err: &mut dyn Write) {
        if !self.watched || (self.elapsed)() < self.next {
            return;
        }
        self.next = (self.elapsed)() + PACE;
        self.shown = true;
        let taken = self.taken.load(Ordering::Relaxed);
        let far = match self.size {
            Some(size) if size > 0 => format!("{} %", (taken * 100 / size).min(100)),
            _ => format!("{} MiB", taken >> 20),
        };
        let (name, lines) = (&self.name, ledger.read());
        // no terminal to be told on: nothing is lost
        drop(write!(err, "\r\x1b[K{name}: {far}, {lines} lines, {} about the control plane", ledger.control_plane));
        drop(err.flush());
    }

    /// Takes the line away.
    pub(super) fn end(&mut self, err: &mut dyn Write) {
        if self.shown {
            drop(write!(err, "\r\x1b[K"));
            drop(err.flush());
        }
    }
}
