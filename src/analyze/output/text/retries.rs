//! Attempts of an outage: the gaps between them as the journal shows them, beside the backoff that is expected.

use std::cmp::Reverse;

use super::page::TextPage;
use crate::{
    analyze::fold::{
        analysis::Analysis,
        outages::{DiagnosedOutage, gaps_in_seconds},
    },
    kubelet::{Activity, RetrySchedule, VersionClues},
    units::count,
    world::{RetryLoop, RetryLoopId},
};

/// Retry loops shown for each worker.
const MOST_LOOPS: usize = 8;

/// Workers whose retry loops are shown.
const MOST_WORKERS: usize = 4;

/// Runs of equal gaps shown for a loop.
const MOST_RUNS: usize = 16;

/// Expected gaps shown for a loop: by then the backoff no longer grows.
const MOST_EXPECTED: usize = 12;

/// Width of a loop's name, in columns.
const NAME_WIDTH: usize = 24;

/// Columns of a row before its gaps: the name, and the number of attempts.
const GAPS_START: usize = NAME_WIDTH + 10;

/// Updates of a lease before the kubelet ensures that it exists (`maxUpdateRetries` in component-helpers'
/// `apimachinery/lease/controller.go`).
const LEASE_UPDATES: usize = 5;

/// Attempts of a watch that may be missing in the journal, because client-go 1.19 and later does not log a refused
/// watch (`tools/cache/reflector.go`): after six of them the wait is the longest one, and further ones make no
/// difference.
const MOST_UNLOGGED: u32 = 6;

/// Longest time of a heartbeat's own call, in seconds: its timeout is at most 10 s (`cmd/kubelet/app/server.go`), and
/// the line is written up to half a second later.
const LONGEST_CALL: f64 = 10.5;

/// Writes the retry loops of an outage.
pub(crate) fn write(analysis: &Analysis, diagnosed: &DiagnosedOutage, page: &mut TextPage) {
    let workers = diagnosed.retrying_workers();
    if workers.is_empty() {
        return;
    }
    let head = format!("{:<NAME_WIDTH$}{:>8}  backoff: seconds between attempts", "call", "attempts");
    page.line(&page.dim(&head));
    for worker in workers.iter().take(MOST_WORKERS) {
        if workers.len() > 1 {
            page.line(&page.bold(&page.safe(worker, page.width())));
        }
        write_worker(analysis, diagnosed, worker, page);
    }
    if workers.len() > MOST_WORKERS {
        page.line(&format!("and {} more", count((workers.len() - MOST_WORKERS) as u64, "worker")));
    }
}

/// Writes the retry loops of one worker, those with a known schedule first.
fn write_worker(analysis: &Analysis, diagnosed: &DiagnosedOutage, worker: &str, page: &mut TextPage) {
    let minor = analysis.workers.get(worker).and_then(VersionClues::newest);
    let mut loops: Vec<_> = diagnosed.outage.retries.iter().filter(|(id, _)| &*id.worker == worker).collect();
    loops.sort_by_key(|(id, retries)| (rank(id.activity), Reverse(retries.tries)));
    for (id, retries) in loops.iter().take(MOST_LOOPS) {
        write_loop(id, retries, minor, page);
    }
    if loops.len() > MOST_LOOPS {
        page.line(&format!("  and {} more", loops.len() - MOST_LOOPS));
    }
}

/// Returns the place of an activity in the list: heartbeats and watches first.
fn rank(activity: Activity) -> u8 {
    match activity {
        Activity::Lease => 0,
        Activity::NodeStatus => 1,
        Activity::Registration => 2,
        Activity::Watch => 3,
        _ => 4,
    }
}

fn write_loop(id: &RetryLoopId, retries: &RetryLoop, minor: Option<u32>, page: &mut TextPage) {
    let name = match &id.resource {
        Some(resource) if id.activity == Activity::Watch => format!("watch {}", page.safe(resource, 17)),
        _ => id.activity.as_str().to_owned(),
    };
    let gaps: Vec<f64> = gaps_in_seconds(retries).collect();
    let columns = if gaps.is_empty() { "one attempt".to_owned() } else { format_gaps(&gaps, page) };
    page.line(&format!("  {}{:>6}  {columns}", page.accent(&format!("{name:<NAME_WIDTH$}")), retries.tries));
    if gaps.len() > 1
        && let Some(schedule) = RetrySchedule::of(id.activity, minor)
    {
        let is_complete = retries.tries == gaps.len() as u64 + 1;
        let matched = ScheduleMatch::find(&schedule, id.activity, &gaps).filter(|_| is_complete);
        write_expected(&schedule, matched.as_ref(), gaps.len(), page);
    }
}

