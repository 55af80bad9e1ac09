//! `blackout analyze`: the story of an outage, told from kubelet journals that somebody brings.
//!
//! ```text
//! input (file, pipe, gz, zst, export) -> chunks -> digest (threads) -> ledger (in order) -> story -> text, json
//!                                            \--> jsonl (line by line)
//! ```
//!
//! It reads with the reader of the dashboard (`kubelet`) and folds with its fold (`world`): what is told here is what a screen would have shown.
//! Memory does not grow with the input. Broken input never ends it; nothing here asks what time it is.
//!
//! | part | what it is |
//! |---|---|
//! | `input`, `export`, `utf16` | from files to lines of text |
//! | `chunks`, `wrapped`, `pause` | lines, whole, in pieces of bounded size |
//! | `digest`, `kinds` | what matters in a chunk; any number of threads |
//! | `ledger`, `filter`, `extent`, `crew` | line by line, in order: times, workers, outages |
//! | `story` | all inputs together |
//! | `lines` | every line of an input, read one after the other |
//! | `text`, `json`, `jsonl` | the three forms of the answer |
//! | `unfold` | journals as observations, for a tape |

mod chunks;
mod crew;
mod digest;
mod export;
mod extent;
mod filter;
mod input;
mod json;
mod jsonl;
mod kinds;
mod ledger;
mod lines;
mod pause;
mod progress;
mod story;
mod text;
mod unfold;
mod utf16;
mod wrapped;

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::NaiveDate;

use self::{
    chunks::{Chunks, Pace},
    crew::Crew,
    digest::Depth,
    extent::Extent,
    input::{Input, InputError},
    jsonl::Answers,
    kinds::Kinds,
    ledger::Ledger,
    lines::{Found, Lines},
    pause::Pausing,
    progress::Progress,
    story::Story,
    unfold::Unfolding,
};
use crate::kubelet::YearHint;

pub use self::{
    filter::{Bound, Filter},
    unfold::{MOST, Unfolded},
};

/// The form of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One object.
    Json,
    /// One object for each line of the input.
    Jsonl,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The inputs; `-` is standard input, and so is none at all.
    pub files: Vec<PathBuf>,
    /// The form of the answer.
    pub format: Format,
    /// The year of the first line, where the journal does not say it.
    pub year: Option<i32>,
    /// Which lines count.
    pub filter: Filter,
    /// How the text form looks.
    pub look: Look,
}

/// How the text form looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// With colours.
    pub colour: bool,
    /// With more than ASCII.
    pub unicode: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 80, colour: false, unicode: true }
    }
}

/// What the program lends: the ends of its pipes, and its clock.
pub struct Surroundings<'a> {
    /// Standard input, when it is asked for.
    pub stdin: &'a mut dyn FnMut() -> Box<dyn Read + Send>,
    /// Where the answer goes.
    pub out: &'a mut dyn Write,
    /// Where it is said what is wrong with an input, and how far the reading is.
    pub err: &'a mut (dyn Write + Send),
    /// The day of today: lines from a pipe are not later.
    pub today: NaiveDate,
    /// How long the program has run.
    pub elapsed: &'a (dyn Fn() -> Duration + Sync),
    /// Whether somebody watches `err`.
    pub watched: bool,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every input was read.
    Done,
    /// Some input could not be read, or was no journal of a kubelet; `err` has the reasons.
    Failed,
}

/// Reads the inputs and writes the answer. Whoever closes the other end of `out` has read enough.
///
/// # Errors
/// The answer could not be written.
pub fn run(options: &Options, around: &mut Surroundings<'_>) -> io::Result<Outcome> {
    let told = match options.format {
        Format::Jsonl => answer_lines(options, around),
        Format::Text | Format::Json => tell(options, around),
    };
    match told {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Outcome::Done),
        told => told,
    }
}

/// Opens the inputs one after the other.
fn inputs(options: &Options) -> Vec<&Path> {
    if options.files.is_empty() { vec![Path::new("-")] } else { options.files.iter().map(PathBuf::as_path).collect() }
}

fn open(path: &Path, around: &mut Surroundings<'_>) -> Result<Input, InputError> {
    if path == Path::new("-") { input::standard((around.stdin)()) } else { input::file(path) }
}

fn hint(options: &Options, around: &Surroundings<'_>, input: &Input) -> YearHint {
    options.year.map_or_else(|| YearHint::NotAfter(input.modified.unwrap_or(around.today)), YearHint::Year)
}

/// Reads the inputs as observations, so that a tape can be made of them.
///
/// # Errors
/// None so far: what is wrong with an input is said on `err`, and the others count.
pub fn unfold(options: &Options, around: &mut Surroundings<'_>) -> io::Result<(Unfolded, Outcome)> {
    let mut unfolded = Unfolded::default();
    let outcome =
        read_lines(options, around, |_, _, lines, chunks| lines.read(chunks, &mut Unfolding::new(&mut unfolded)))?;
    Ok((unfolded, outcome))
}

