//! `--format jsonl`: one object for each line of the input, in its order, described in
//! `assets/schema/analyze-line.json`.
//!
//! A field that a line does not have is null. The first line of a pipe is answered before the second is written.

use std::io::{self, Write};

use serde::Serialize;

use super::json_time::JsonTime;
use crate::{
    analyze::fold::line_reader::{AnalyzedLine, LineSink},
    kubelet::{Activity, CallSite, Severity, Symptom},
    output,
};

#[derive(Debug, Serialize)]
struct LineJson<'a> {
    n: u64,
    severity: Option<Severity>,
    time: Option<JsonTime>,
    source: Option<&'a CallSite<'a>>,
    worker: Option<&'a str>,
    control_plane: bool,
    activity: Activity,
    symptom: Symptom,
    resource: Option<&'a str>,
}

/// Writes the objects of one input.
pub(crate) struct JsonlWriter<'a> {
    out: &'a mut dyn Write,
    /// Lines of the inputs before this one.
    lines_before: u64,
    /// Objects that were not written yet.
    pending: Vec<u8>,
}

impl<'a> JsonlWriter<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, lines_before: u64) -> Self {
        Self { out, lines_before, pending: Vec::new() }
    }
}

impl LineSink for JsonlWriter<'_> {
    fn line(&mut self, line: &AnalyzedLine<'_>) -> io::Result<()> {
        let reading = line.reading;
        let json = LineJson {
            n: self.lines_before + line.number,
            severity: reading.severity,
            time: line.moment.map(|moment| JsonTime(moment.local)),
            source: reading.call_site.as_ref(),
            worker: line.entry.host.as_deref(),
            control_plane: reading.control_plane,
            activity: reading.activity,
            symptom: reading.symptom,
            resource: reading.resource.as_deref(),
        };
        serde_json::to_writer(&mut self.pending, &json)?;
        self.pending.push(b'\n');
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        output::json(&mut *self.out).write_all(&self.pending)?;
        self.pending.clear();
        self.out.flush()
    }
}
