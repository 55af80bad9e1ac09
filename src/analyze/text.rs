//! The answer for people: what happened, when, to whom, and what it looks like, in 80 columns.
//!
//! A pure function of a story and a look. What is taken from a line is made safe to show.

mod ladder;
mod outage;
mod page;

use std::io;

use chrono::NaiveDateTime;

use self::page::{Page, count, plural};
use super::{Look, story::Story};
use crate::{
    kubelet::{Activity, VersionClues},
    world::{Cause, Diagnosis, LaneId},
};

/// Outages told at length; of more, the ones with the most failures.
const AT_LENGTH: usize = 12;

/// Outages listed.
const LISTED: usize = 60;

/// Fewer failures than this are no story of their own where there are others.
const SHORT: u64 = 3;

/// Writes the story.
pub(super) fn write(story: &Story, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(look);
    head(story, &mut page);
    if story.outages.is_empty() {
        page.line(&page.good("No call to the control plane failed."));
    }
    let several = story.outages.len() > 1;
    if several {
        list(story, &mut page);
    }
    let mut at_length: Vec<usize> = (0..story.outages.len()).collect();
    if several {
        at_length.retain(|index| story.outages[*index].outage.failures >= SHORT);
        at_length.sort_by_key(|index| std::cmp::Reverse(story.outages[*index].outage.failures));
        at_length.truncate(AT_LENGTH);
        at_length.sort_unstable();
    }
    for index in at_length {
        page.blank();
        outage::tell(story, index, &mut page);
    }
    page.blank();
    rest(story, &mut page);
    out.write_all(page.text().as_bytes())
}

/// Writes why there is no story.
pub(super) fn write_nothing(nothing: &str, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(look);
    let text = page.safe(nothing, usize::MAX);
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    page.paragraph(&format!("{}{}.", first.unwrap_or_default(), rest.as_str()), 0);
    out.write_all(page.text().as_bytes())
}

/// Whose journal it is, and how far it reaches.
fn head(story: &Story, page: &mut Page) {
    for (worker, clues) in story.workers.iter().take(8) {
        let version = version(clues).map(|version| format!(", {version}")).unwrap_or_default();
        page.line(&format!("{}{version}", page.bold(&page.safe(worker, 60))));
    }
    if story.workers.len() > 8 {
        page.line(&format!("and {} more workers", story.workers.len() - 8));
    }
    let lines = count(story.lines, "line");
    match story.reach {
        Some((first, last)) => {
            let (first, last) = (story.local(first), story.local(last));
            page.line(&format!("{lines}, {} {} {}", day_and_time(first), page.dash(), later(first, last)));
        }
        None => page.line(&lines),
    }
    page.blank();
}

/// What the call sites betray.
fn version(clues: &VersionClues) -> Option<String> {
    let minors: Vec<u32> = clues.minors()?.iter().collect();
    let (first, last) = (minors.first()?, minors.last()?);
    let version = if first == last {
        format!("Kubernetes 1.{first}")
    } else if first + 1 == *last {
        format!("Kubernetes 1.{first} or 1.{last}")
    } else {
        format!("Kubernetes 1.{first} to 1.{last}")
    };
    let changed = if clues.changes() > 0 { " at the end, another before" } else { "" };
    Some(format!("{version}{changed} by its call sites"))
}

/// All outages, a line each.
fn list(story: &Story, page: &mut Page) {
    page.line(&page.bold(&count(story.outages.len() as u64 + story.forgotten_count, "outage")));
    page.line(&page.dim("   #  from                      lasted      failures  looks as if"));
    for (index, told) in story.outages.iter().enumerate().take(LISTED) {
        let outage = &told.outage;
        let length = page::duration(outage.last_line() - outage.began);
        let length = if told.open { format!("{length} +") } else { length };
        let looks = if outage.failures < SHORT { "too little to tell".to_owned() } else { looks(&told.signature) };
        let from = day_and_time(story.local(outage.began));
        let row = format!("{:4}  {from:<25} {length:<11} {:>8}  ", index + 1, outage.failures);
        let room = page.width().saturating_sub(row.chars().count());
        page.line(&format!("{row}{}", page.safe(&looks, room)));
    }
    if story.outages.len() > LISTED {
        page.line(&format!("      and {} more", story.outages.len() - LISTED));
    }
    if story.forgotten_count > 0 {
        page.line(&format!("      and {} before them, only in the sums of --format json", story.forgotten_count));
    }
}

/// What an outage looks like, for its row.
fn looks(signature: &Diagnosis) -> String {
    match signature.cause {
        Cause::Unclear => signature.cause.brief().to_owned(),
        cause => format!("{}, {:.0} %", cause.brief(), signature.confidence * 100.0),
    }
}

/// What was not about the control plane.
fn rest(story: &Story, page: &mut Page) {
    let others = story.lines.saturating_sub(story.control_plane);
    let troubles: u64 = story.asides.iter().map(|(_, count)| count).sum();
    if others == 0 {
        page.line("Every line is about the control plane.");
        return;
    }
    let mut kinds: Vec<(&str, u64)> = Vec::new();
    for (activity, count) in &story.asides {
        match kinds.iter_mut().find(|(known, _)| *known == kind(*activity)) {
            Some((_, sum)) => *sum += count,
            None => kinds.push((kind(*activity), *count)),
        }
    }
    let told = match troubles {
        0 => "none tells of a trouble".to_owned(),
        1 if kinds[0].0 == OTHERS => "1 tells of another trouble".to_owned(),
        1 => format!("1 tells of another trouble ({})", kinds[0].0),
        more => {
            let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            format!("{more} tell of other troubles ({})", kinds.join(", "))
        }
    };
    let be = plural(others, "is", "are");
    page.paragraph(&format!("{} {be} not about the control plane; {told}.", count(others, "line")), 0);
}

/// Troubles of no kind that has a name.
const OTHERS: &str = "others";

/// What a trouble is about that is none of the control plane's.
fn kind(activity: Activity) -> &'static str {
    match activity {
        Activity::Image => "image pulls",
        Activity::Runtime => "containers and pod network",
        Activity::Probe => "probes",
        Activity::Volume => "volumes",
        Activity::Csi => "storage drivers",
        Activity::Other => OTHERS,
        Activity::NodeStatus
        | Activity::Lease
        | Activity::Watch
        | Activity::Event
        | Activity::PodStatus
        | Activity::Registration
        | Activity::Certificate
        | Activity::Token => "calls that the API server answered",
    }
}

/// A lane in words, for its row.
fn lane_says(lane: LaneId) -> &'static str {
    match lane {
        LaneId::Refused => "connection refused",
        LaneId::Lease => "heartbeat not renewed",
        LaneId::Dns => "name not resolved",
        LaneId::Watch => "changes not heard",
        LaneId::Timeout => "no answer in time",
        LaneId::Lost => "connection broken",
        LaneId::Auth => "not let in",
        LaneId::Unreachable => "no way there",
        LaneId::Server => "error answered",
    }
}

fn day_and_time(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

fn time(at: NaiveDateTime) -> String {
    at.format("%H:%M:%S%.3f").to_string()
}

/// A second moment: with its day only where that is another one.
fn later(first: NaiveDateTime, last: NaiveDateTime) -> String {
    if first.date() == last.date() { time(last) } else { day_and_time(last) }
}
