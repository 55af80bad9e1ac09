//! The retry ladders: the waits between tries as the journal shows them, beside those that the kubelet's source promises.

use super::page::{Page, count};
use crate::{
    analyze::story::{Story, Told, gaps},
    kubelet::{Activity, RetrySchedule},
    world::{RetryLoop, RetryLoopId},
};

/// Loops shown for each worker.
const LOOPS: usize = 8;

/// Workers whose loops are shown.
const WORKERS: usize = 4;

/// Waits shown of a loop.
const WAITS: usize = 16;

/// Columns of a loop's name.
const WHAT: usize = 24;

/// Updates of a lease before it is ensured (`maxUpdateRetries`, component-helpers apimachinery/lease/controller.go).
const UPDATES: usize = 5;

/// Rungs that a reflector can climb in silence before anybody asks.
const SILENT: u32 = 6;

/// Seconds that a heartbeat's call waits for its answer (cmd/kubelet/app/server.go: the lease's duration, at most 10 s).
const TIMEOUT: f64 = 10.5;

/// Tells the ladders of an outage.
pub(super) fn tell(story: &Story, told: &Told, page: &mut Page) {
    let mut workers: Vec<&str> = told.outage.retries.iter().map(|(id, _)| &*id.worker).collect();
    workers.dedup();
    if workers.is_empty() {
        return;
    }
    let head = format!("{:<WHAT$}{:>8}  seconds from each try to the next", "retried", "tries");
    page.line(&page.dim(&head));
    let several = workers.len() > 1;
    for worker in workers.iter().take(WORKERS) {
        if several {
            page.line(&page.bold(&page.safe(worker, page.width())));
        }
        let minor = story.workers.get(*worker).and_then(crate::kubelet::VersionClues::newest);
        let mut loops: Vec<_> = told.outage.retries.iter().filter(|(id, _)| &*id.worker == *worker).collect();
        loops.sort_by_key(|(id, retries)| (rank(id.activity), std::cmp::Reverse(retries.tries)));
        for (id, retries) in loops.iter().take(LOOPS) {
            ladder(id, retries, minor, page);
        }
        if loops.len() > LOOPS {
            page.line(&format!("  and {} more", loops.len() - LOOPS));
        }
    }
    if workers.len() > WORKERS {
        page.line(&format!("and {} more", count((workers.len() - WORKERS) as u64, "worker")));
    }
}

/// Leases and reflectors are what the ladders are about.
fn rank(activity: Activity) -> u8 {
    match activity {
        Activity::Lease => 0,
        Activity::NodeStatus => 1,
        Activity::Registration => 2,
        Activity::Watch => 3,
        _ => 4,
    }
}

fn ladder(id: &RetryLoopId, retries: &RetryLoop, minor: Option<u32>, page: &mut Page) {
    let what = match &id.resource {
        Some(resource) if id.activity == Activity::Watch => format!("watch {}", page.safe(resource, 17)),
        _ => id.activity.as_str().to_owned(),
    };
    let seen: Vec<f64> = gaps(retries).collect();
    let waits = if seen.is_empty() { "one try".to_owned() } else { waits(&seen, page) };
    page.line(&format!("  {}{:>6}  {waits}", page.accent(&format!("{what:<WHAT$}")), retries.tries));
    let Some(rhythm) = RetrySchedule::of(id.activity, minor).filter(|_| seen.len() > 1) else { return };
    let whole = retries.tries == seen.len() as u64 + 1;
    let kept = Kept::of(&rhythm, id.activity, &seen).filter(|_| whole);
    let before = kept.as_ref().map(Kept::before).unwrap_or_default();
    let after = kept.as_ref().map(Kept::after).unwrap_or_default();
    let room = page.width().saturating_sub(WHAT + 10 + before.len() + after.len());
    let promise = promise(&rhythm, kept.as_ref().map_or(0, |kept| kept.silent), seen.len(), room, page);
    page.line(&page.dim(&format!("{:>indent$}  {before}{promise}{after}", "promised", indent = WHAT + 8)));
}

