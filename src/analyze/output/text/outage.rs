//! One outage: its span, its likely cause and the evidence, its lanes, and their lines over time.

use std::cmp::Reverse;

use unicode_width::UnicodeWidthStr as _;

use super::{
    page::TextPage,
    retries,
    times::{column_duration, day_and_time, span_end, time_of_day},
};
use crate::{
    analyze::fold::{analysis::Analysis, excerpt::Excerpt, outages::DiagnosedOutage},
    kubelet::record,
    observation::Time,
    units::{count, duration, seconds},
    world::{Cause, Lane, LaneSpan},
};

/// Workers listed under a lane.
const MOST_WORKERS: usize = 8;

/// Width of a lane's name in the table, in columns.
const NAME_WIDTH: usize = 16;

/// Columns in front of the meaning of a clue: its time and its lane.
const CLUE_START: usize = "  16:09:07.309  refused   ".len();

/// Width of a lane's name beside its bars, in columns.
const BAR_NAME_WIDTH: usize = 10;

/// Columns of the widest caption of a lane (`LaneId::caption`) and the two spaces before it.
const CAPTION_WIDTH: usize = 31 + 2;

/// Fewest and most columns of bars.
const BAR_COLUMNS: std::ops::RangeInclusive<usize> = 16..=100;

/// Narrowest page that has captions, in columns.
const NARROWEST_WITH_CAPTIONS: usize = BAR_NAME_WIDTH + *BAR_COLUMNS.start() + CAPTION_WIDTH;

/// Writes the outage with this index.
pub(crate) fn write(analysis: &Analysis, index: usize, page: &mut TextPage) {
    let diagnosed = &analysis.outages[index];
    match analysis.outages.len() {
        1 => page.heading("Outage"),
        several => page.heading(&format!("Outage {} of {several}", index + 1)),
    }
    write_span(analysis, diagnosed, page);
    page.blank();
    write_cause(analysis, diagnosed, page);
    page.blank();
    write_lanes(analysis, diagnosed, page);
    page.blank();
    write_histogram(diagnosed, page);
    page.blank();
    retries::write(analysis, diagnosed, page);
}

fn write_span(analysis: &Analysis, diagnosed: &DiagnosedOutage, page: &mut TextPage) {
    let outage = &diagnosed.outage;
    let (start, last) = (analysis.local(outage.began), analysis.local(outage.last_line()));
    page.line(&format!("start  {}", day_and_time(start)));
    if diagnosed.is_open {
        let log_end = diagnosed.coverage.to.unwrap_or(outage.last_line());
        let length = duration(log_end - outage.began);
        page.line(&format!("end    {}, {length} after its start", page.bad("the log ends during the outage")));
    } else {
        let length = duration(outage.last_line() - outage.began);
        page.line(&format!("end    {}, {length} later: the last failed call", span_end(start, last)));
    }
    page.line(&format!("lines  {} about the control plane, {}", outage.lines, count(outage.failures, "failed call")));
}

/// Writes the likely cause, its confidence, and the lines that are evidence of it.
fn write_cause(analysis: &Analysis, diagnosed: &DiagnosedOutage, page: &mut TextPage) {
    let diagnosis = &diagnosed.diagnosis;
    if diagnosis.cause == Cause::Unclear {
        page.line("Likely cause: unknown; the failures match no known pattern.");
    } else {
        let confidence = (diagnosis.confidence * 100.0).round();
        let label = "Likely cause: ";
        page.hanging_paragraph(&page.bad(label), label.len(), &format!("{}.", diagnosis.cause.clause()));
        page.line(&match diagnosis.cause.fault() {
            Some(fault) => format!("Confidence: {confidence} %. Fault that reproduces it: {}.", fault.as_str()),
            None => format!("Confidence: {confidence} %. No fault of blackout reproduces it."),
        });
    }
    for clue in &diagnosis.clues {
        let time = time_of_day(analysis.local(clue.at));
        let prefix = format!("  {time}  {}  ", page.accent(&format!("{:<8}", clue.lane.name())));
        page.hanging_paragraph(&prefix, CLUE_START, clue.meaning);
        if let Some(excerpt) = diagnosed.excerpts.iter().find(|excerpt| excerpt.lane == clue.lane) {
            write_excerpt(excerpt, page);
        }
    }
    for doubt in &diagnosis.doubts {
        page.line(&format!("  less confident: {doubt}"));
    }
}

