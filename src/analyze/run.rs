//! Runs an analysis: opens the inputs one after the other, reads them, and writes the answer.

use std::{
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use super::{
    fold::{
        analysis::Analysis,
        filter_hint::FilterHint,
        input_summary::InputSummary,
        line_reader::{LineReader, LinesRead},
    },
    input::{
        line_chunks::{FlushPolicy, LineChunks},
        open::{JournalInput, open_file, open_standard_input},
        pausing_reader::PausingReader,
    },
    messages::{check_input, complain},
    options::{AnalysisFormat, AnalyzeContext, AnalyzeOptions, AnalyzeOutcome},
    output::{
        json,
        jsonl::JsonlWriter,
        text,
        to_tape::{TapeLineSink, TapeLines},
    },
    progress::ReadProgress,
    scan::{candidates::ScanDepth, kinds::KindInterner, pool::ScanPool},
};
use crate::kubelet::YearHint;

/// Reads the inputs and writes the answer. A reader that closes its end of `out` early is no error.
///
/// # Errors
/// Returns an error if the answer cannot be written.
pub fn run(options: &AnalyzeOptions, context: &mut AnalyzeContext<'_>) -> io::Result<AnalyzeOutcome> {
    let result = match options.format {
        AnalysisFormat::Jsonl => write_lines(options, context),
        AnalysisFormat::Text | AnalysisFormat::Json => write_analysis(options, context),
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(AnalyzeOutcome::Done),
        result => result,
    }
}

/// Reads the inputs as journal lines with their times, for a tape.
///
/// # Errors
/// Returns no error yet: problems of an input are written to `err`, and the others are read.
pub fn tape_lines(
    options: &AnalyzeOptions,
    context: &mut AnalyzeContext<'_>,
) -> io::Result<(TapeLines, AnalyzeOutcome)> {
    let mut lines = TapeLines::default();
    let outcome =
        read_lines(options, context, |_, _, reader, chunks| reader.read(chunks, &mut TapeLineSink::new(&mut lines)))?;
    Ok((lines, outcome))
}

/// Writes the answer of `--format jsonl`.
fn write_lines(options: &AnalyzeOptions, context: &mut AnalyzeContext<'_>) -> io::Result<AnalyzeOutcome> {
    read_lines(options, context, |context, lines_before, reader, chunks| {
        reader.read(chunks, &mut JsonlWriter::new(context.out, lines_before))
    })
}

/// Reads every line of every input. `read` is called for each input, with the number of lines of those before it.
fn read_lines(
    options: &AnalyzeOptions,
    context: &mut AnalyzeContext<'_>,
    mut read: impl FnMut(
        &mut AnalyzeContext<'_>,
        u64,
        LineReader<'_>,
        &mut LineChunks<Box<dyn Read + Send>>,
    ) -> io::Result<LinesRead>,
) -> io::Result<AnalyzeOutcome> {
    let mut outcome = AnalyzeOutcome::Done;
    let mut lines_before = 0;
    let mut filter_hint = None::<FilterHint>;
    for path in options.inputs() {
        let Some(input) = open(path, context) else {
            outcome = AnalyzeOutcome::Failed;
            continue;
        };
        let reader = LineReader::new(&options.filter, year_hint(options, context, &input), &input.worker);
        // a regular file never pauses
        let bytes = if input.size.is_some() { input.reader } else { Box::new(PausingReader::new(input.reader)) };
        let mut chunks = LineChunks::new(bytes, FlushPolicy::EveryLine);
        let result = read(context, lines_before, reader, &mut chunks)?;
        lines_before += result.lines;
        if !check_input(&input.name, result.lines, result.is_journal, chunks.failure(), context.err) {
            outcome = AnalyzeOutcome::Failed;
        }
        if result.is_journal {
            filter_hint.get_or_insert_default().absorb(result.filter_hint);
        }
    }
    if let Some(hint) = filter_hint.and_then(|hint| hint.nothing_matched(&options.filter)) {
        complain(context.err, &hint);
    }
    Ok(outcome)
}

/// Writes the answer of `--format text` and `--format json`.
fn write_analysis(options: &AnalyzeOptions, context: &mut AnalyzeContext<'_>) -> io::Result<AnalyzeOutcome> {
    let (mut summaries, outcome) = summarize_inputs(options, context);
    if summaries.is_empty() {
        return Ok(AnalyzeOutcome::Failed);
    }
    let mut filter_hint = FilterHint::default();
    summaries.iter_mut().for_each(|summary| filter_hint.absorb(std::mem::take(&mut summary.filter_hint)));
    let nothing_matched = filter_hint.nothing_matched(&options.filter);
    let analysis = Analysis::of(summaries);
    match (options.format, nothing_matched) {
        (AnalysisFormat::Json, hint) => {
            json::write(&analysis, context.out)?;
            if let Some(hint) = hint {
                complain(context.err, &hint);
            }
        }
        (_, Some(hint)) => text::write_hint(&hint, options.style, context.out)?,
        (_, None) => text::write(&analysis, options.style, context.out)?,
    }
    context.out.flush()?;
    Ok(outcome)
}

/// Reads the inputs; returns the summaries of those that are journals.
fn summarize_inputs(options: &AnalyzeOptions, context: &mut AnalyzeContext<'_>) -> (Vec<InputSummary>, AnalyzeOutcome) {
    let mut outcome = AnalyzeOutcome::Done;
    let mut summaries = Vec::new();
    let depth = if options.filter.is_open() { ScanDepth::Candidates } else { ScanDepth::EveryLine };
    let (kinds, mut pool) = (KindInterner::default(), ScanPool::new());
    for path in options.inputs() {
        let Some(input) = open(path, context) else {
            outcome = AnalyzeOutcome::Failed;
            continue;
        };
        let mut summary = InputSummary::new(year_hint(options, context, &input), Arc::clone(&input.worker));
        let mut progress = ReadProgress::new(&input, context.elapsed, context.err_is_terminal);
        let err = &mut *context.err;
        let result =
            pool.scan(LineChunks::new(input.reader, FlushPolicy::WhenFull), depth, &kinds, &mut |chunk, bytes| {
                summary.fold(chunk, bytes, &options.filter, &kinds);
                progress.show(summary.lines_read(), summary.control_plane, err);
            });
        progress.clear(context.err);
        let (lines, is_journal) = (summary.lines_read(), summary.is_journal);
        if !check_input(&input.name, lines, is_journal, result.err(), context.err) {
            outcome = AnalyzeOutcome::Failed;
        }
        if is_journal {
            summaries.push(summary);
        }
    }
    (summaries, outcome)
}

/// Opens an input; reports why and returns `None` if it cannot be opened.
fn open(path: &Path, context: &mut AnalyzeContext<'_>) -> Option<JournalInput> {
    let input = if path == Path::new("-") { open_standard_input((context.stdin)()) } else { open_file(path) };
    input.map_err(|error| complain(context.err, &error)).ok()
}

/// Returns what is known about the year of an input: as given, else not after the file's last change or today.
fn year_hint(options: &AnalyzeOptions, context: &AnalyzeContext<'_>, input: &JournalInput) -> YearHint {
    let latest = input.modified.unwrap_or(context.today);
    options.year.map_or(YearHint::NotAfter(latest), YearHint::Year)
}