/// Writes the expected backoff, and whether the gaps match it.
fn write_expected(schedule: &RetrySchedule, matched: Option<&ScheduleMatch>, gaps: usize, page: &mut TextPage) {
    let before = matched.map(ScheduleMatch::before).unwrap_or_default();
    let after = matched.map(ScheduleMatch::after).unwrap_or_default();
    let room = page.width().saturating_sub(GAPS_START + before.len() + after.len());
    let unlogged = matched.map_or(0, |matched| matched.unlogged);
    let expected = format_schedule(schedule, unlogged, gaps, room, page);
    page.line(&page.dim(&format!("{:>width$}  {before}{expected}{after}", "expected", width = GAPS_START - 2)));
}

/// Formats gaps in seconds, equal ones in a row as one with their number.
fn format_gaps(gaps: &[f64], page: &TextPage) -> String {
    let mut runs: Vec<(String, usize)> = Vec::new();
    for gap in gaps {
        let gap = format!("{gap:.1}");
        match runs.last_mut() {
            Some((last, times)) if *last == gap => *times += 1,
            _ => runs.push((gap, 1)),
        }
    }
    let mut out = String::new();
    for (index, (gap, times)) in runs.iter().enumerate() {
        let run = match times {
            1 => gap.clone(),
            2 => format!("{gap} {gap}"),
            times => format!("{gap}{}", page.times(*times)),
        };
        let room = page.width().saturating_sub(GAPS_START + out.chars().count() + 2);
        if index == MOST_RUNS || run.chars().count() + 2 > room {
            out.push_str(page.more());
            break;
        }
        out.push_str(&run);
        out.push(' ');
    }
    out.trim_end().to_owned()
}

/// Formats the gaps of a schedule after attempt `first`, up to where they no longer grow.
fn format_schedule(schedule: &RetrySchedule, first: u32, gaps: usize, room: usize, page: &TextPage) -> String {
    let mut steps: Vec<String> = Vec::new();
    let mut used = page.more().len();
    for attempt in (first..).take(gaps.min(MOST_EXPECTED)) {
        let gap = gap_in_seconds(schedule, attempt);
        let step = if schedule.jitter < 0.5 {
            format!("{:.1}", gap.start)
        } else {
            format!("{}{}{}", short_seconds(gap.start), page.dash(), short_seconds(gap.end))
        };
        used += step.chars().count() + 1;
        if steps.last() == Some(&step) || used > room {
            steps.push(page.more().to_owned());
            break;
        }
        steps.push(step);
    }
    steps.join(" ")
}

fn short_seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1}") } else { format!("{seconds:.0}") }
}

/// Returns the expected gap after an attempt, in seconds. Attempts without a gap between them are one attempt in a
/// retry loop.
fn gap_in_seconds(schedule: &RetrySchedule, attempt: u32) -> std::ops::Range<f64> {
    let attempt = if schedule.burst > 1 { schedule.burst - 1 } else { attempt };
    let gap = schedule.gap(attempt);
    gap.start.as_secs_f64()..gap.end.as_secs_f64()
}

/// The way in which gaps match a schedule.
#[derive(Debug, PartialEq)]
struct ScheduleMatch {
    /// Attempts before the schedule begins: updates of a lease, before the kubelet ensures that it exists.
    updates: usize,
    /// Attempts of the schedule that were not logged.
    unlogged: u32,
    /// Longest time of each call in seconds; 0 if the calls fail at once.
    call: f64,
}

impl ScheduleMatch {
    /// Finds the attempt of the schedule at which the gaps begin; `None` if they match it nowhere.
    fn find(schedule: &RetrySchedule, activity: Activity, gaps: &[f64]) -> Option<Self> {
        // at least two gaps have to match the schedule itself
        let most_updates =
            if activity == Activity::Lease { LEASE_UPDATES.min(gaps.len().saturating_sub(2)) } else { 0 };
        let most_unlogged = if activity == Activity::Watch { MOST_UNLOGGED } else { 0 };
        let candidates = [0.0, LONGEST_CALL].into_iter().flat_map(|call| {
            (0..=most_updates)
                .flat_map(move |updates| (0..=most_unlogged).map(move |unlogged| Self { updates, unlogged, call }))
        });
        candidates.into_iter().find(|candidate| candidate.fits(schedule, gaps))
    }

    fn fits(&self, schedule: &RetrySchedule, gaps: &[f64]) -> bool {
        gaps[self.updates..].iter().zip(self.unlogged..).all(|(gap, attempt)| {
            let expected = gap_in_seconds(schedule, attempt);
            // 2 to 3 % and a fraction of a second for the call itself and for a line that is written late
            *gap >= expected.start * 0.98 - 0.02 && *gap <= expected.end * 1.03 + 0.4 + self.call
        })
    }

    /// Returns the text in front of the expected gaps.
    fn before(&self) -> &'static str {
        if self.updates > 0 { "updates, then " } else { "" }
    }

    /// Returns the text after the expected gaps.
    fn after(&self) -> String {
        let call = if self.call > 0.0 { " plus call time" } else { "" };
        let unlogged = match self.unlogged {
            0 => String::new(),
            unlogged => format!(" ({unlogged} unlogged)"),
        };
        format!(": matches{call}{unlogged}")
    }
}