/// Quotes a line in at most two rows: the beginning of its message, and the end of its error, which names the cause.
fn write_excerpt(excerpt: &Excerpt, page: &mut TextPage) {
    let record = record(&excerpt.message);
    let site = record.call_site.map(|site| format!("{}:{} ", site.file, site.line)).unwrap_or_default();
    let label = format!("    line {}: ", excerpt.line);
    let room = page.width().saturating_sub(label.len());
    let message = unescaped(&format!("{site}{}", record.message));
    let (first, second) = match record.error.map(unescaped) {
        Some(error) => (page.safe(&message, room), Some(page.tail(&error, room))),
        None if message.chars().count() > room => (page.head(&message, room), Some(page.tail(&message, room))),
        None => (page.safe(&message, room * 2), None),
    };
    page.line(&page.dim(&format!("{label}{first}")));
    if let Some(second) = second {
        page.line(&page.dim(&format!("{:width$}{second}", "", width = label.len())));
    }
}

/// Removes the escapes of a structured value.
fn unescaped(text: &str) -> String {
    text.replace("\\\\\\\"", "\"").replace("\\\"", "\"")
}

fn write_lanes(analysis: &Analysis, diagnosed: &DiagnosedOutage, page: &mut TextPage) {
    let head = format!(
        "{:<NAME_WIDTH$} {:<12} {:<12} {:>8} {:>8} {:>7} {:>8}",
        "lane", "first", "last", "T+ first", "T+ last", "lines", "failures"
    );
    page.line(&page.dim(&head));
    let has_several_workers = diagnosed.has_several_workers();
    for (id, lane) in diagnosed.outage.lanes.iter() {
        let name = page.accent(&format!("{:<NAME_WIDTH$}", id.name()));
        page.line(&format!("{name} {}", span_columns(analysis, diagnosed, &lane.span)));
        if has_several_workers {
            write_workers(analysis, diagnosed, lane, page);
        }
    }
}

/// Writes the workers of a lane, in the order of their first lines.
fn write_workers(analysis: &Analysis, diagnosed: &DiagnosedOutage, lane: &Lane, page: &mut TextPage) {
    let mut workers: Vec<_> = lane.by_worker.iter().collect();
    workers.sort_by_key(|(_, span)| (span.first, Reverse(span.lines)));
    for (worker, span) in workers.iter().take(MOST_WORKERS) {
        let name = page.safe(worker, NAME_WIDTH - 2);
        let padding = " ".repeat((NAME_WIDTH - 2).saturating_sub(name.width()));
        page.line(&format!("  {name}{padding} {}", span_columns(analysis, diagnosed, span)));
    }
    if workers.len() > MOST_WORKERS {
        page.line(&format!("  and {} more workers", workers.len() - MOST_WORKERS));
    }
}

/// Formats a span as the columns of the table of lanes; T+ is in seconds.
fn span_columns(analysis: &Analysis, diagnosed: &DiagnosedOutage, span: &LaneSpan) -> String {
    let since_start = |time: Time| {
        let seconds = seconds(time - diagnosed.outage.began);
        if seconds < 100_000.0 { format!("{seconds:.1}") } else { format!("{seconds:.0}") }
    };
    format!(
        "{:<12} {:<12} {:>8} {:>8} {:>7} {:>8}",
        time_of_day(analysis.local(span.first)),
        time_of_day(analysis.local(span.last)),
        since_start(span.first),
        since_start(span.last),
        span.lines,
        span.failures
    )
}

/// Writes a bar chart of each lane's lines over time.
fn write_histogram(diagnosed: &DiagnosedOutage, page: &mut TextPage) {
    let outage = &diagnosed.outage;
    let length = outage.last_line() - outage.began;
    let Some(resolution) = outage.lanes.iter().map(|(_, lane)| lane.histogram.resolution()).max() else { return };
    let room =
        page.width().saturating_sub(BAR_NAME_WIDTH + CAPTION_WIDTH).clamp(*BAR_COLUMNS.start(), *BAR_COLUMNS.end());
    let distinct = length.num_milliseconds() / resolution.num_milliseconds().max(1) + 1;
    let columns = room.min(usize::try_from(distinct).unwrap_or(room)).max(1);
    let column = length / i32::try_from(columns).unwrap_or(1);
    page.line(&page.dim(&format!("lines over time, {} per column", column_duration(column))));
    for (id, lane) in outage.lanes.iter() {
        let name = page.accent(&format!("{:<BAR_NAME_WIDTH$}", id.name()));
        let bars = page.bars(&lane.histogram.columns(outage.last_line(), columns));
        let padding = " ".repeat(room - columns);
        let caption = if page.width() >= NARROWEST_WITH_CAPTIONS { id.caption() } else { "" };
        page.line(&format!("{name}{bars}{padding}  {caption}"));
    }
}
