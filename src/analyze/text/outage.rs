//! One outage at length: when, what it looks like and why, the lanes, and how they went over time.

use super::{
    ladder, lane_says, later,
    page::{Page, count, duration},
    time,
};
use crate::{
    analyze::{
        ledger::Excerpt,
        story::{Story, Told},
    },
    kubelet::record,
    world::{Lane, LaneId, LaneSpan},
};

/// Workers listed under a lane.
const WORKERS: usize = 8;

/// Columns of a lane's name.
const NAME: usize = 16;

/// Tells one outage.
pub(super) fn tell(story: &Story, index: usize, page: &mut Page) {
    let told = &story.outages[index];
    let title = if story.outages.len() > 1 {
        format!("Outage {} of {}", index + 1, story.outages.len())
    } else {
        "The outage".to_owned()
    };
    page.heading(&title);
    span(story, told, page);
    page.blank();
    suggestion(story, told, page);
    page.blank();
    lanes(story, told, page);
    page.blank();
    over_time(told, page);
    page.blank();
    ladder::tell(story, told, page);
}

fn span(story: &Story, told: &Told, page: &mut Page) {
    let outage = &told.outage;
    let (began, last) = (story.local(outage.began), story.local(outage.last_line()));
    let length = duration(outage.last_line() - outage.began);
    page.line(&format!("began  {}", super::day_and_time(began)));
    if told.open {
        let rest = told.reach.to.map_or_else(|| length.clone(), |to| duration(to - outage.began));
        page.line(&format!("ended  {} of the log, {rest} later", page.bad("not at all: still down at the end")));
    } else {
        page.line(&format!("ended  {}, {length} later: the last failed call", later(began, last)));
    }
    page.line(&format!("lines  {} about the control plane, {}", outage.lines, count(outage.failures, "failed call")));
}

/// What it looks like, how sure that is, and the lines that say so.
fn suggestion(story: &Story, told: &Told, page: &mut Page) {
    let signature = &told.signature;
    let sure = (signature.confidence * 100.0).round();
    if signature.cause == crate::world::Cause::Unclear {
        page.line("It looks like none of the known patterns.");
    } else {
        page.line(&format!("It looks as if {}.", page.bad(signature.cause.says())));
        page.line(&format!("{sure} % sure{}", fault(told)));
    }
    for clue in &signature.clues {
        let at = time(story.local(clue.at));
        page.line(&format!("  {at}  {}  {}", page.accent(&format!("{:<8}", clue.lane.name())), clue.tells));
        if let Some(excerpt) = told.excerpts.iter().find(|excerpt| excerpt.lane == clue.lane) {
            evidence(excerpt, page);
        }
    }
    for doubt in &signature.doubts {
        page.line(&format!("  less sure: {doubt}"));
    }
}

fn fault(told: &Told) -> String {
    match told.signature.cause.fault() {
        Some(deed) => format!("; in blackout this fault is called {}.", word(deed)),
        None => "; none of the faults that blackout can bring about.".to_owned(),
    }
}

/// A line that tells: what it says, and the end of its error.
fn evidence(excerpt: &Excerpt, page: &mut Page) {
    let record = record(&excerpt.message);
    let site = record.call_site.map(|site| format!("{}:{} ", site.file, site.line)).unwrap_or_default();
    let label = format!("    line {}: ", excerpt.line);
    let room = page.width().saturating_sub(label.len());
    let said = plain(&format!("{site}{}", record.message));
    let error = record.error.map(plain);
    let text = match &error {
        None => page.safe(&said, room * 2),
        Some(_) => page.safe(&said, room),
    };
    let (first, second) = match &error {
        None if said.chars().count() > room => (page.head(&said, room), Some(page.tail(&said, room))),
        None => (text, None),
        Some(error) => (text, Some(page.tail(error, room))),
    };
    page.line(&page.dim(&format!("{label}{first}")));
    if let Some(second) = second {
        page.line(&page.dim(&format!("{:width$}{second}", "", width = label.len())));
    }
}

