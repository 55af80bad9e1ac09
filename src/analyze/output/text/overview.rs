//! The beginning and the end of the text: the workers, the list of outages, and what is not about the control plane.

use super::{
    page::TextPage,
    times::{day_and_time, span_end},
};
use crate::{
    analyze::fold::{analysis::Analysis, outages::DiagnosedOutage},
    kubelet::{Activity, VersionClues},
    units::{count, duration},
    world::{Cause, Diagnosis},
};

/// Failures below which an outage has no likely cause in the list and, beside others, no description of its own: one or
/// two failed calls fit most causes.
pub(crate) const FEWEST_FAILURES: u64 = 3;

/// Workers that are named.
const MOST_WORKERS: usize = 8;

/// Outages that are listed.
const MOST_LISTED: usize = 60;

/// Widest name of a worker, in columns.
const WIDEST_WORKER: usize = 60;

/// Problems whose activity has no name of its own.
const OTHER: &str = "other";

/// Writes the workers, their versions, and the span of the lines.
pub(crate) fn write_workers(analysis: &Analysis, page: &mut TextPage) {
    for (worker, clues) in analysis.workers.iter().take(MOST_WORKERS) {
        let version = version(clues).map(|version| format!(", {version}")).unwrap_or_default();
        page.line(&format!("{}{version}", page.bold(&page.safe(worker, WIDEST_WORKER))));
    }
    if analysis.workers.len() > MOST_WORKERS {
        page.line(&format!("and {} more workers", analysis.workers.len() - MOST_WORKERS));
    }
    let lines = count(analysis.lines, "line");
    match analysis.span {
        Some((first, last)) => {
            let (first, last) = (analysis.local(first), analysis.local(last));
            page.line(&format!("{lines}, {} {} {}", day_and_time(first), page.dash(), span_end(first, last)));
        }
        None => page.line(&lines),
    }
    page.blank();
}

/// Describes the version of a kubelet; `None` if no line was a clue.
fn version(clues: &VersionClues) -> Option<String> {
    let minors: Vec<u32> = clues.minors()?.iter().collect();
    let (first, last) = (minors.first()?, minors.last()?);
    let versions = match last - first {
        0 => format!("1.{first}"),
        1 => format!("1.{first} or 1.{last}"),
        _ => format!("1.{first} to 1.{last}"),
    };
    let changed = if clues.changes() > 0 { ", another version before" } else { "" };
    Some(format!("Kubernetes {versions} (from its call sites{changed})"))
}

/// Writes all outages, one row each.
pub(crate) fn write_list(analysis: &Analysis, page: &mut TextPage) {
    page.line(&page.bold(&count(analysis.outages.len() as u64 + analysis.dropped_count, "outage")));
    page.line(&page.dim("   #  start                     duration    failures  likely cause"));
    for (index, diagnosed) in analysis.outages.iter().enumerate().take(MOST_LISTED) {
        write_row(analysis, index, diagnosed, page);
    }
    if analysis.outages.iter().take(MOST_LISTED).any(|diagnosed| diagnosed.is_open) {
        page.line(&page.dim("      + the log ends during the outage"));
    }
    if analysis.outages.len() > MOST_LISTED {
        page.line(&format!("      and {} more", analysis.outages.len() - MOST_LISTED));
    }
    if analysis.dropped_count > 0 {
        let dropped = analysis.dropped_count;
        page.line(&format!("      and {dropped} before them, which only the sums of --format json include"));
    }
}

fn write_row(analysis: &Analysis, index: usize, diagnosed: &DiagnosedOutage, page: &mut TextPage) {
    let outage = &diagnosed.outage;
    let open = if diagnosed.is_open { "+" } else { "" };
    let duration = format!("{}{open}", duration(outage.last_line() - outage.began));
    let cause = match outage.failures {
        0..FEWEST_FAILURES => "too few failures".to_owned(),
        _ => brief_cause(&diagnosed.diagnosis),
    };
    let start = day_and_time(analysis.local(outage.began));
    let row = format!("{:4}  {start:<25} {duration:<11} {:>8}  ", index + 1, outage.failures);
    let room = page.width().saturating_sub(row.chars().count());
    page.line(&format!("{row}{}", page.safe(&cause, room)));
}

/// Describes the likely cause of an outage in a few words.
fn brief_cause(diagnosis: &Diagnosis) -> String {
    match diagnosis.cause {
        Cause::Unclear => diagnosis.cause.brief().to_owned(),
        cause => format!("{}, {:.0} %", cause.brief(), diagnosis.confidence * 100.0),
    }
}

/// Writes how many lines are not about the control plane, and the problems that they report.
pub(crate) fn write_other_lines(analysis: &Analysis, page: &mut TextPage) {
    let others = analysis.lines.saturating_sub(analysis.control_plane);
    if others == 0 {
        page.line("Every line is about the control plane.");
        return;
    }
    let mut subjects: Vec<(&str, u64)> = Vec::new();
    for (activity, count) in &analysis.other_problems {
        let subject = problem_subject(*activity);
        match subjects.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, sum)) => *sum += count,
            None => subjects.push((subject, *count)),
        }
    }
    let problems = match subjects.as_slice() {
        [] => "none reports a problem".to_owned(),
        [(OTHER, 1)] => "1 reports a different problem".to_owned(),
        [(subject, 1)] => format!("1 reports a different problem ({subject})"),
        subjects => {
            let sum: u64 = subjects.iter().map(|(_, count)| count).sum();
            let subjects: Vec<String> = subjects.iter().map(|(subject, count)| format!("{subject} {count}")).collect();
            format!("{sum} report different problems ({})", subjects.join(", "))
        }
    };
    let are = if others == 1 { "is" } else { "are" };
    page.paragraph(&format!("{} {are} not about the control plane; {problems}.", count(others, "line")));
}

/// Returns the subject of a problem that is not the control plane's.
fn problem_subject(activity: Activity) -> &'static str {
    match activity {
        Activity::Image => "image pulls",
        Activity::Runtime => "containers and pod network",
        Activity::Probe => "probes",
        Activity::Volume => "volumes",
        Activity::Csi => "storage drivers",
        Activity::Other => OTHER,
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