/// Waits, equal ones that follow each other counted.
fn waits(seen: &[f64], page: &Page) -> String {
    let mut runs: Vec<(String, usize)> = Vec::new();
    for wait in seen {
        let told = format!("{wait:.1}");
        match runs.last_mut() {
            Some((last, times)) if *last == told => *times += 1,
            _ => runs.push((told, 1)),
        }
    }
    let mut out = String::new();
    for (index, (wait, times)) in runs.iter().enumerate() {
        let piece = match times {
            1 => wait.clone(),
            2 => format!("{wait} {wait}"),
            times => format!("{wait}{}", page.times(*times)),
        };
        let left = page.width().saturating_sub(WHAT + 10 + out.chars().count() + 2);
        if index == WAITS || piece.chars().count() + 2 > left {
            out.push_str(page.more());
            break;
        }
        out.push_str(&piece);
        out.push(' ');
    }
    out.trim_end().to_owned()
}

/// The waits that the source promises, from a rung on, up to where they stay the same.
fn promise(rhythm: &RetrySchedule, from: u32, tries: usize, room: usize, page: &Page) -> String {
    let mut rungs: Vec<String> = Vec::new();
    let mut used = page.more().len();
    for attempt in from..from.saturating_add(u32::try_from(tries).unwrap_or(u32::MAX).min(12)) {
        let wait = wait_of(rhythm, attempt);
        let told = if rhythm.jitter < 0.5 {
            format!("{:.1}", wait.start)
        } else {
            format!("{}{}{}", short(wait.start), page.dash(), short(wait.end))
        };
        used += told.chars().count() + 1;
        if rungs.last() == Some(&told) || used > room {
            rungs.push(page.more().to_owned());
            break;
        }
        rungs.push(told);
    }
    rungs.join(" ")
}

fn short(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1}") } else { format!("{seconds:.0}") }
}

fn wait_of(rhythm: &RetrySchedule, attempt: u32) -> std::ops::Range<f64> {
    // the tries of a burst are one try here
    let range = if rhythm.burst > 1 { rhythm.gap(rhythm.burst - 1) } else { rhythm.gap(attempt) };
    range.start.as_secs_f64()..range.end.as_secs_f64()
}

/// How a promise was kept.
#[derive(Debug, PartialEq)]
struct Kept {
    /// Tries before the ladder: the updates of a lease that come before its ensuring.
    updates: usize,
    /// Rungs before the first that was seen: a refused watch is tried again without a word.
    silent: u32,
    /// Seconds that the calls themselves took at most.
    call: f64,
}

impl Kept {
    /// Looks for the rung on which the ladder begins.
    fn of(rhythm: &RetrySchedule, activity: Activity, seen: &[f64]) -> Option<Self> {
        let most_updates = if activity == Activity::Lease { UPDATES.min(seen.len().saturating_sub(2)) } else { 0 };
        let most_silent = if activity == Activity::Watch { SILENT } else { 0 };
        let calls = [0.0, TIMEOUT];
        calls.into_iter().find_map(|call| {
            (0..=most_updates).find_map(|updates| {
                (0..=most_silent).find(|silent| climbs(rhythm, *silent, call, &seen[updates..])).map(|silent| Self {
                    updates,
                    silent,
                    call,
                })
            })
        })
    }

    fn before(&self) -> &'static str {
        if self.updates > 0 { "updates, then " } else { "" }
    }

    fn after(&self) -> String {
        let call = if self.call > 0.0 { " plus the call" } else { "" };
        let silent = match self.silent {
            0 => String::new(),
            1 => " after 1 silent try".to_owned(),
            silent => format!(" after {silent} silent tries"),
        };
        format!(": kept{call}{silent}")
    }
}

/// Whether waits are those of the ladder from a rung on, each with up to so many seconds for the call.
fn climbs(rhythm: &RetrySchedule, from: u32, call: f64, waits: &[f64]) -> bool {
    waits.iter().zip(from..).all(|(wait, attempt)| {
        let promised = wait_of(rhythm, attempt);
        // a call that fails at once and a line that is written late take some of it
        *wait >= promised.start * 0.98 - 0.02 && *wait <= promised.end * 1.03 + 0.4 + call
    })
}
