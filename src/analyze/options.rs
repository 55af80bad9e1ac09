//! What an analysis is asked to do, and what it needs from the program around it.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::NaiveDate;

use super::fold::filter::LineFilter;

/// The format of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AnalysisFormat {
    /// Text for a person.
    #[default]
    Text,
    /// One JSON object for all inputs.
    Json,
    /// One JSON object for each line of the inputs.
    Jsonl,
}

/// The options of `blackout analyze`.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Inputs; `-` is standard input, and so is an empty list.
    pub files: Vec<PathBuf>,
    /// Format of the answer.
    pub format: AnalysisFormat,
    /// Year of the first line, for journals without years; `None` to take the latest that is possible.
    pub year: Option<i32>,
    /// Selection of the lines that count.
    pub filter: LineFilter,
    /// Appearance of the text format.
    pub style: OutputStyle,
}

impl AnalyzeOptions {
    /// Returns the inputs, of which there is at least one.
    pub(crate) fn inputs(&self) -> Vec<&Path> {
        match &*self.files {
            [] => vec![Path::new("-")],
            files => files.iter().map(PathBuf::as_path).collect(),
        }
    }
}

/// The appearance of the text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputStyle {
    /// Width in columns; less than 40 counts as 40.
    pub width: usize,
    /// Whether the text has ANSI colors.
    pub color: bool,
    /// Whether the text may have characters beyond ASCII.
    pub unicode: bool,
}

impl Default for OutputStyle {
    fn default() -> Self {
        Self { width: 80, color: false, unicode: true }
    }
}

/// The streams and the clock of the program, so that nothing here opens or reads them.
pub struct AnalyzeContext<'a> {
    /// Opens standard input, when it is among the inputs.
    pub stdin: &'a mut dyn FnMut() -> Box<dyn Read + Send>,
    /// Stream for the answer.
    pub out: &'a mut dyn Write,
    /// Stream for errors, warnings and the progress line.
    pub err: &'a mut (dyn Write + Send),
    /// Today in UTC: the lines of a pipe are not later.
    pub today: NaiveDate,
    /// Returns the time since the program was started.
    pub elapsed: &'a (dyn Fn() -> Duration + Sync),
    /// Whether `err` is a terminal, so that a progress line makes sense.
    pub err_is_terminal: bool,
}

/// The outcome of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnalyzeOutcome {
    /// Every input was read.
    Done,
    /// An input could not be read or is not a kubelet journal, as written to `err`.
    Failed,
}
