//! The retry ladders: the waits between tries as the journal shows them, beside those that the kubelet's source promises.

use super::page::{Page, count};
use crate::{
    analyze::story::{Story, Told, gaps},
    kubelet::{Activity, Rhythm},
    world::retries::{LoopId, RetryLoop},
};

/// Loops shown for each worker.
const LOOPS: usize = 8;

/// Workers whose loops are shown.
const WORKERS: usize = 4;

/// Waits shown of a loop.
const WAITS: usize = 14;

/// Tells the ladders of an outage.
pub(super) fn tell(story: &Story, told: &Told, page: &mut Page) {
    let mut workers: Vec<&str> = told.outage.retries.iter().map(|(id, _)| &*id.worker).collect();
    workers.dedup();
    if workers.is_empty() {
        return;
    }
    page.line(&page.dim("seconds from one try to the next, and what the kubelet's source promises"));
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

fn ladder(id: &LoopId, retries: &RetryLoop, minor: Option<u32>, page: &mut Page) {
    let what = match &id.resource {
        Some(resource) if id.activity == Activity::Watch => format!("watch {}", page.safe(resource, 18)),
        _ => id.activity.as_str().to_owned(),
    };
    let seen: Vec<f64> = gaps(retries).collect();
    let waits = if seen.is_empty() { "one try only".to_owned() } else { waits(&seen, page) };
    let tries = count(retries.tries, if retries.tries == 1 { "try" } else { "trie" });
    page.line(&format!("  {}{tries:>9}  {waits}", page.accent(&format!("{what:<25}"))));
    let Some(rhythm) = Rhythm::of(id.activity, minor).filter(|_| seen.len() > 1) else { return };
    let verdict = verdict(&rhythm, &seen, retries).map(|verdict| format!(" {verdict}")).unwrap_or_default();
    page.line(&page.dim(&format!("{:>36}  {}{verdict}", "promised", promise(&rhythm, seen.len(), page))));
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
        let left = page.width().saturating_sub(38 + out.chars().count() + 2);
        if index == WAITS || piece.chars().count() + 2 > left {
            out.push_str(page.more());
            break;
        }
        out.push_str(&piece);
        out.push(' ');
    }
    out.trim_end().to_owned()
}

/// The waits that the source promises, up to where they stay the same.
fn promise(rhythm: &Rhythm, tries: usize, page: &Page) -> String {
    let mut out = String::new();
    let mut last = String::new();
    for attempt in 0..u32::try_from(tries).unwrap_or(u32::MAX).min(12) {
        let told = promised(rhythm, attempt, page);
        if told == last {
            break;
        }
        if out.len() + told.len() + 20 > page.width().saturating_sub(38) {
            break;
        }
        out.push_str(&told);
        out.push(' ');
        last = told;
    }
    format!("{out}{}", page.more())
}

fn wait_of(rhythm: &Rhythm, attempt: u32) -> std::ops::Range<f64> {
    // the tries of a burst are one try here
    let range = if rhythm.burst > 1 { rhythm.gap(rhythm.burst - 1) } else { rhythm.gap(attempt) };
    range.start.as_secs_f64()..range.end.as_secs_f64()
}

fn promised(rhythm: &Rhythm, attempt: u32, page: &Page) -> String {
    let wait = wait_of(rhythm, attempt);
    if rhythm.jitter < 0.5 {
        format!("{:.1}", wait.start)
    } else {
        format!("{:.1}{}{:.1}", wait.start, page.dash(), wait.end)
    }
}

/// Whether the promise was kept: where each wait is only longer, the calls themselves took the rest.
fn verdict(rhythm: &Rhythm, seen: &[f64], retries: &RetryLoop) -> Option<&'static str> {
    if retries.tries != seen.len() as u64 + 1 {
        return None;
    }
    let promises = |attempt: usize| wait_of(rhythm, u32::try_from(attempt).unwrap_or(u32::MAX));
    let at_least = seen.iter().enumerate().all(|(attempt, wait)| *wait >= promises(attempt).start * 0.95 - 0.02);
    let at_most = seen.iter().enumerate().all(|(attempt, wait)| *wait <= promises(attempt).end * 1.05 + 0.4);
    match (at_least, at_most) {
        (true, true) => Some("kept"),
        (true, false) => Some("and the call's own time"),
        _ => None,
    }
}