/// Without the escapes of a structured value.
fn plain(text: &str) -> String {
    text.replace("\\\\\\\"", "\"").replace("\\\"", "\"")
}

fn word(deed: crate::observation::Deed) -> &'static str {
    use crate::observation::Deed::{Apiserver, Disconnect, Kill, Pause, Restore, Stop};
    match deed {
        Stop => "stop",
        Kill => "kill",
        Pause => "pause",
        Disconnect => "disconnect",
        Apiserver => "apiserver",
        Restore => "restore",
    }
}

fn lanes(story: &Story, told: &Told, page: &mut Page) {
    let head = format!(
        "{:<NAME$} {:<12} {:<12} {:>8} {:>8} {:>7} {:>8}",
        "what failed", "first", "last", "T+ first", "T+ last", "lines", "failures"
    );
    page.line(&page.dim(&head));
    let several = told.outage.lanes.iter().flat_map(|(_, lane)| lane.by_worker.keys()).any({
        let first = told.outage.lanes.iter().find_map(|(_, lane)| lane.by_worker.keys().next());
        move |worker| Some(worker) != first
    });
    for (id, lane) in told.outage.lanes.iter() {
        let name = page.accent(&format!("{:<NAME$}", id.name()));
        page.line(&format!("{name} {}", row(story, told, &lane.span)));
        if several {
            workers(story, told, lane, page);
        }
    }
}

fn workers(story: &Story, told: &Told, lane: &Lane, page: &mut Page) {
    let mut workers: Vec<_> = lane.by_worker.iter().collect();
    workers.sort_by_key(|(_, span)| (span.first, std::cmp::Reverse(span.lines)));
    for (worker, span) in workers.iter().take(WORKERS) {
        let name = page.safe(worker, NAME - 2);
        page.line(&format!("  {}{} {}", name, pad(&name, NAME - 2), row(story, told, span)));
    }
    if workers.len() > WORKERS {
        page.line(&format!("  and {} more workers", workers.len() - WORKERS));
    }
}

fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(unicode_width::UnicodeWidthStr::width(text)))
}

fn row(story: &Story, told: &Told, span: &LaneSpan) -> String {
    let since = |at: crate::observation::Time| {
        let seconds = (at - told.outage.began).num_milliseconds() as f64 / 1000.0;
        if seconds < 100_000.0 { format!("{seconds:.1}") } else { format!("{seconds:.0}") }
    };
    format!(
        "{:<12} {:<12} {:>8} {:>8} {:>7} {:>8}",
        time(story.local(span.first)),
        time(story.local(span.last)),
        since(span.first),
        since(span.last),
        span.lines,
        span.failures
    )
}

/// How often each lane spoke, over time.
fn over_time(told: &Told, page: &mut Page) {
    let outage = &told.outage;
    let length = outage.last_line() - outage.began;
    let Some(resolution) = outage.lanes.iter().map(|(_, lane)| lane.histogram.resolution()).max() else { return };
    let room = page.width().saturating_sub(10 + 24).clamp(16, 100);
    let most = length.num_milliseconds() / resolution.num_milliseconds().max(1) + 1;
    let columns = room.min(usize::try_from(most).unwrap_or(room)).max(1);
    let column = length / i32::try_from(columns).unwrap_or(1);
    page.line(&page.dim(&format!("lines over time, {} a column", short(column))));
    for (id, lane) in outage.lanes.iter() {
        let bars = page.bars(&lane.histogram.columns(outage.last_line(), columns));
        let padding = " ".repeat(room - columns);
        let says = lane_says_at(id, page.width());
        page.line(&format!("{}{bars}{padding}  {says}", page.accent(&format!("{:<10}", id.name()))));
    }
}

fn lane_says_at(id: LaneId, width: usize) -> &'static str {
    if width >= 56 { lane_says(id) } else { "" }
}

/// A length below a minute in seconds, with what is needed of a fraction.
fn short(length: chrono::Duration) -> String {
    let milliseconds = length.num_milliseconds();
    if milliseconds < 1000 { format!("{milliseconds} ms") } else { duration(length) }
}
