//! The answer line by line: `--format jsonl`, as in design.md section 6 and in `assets/schema/analyze-line.json`.
//!
//! One object for each line of the input, in its order; what a line does not say is null. The first line of a pipe is answered before the
//! second has come.

use std::io::{self, Write};

use serde::Serialize;

use super::{
    json::Stamped,
    lines::{Line, Reader},
};
use crate::{
    kubelet::{Activity, CallSite, Severity, Symptom},
    output,
};

/// The answer to one line.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    n: u64,
    severity: Option<Severity>,
    time: Option<Stamped>,
    source: Option<&'a CallSite<'a>>,
    worker: Option<&'a str>,
    control_plane: bool,
    activity: Activity,
    symptom: Symptom,
    resource: Option<&'a str>,
}

/// Answers lines.
pub(super) struct Answers<'a> {
    out: &'a mut dyn Write,
    /// Lines of the inputs before this one.
    before: u64,
    text: Vec<u8>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(out: &'a mut dyn Write, before: u64) -> Self {
        Self { out, before, text: Vec::new() }
    }
}

impl Reader for Answers<'_> {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let reading = line.reading;
        let answer = Answer {
            n: self.before + line.number,
            severity: reading.severity,
            time: line.moment.map(|moment| Stamped(moment.local)),
            source: reading.call_site.as_ref(),
            worker: line.entry.host.as_deref(),
            control_plane: reading.control_plane,
            activity: reading.activity,
            symptom: reading.symptom,
            resource: reading.resource.as_deref(),
        };
        serde_json::to_writer(&mut self.text, &answer)?;
        self.text.push(b'\n');
        Ok(())
    }

    fn pause(&mut self) -> io::Result<()> {
        output::json(&mut *self.out).write_all(&self.text)?;
        self.text.clear();
        self.out.flush()
    }
}
