//! Drawn screens as an asciicast (version 2), which `asciinema` plays: a header line, then one line for each change.
//!
//! A frame holds the bytes that turn the screen before it into the next. The time of a frame is an argument; the
//! content of the screen has no meaning here.

use std::io::{self, Write};

use ratatui::{
    backend::{Backend as _, CrosstermBackend},
    buffer::Buffer,
};
use serde_json::json;

use crate::{
    observation::Time,
    output::{self, CleanWriter, printable},
};

/// Seconds to which a player shortens a silence.
pub const IDLE_LIMIT_S: i64 = 5;

/// An asciicast being written.
#[derive(Debug)]
pub struct Cast<W> {
    out: CleanWriter<W>,
    shown: Option<Buffer>,
}

impl<W: Write> Cast<W> {
    /// Begins a cast of a screen of `columns` by `rows` that was shown at `recorded`.
    ///
    /// # Errors
    /// The header could not be written.
    pub fn begin(out: W, (columns, rows): (u16, u16), recorded: Time, title: &str) -> io::Result<Self> {
        let header = json!({
            "version": 2,
            "width": columns,
            "height": rows,
            "timestamp": recorded.timestamp(),
            "idle_time_limit": IDLE_LIMIT_S,
            // a player may show it as the title of its window
            "title": printable(title),
            "env": { "TERM": "xterm-256color", "SHELL": "/bin/sh" },
        });
        let mut out = output::json(out);
        writeln!(out, "{header}")?;
        Ok(Self { out, shown: None })
    }

    /// Adds a frame at `seconds` from the beginning. Nothing is written if nothing changed.
    ///
    /// # Errors
    /// The frame could not be written.
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

    /// Ends the cast at `seconds` from the beginning; the last frame is shown until then.
    ///
    /// # Errors
    /// The end could not be written, or what was written not flushed.
    pub fn end(mut self, seconds: f64) -> io::Result<()> {
        self.event(seconds, b"\x1b[0m\x1b[?25h")?;
        self.out.flush()
    }

    fn event(&mut self, seconds: f64, bytes: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(bytes);
        // cut to the millisecond, as in a tape
        let seconds = (seconds * 1_000.0).round() / 1_000.0;
        writeln!(self.out, "{}", json!([seconds, "o", text]))
    }
}
