//! Drawn screens as an asciicast (version 2), which `asciinema` plays: a header line, then one line for each change.
//!
//! Each frame is what a terminal would be sent to come from the one before it. It knows nothing of what is on the
//! screen, and no clock: the time of a frame is an argument.

use std::io::{self, Write};

use ratatui::{
    backend::{Backend as _, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};
use serde_json::json;

use crate::{
    observation::Time,
    output::{self, CleanWriter, printable},
};

/// A player shortens a silence to so many seconds.
pub const IDLE_LIMIT_S: i64 = 5;

/// An asciicast that is being written.
#[derive(Debug)]
pub struct Cast<W> {
    out: CleanWriter<W>,
    shown: Option<Buffer>,
}

impl<W: Write> Cast<W> {
    /// Begins a cast of a screen of `columns` by `rows`; `recorded` is when it was shown.
    pub fn begin(out: W, (columns, rows): (u16, u16), recorded: Time, title: &str) -> io::Result<Self> {
        let header = json!({
            "version": 2,
            "width": columns,
            "height": rows,
            "timestamp": recorded.timestamp(),
            "idle_time_limit": IDLE_LIMIT_S,
            // a player may make it the title of its window
            "title": printable(title),
            "env": { "TERM": "xterm-256color", "SHELL": "/bin/sh" },
        });
        let mut out = output::json(out);
        writeln!(out, "{header}")?;
        Ok(Self { out, shown: None })
    }

    /// Shows a frame at so many seconds; nothing is written where nothing changed.
    pub fn frame(&mut self, seconds: f64, buffer: &Buffer) -> io::Result<()> {
        let mut bytes = Vec::new();
        if self.shown.is_none() {
            // hide the cursor, clear the screen
            bytes.extend_from_slice(b"\x1b[?25l\x1b[2J");
        }
        let blank = Buffer::empty(buffer.area);
        let before = self.shown.as_ref().unwrap_or(&blank);
        let changes = before.diff(buffer);
        if changes.is_empty() && self.shown.is_some() {
            return Ok(());
        }
        let mut backend = CrosstermBackend::new(&mut bytes);
        backend.draw(changes.into_iter())?;
        self.event(seconds, &bytes)?;
        self.shown = Some(buffer.clone());
        Ok(())
    }

    /// Ends the cast at so many seconds: the last frame stays until then.
    pub fn end(mut self, seconds: f64) -> io::Result<()> {
        self.event(seconds, b"\x1b[0m\x1b[?25h")?;
        self.out.flush()
    }

    fn event(&mut self, seconds: f64, bytes: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(bytes);
        // three digits: a millisecond
        let seconds = (seconds * 1_000.0).round() / 1_000.0;
        writeln!(self.out, "{}", json!([seconds, "o", text]))
    }
}

/// An empty screen.
pub fn screen(columns: u16, rows: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, columns, rows))
}