/// `--format jsonl`.
fn answer_lines(options: &Options, around: &mut Surroundings<'_>) -> io::Result<Outcome> {
    read_lines(options, around, |out, before, lines, chunks| lines.read(chunks, &mut Answers::new(out, before)))
}

/// Reads every line of every input. `each` has where the answer goes, the lines of the inputs before, and the input.
fn read_lines(
    options: &Options,
    around: &mut Surroundings<'_>,
    mut each: impl FnMut(&mut dyn Write, u64, Lines<'_>, &mut Chunks<Box<dyn Read + Send>>) -> io::Result<Found>,
) -> io::Result<Outcome> {
    let mut outcome = Outcome::Done;
    let mut before = 0;
    let mut extent = None::<Extent>;
    for path in inputs(options) {
        let input = match open(path, around) {
            Ok(input) => input,
            Err(error) => {
                outcome = Outcome::Failed;
                complain(around.err, &error);
                continue;
            }
        };
        let hint = hint(options, around, &input);
        let lines = Lines { filter: &options.filter, hint, fallback: Arc::clone(&input.worker) };
        // a file of known size does not pause
        let read = if input.size.is_some() { input.read } else { Box::new(Pausing::new(input.read)) };
        let mut chunks = Chunks::new(read, Pace::AtOnce);
        let found = each(around.out, before, lines, &mut chunks)?;
        before += found.lines;
        if !is_fine(&input.name, found.lines, found.is_journal, chunks.failure(), around.err) {
            outcome = Outcome::Failed;
        }
        if found.is_journal {
            extent.get_or_insert_default().absorb(found.extent);
        }
    }
    if let Some(nothing) = extent.and_then(|extent| extent.nothing_left(&options.filter)) {
        complain(around.err, &nothing);
    }
    Ok(outcome)
}

/// `--format text` and `--format json`.
fn tell(options: &Options, around: &mut Surroundings<'_>) -> io::Result<Outcome> {
    let mut outcome = Outcome::Done;
    let depth = if options.filter == Filter::default() { Depth::Sifted } else { Depth::Every };
    let (kinds, mut crew, mut ledgers) = (Kinds::default(), Crew::new(), Vec::new());
    for path in inputs(options) {
        let input = match open(path, around) {
            Ok(input) => input,
            Err(error) => {
                outcome = Outcome::Failed;
                complain(around.err, &error);
                continue;
            }
        };
        let mut ledger = Ledger::new(hint(options, around, &input), Arc::clone(&input.worker));
        let mut progress = Progress::of(&input, around.elapsed, around.watched);
        let chunks = Chunks::new(input.read, Pace::Full);
        let err = &mut *around.err;
        let read = crew.fold(chunks, depth, &options.filter, &kinds, &mut ledger, &mut |ledger| {
            progress.tick(ledger, err);
        });
        progress.end(around.err);
        let fine = is_fine(&input.name, ledger.read(), ledger.is_journal, read.err(), around.err);
        if !fine {
            outcome = Outcome::Failed;
        }
        if ledger.is_journal {
            ledgers.push(ledger);
        }
    }
    if ledgers.is_empty() {
        return Ok(Outcome::Failed);
    }
    let mut extent = Extent::default();
    ledgers.iter_mut().for_each(|ledger| extent.absorb(std::mem::take(&mut ledger.extent)));
    let nothing = extent.nothing_left(&options.filter);
    let story = Story::of(ledgers);
    match options.format {
        Format::Json => {
            json::write(&story, around.out)?;
            if let Some(nothing) = nothing {
                complain(around.err, &nothing);
            }
        }
        Format::Text | Format::Jsonl => match nothing {
            Some(nothing) => text::write_nothing(&nothing, options.look, around.out)?,
            None => text::write(&story, options.look, around.out)?,
        },
    }
    around.out.flush()?;
    Ok(outcome)
}

/// Says what was wrong with an input that was read; whether it counts.
fn is_fine(name: &str, lines: u64, is_journal: bool, failure: Option<io::Error>, err: &mut dyn Write) -> bool {
    let mut fine = true;
    if let Some(failure) = failure {
        // a packed file that was cut off still has a story
        let damaged = matches!(
            failure.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::Other
        );
        fine = damaged;
        let rest = if damaged { "is damaged or cut off" } else { "cannot be read to its end" };
        complain(err, &format!("{name} {rest} ({failure}); what came before counts"));
    }
    if lines == 0 {
        complain(err, &format!("{name} is empty; try: journalctl -u kubelet -o short-precise | blackout analyze"));
        return false;
    }
    if !is_journal {
        let lines = if lines == 1 { "its one line is".to_owned() } else { format!("none of its {lines} lines is") };
        complain(
            err,
            &format!(
                "{name} is no kubelet journal: {lines} one of a kubelet; try: journalctl -u kubelet -o short-precise | blackout analyze"
            ),
        );
        return false;
    }
    fine
}

/// One line for a person. Where nobody can be told, nothing is left to do.
fn complain(err: &mut dyn Write, what: &dyn std::fmt::Display) {
    let text = what.to_string();
    drop(writeln!(err, "blackout: {}", crate::output::printable(&text)));
}
