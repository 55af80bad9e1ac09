//! Retry loops: the seconds between attempts. Growing waits are a backoff, equal ones a fixed period.

use chrono::Duration;
use ratatui::{buffer::Buffer, layout::Rect, text::Line, widgets::Widget};

use crate::{
    kubelet::{Activity, RetrySchedule},
    tui::{
        draw::{captions, rows::Rows, text, theme::StyleRole},
        panes::pane::{FrameTitle, Pane, cluster_name},
    },
    world::{RetryLoop, RetryLoopId, World},
};

/// Arguments of the retries pane.
#[derive(Debug)]
pub(crate) struct RetriesPane<'a> {
    pub(crate) pane: Pane<'a>,
}

/// One loop for each activity and resource, that of the worker with the longest wait; leases first, then node status,
/// then the longest waits.
fn loops(world: &World) -> Vec<(&RetryLoopId, &RetryLoop)> {
    let mut loops: Vec<_> = world
        .last_outage()
        .into_iter()
        .flat_map(|outage| outage.retries.iter())
        .filter(|(_, tries)| !tries.gaps.is_empty())
        .collect();
    loops.sort_by(|(a_id, a), (b_id, b)| {
        (rank(a_id), &a_id.resource, b.longest)
            .cmp(&(rank(b_id), &b_id.resource, a.longest))
            .then_with(|| a_id.cmp(b_id))
    });
    loops.dedup_by(|(a, _), (b, _)| a.activity == b.activity && a.resource == b.resource);
    loops.sort_by_key(|(id, tries)| (rank(id), std::cmp::Reverse(tries.longest)));
    loops
}

/// Order of the activities in the pane.
fn rank(id: &RetryLoopId) -> usize {
    match id.activity {
        Activity::Lease => 0,
        Activity::NodeStatus => 1,
        Activity::Watch => 2,
        other => 3 + Activity::ALL.iter().position(|activity| *activity == other).unwrap_or(0),
    }
}

impl Widget for RetriesPane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { ctx, world, .. } = self.pane;
        let loops = loops(world);
        let unit = if area.width >= 46 { "backoff: seconds between attempts" } else { "backoff in seconds" };
        let notes = (!loops.is_empty()).then(|| ctx.span(StyleRole::Dim, unit)).into_iter().collect();
        let inner = self.pane.frame(area, buf, FrameTitle { notes, ..FrameTitle::new("Retries") });
        let mut rows = Rows::new(inner, buf);
        let columns = rows.columns();
        if loops.is_empty() {
            return rows.put_all(ctx.wrapped(StyleRole::Dim, captions::NO_RETRIES.text(ctx.language), columns));
        }
        let most = loops.len().saturating_sub(rows.left());
        for (id, tries) in loops.into_iter().skip(self.pane.scroll.min(most)) {
            rows.put(self.row(id, tries, columns));
        }
    }
}

impl RetriesPane<'_> {
    fn row(&self, id: &RetryLoopId, tries: &RetryLoop, columns: usize) -> Line<'static> {
        let Pane { ctx, world, .. } = self.pane;
        let subject = id.resource.as_deref().unwrap_or(id.activity.as_str());
        let name = if columns >= 76 { 26 } else { 14 };
        let worker = if columns >= 48 { 9 } else { 0 };
        let expected = if columns >= 76 { expected_backoff(id.activity) } else { String::new() };
        let room = columns.saturating_sub(worker + name + text::width(&expected));
        Line::from(vec![
            ctx.left(StyleRole::Text, format!("{} ", text::short_name(&id.worker, cluster_name(world))), worker),
            ctx.left(StyleRole::Strong, format!("{subject} "), name),
            ctx.left(StyleRole::Busy, self.waits(tries, room), room),
            ctx.span(StyleRole::Dim, expected),
        ])
    }

    /// The waits, oldest first, runs of equal ones as one with a count. If room is short, the oldest are omitted.
    fn waits(&self, tries: &RetryLoop, room: usize) -> String {
        let glyphs = self.pane.ctx.glyphs;
        let mut steps: Vec<(Duration, usize)> = Vec::new();
        for gap in &tries.gaps {
            match steps.last_mut() {
                Some((like, times)) if alike(*like, *gap) => *times += 1,
                _ => steps.push((*gap, 1)),
            }
        }
        let words: Vec<String> = steps
            .iter()
            .map(|(gap, times)| match times {
                1 => seconds(*gap),
                times => format!("{}{}{times}", seconds(*gap), glyphs.times),
            })
            .collect();
        let mut first = 0;
        while first < words.len() && words[first..].join(" ").chars().count() + usize::from(first > 0) * 2 > room {
            first += 1;
        }
        let shown = words[first..].join(" ");
        if first > 0 { format!("{} {shown}", glyphs.ellipsis) } else { shown }
    }
}

/// Whether two waits differ by less than 5 % or 50 ms, which is jitter.
fn alike(a: Duration, b: Duration) -> bool {
    (a - b).num_milliseconds().abs() <= (a.num_milliseconds() / 20).max(50)
}

/// A wait in seconds, to the tenth below 10 s.
fn seconds(gap: Duration) -> String {
    let ms = gap.num_milliseconds();
    if ms < 9_950 { format!("{:.1}", ms as f64 / 1_000.0) } else { format!("{}", (ms + 500) / 1_000) }
}

/// The backoff that the source code of the kubelet leads to. Empty if the activity has none of its own.
fn expected_backoff(activity: Activity) -> String {
    let Some(schedule) = RetrySchedule::of(activity, None) else { return String::new() };
    let seconds = |duration: std::time::Duration| seconds(Duration::from_std(duration).unwrap_or_default());
    let upper = schedule.longest.mul_f64(1.0 + schedule.jitter.clamp(0.0, 10.0));
    match schedule.factor {
        0 | 1 => format!("  expected: every {} s", seconds(schedule.first)),
        _ if upper > schedule.longest => {
            format!("  expected: {} to {}-{} s", seconds(schedule.first), seconds(schedule.longest), seconds(upper))
        }
        _ => format!("  expected: {} to {} s", seconds(schedule.first), seconds(schedule.longest)),
    }
}
