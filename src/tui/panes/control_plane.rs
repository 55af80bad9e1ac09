//! Control plane: its container, its port, its health checks, and two minutes of `/readyz` as a graph.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::{
    observation::{NamedCheck, ProbeOutcome, RunState, SourceId, Time},
    tui::{
        draw::{
            draw_context::DrawContext,
            phase_badge::away_since,
            rows::Rows,
            source_freshness, sparkline,
            text::{self, elapsed},
            theme::StyleRole,
        },
        layout::screen_areas::Framing,
        panes::pane::{FrameTitle, Pane},
        update::fault_state::{STOP_TAKES, progress},
    },
    world::{CheckStatus, Freshness, Phase},
};

/// Width of the label of a row.
const NAME: usize = 11;

/// A check without a result for this many seconds is stale; checks run once a second.
const STALE_AFTER_S: i64 = 5;

/// The control plane pane.
#[derive(Debug)]
pub(crate) struct ControlPlanePane<'a> {
    pub(crate) pane: Pane<'a>,
}

impl Widget for ControlPlanePane<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Pane { ctx, now, .. } = self.pane;
        let title =
            FrameTitle { notes: vec![ctx.freshness(self.freshness(), now)], ..FrameTitle::new("Control plane") };
        let inner = self.pane.frame(area, buf, title);
        let mut rows = Rows::new(inner, buf);
        if self.pane.framing == Framing::Bare {
            return self.unframed(rows);
        }
        let height = rows.left();
        let columns = rows.columns();
        rows.put(self.container(columns));
        let control_plane = &self.pane.world.control_plane;
        let source_error = self.source_error();
        if let Some(error) = source_error.filter(|_| height < 6 && control_plane.readyz.last.is_none()) {
            // the error explains why there are no checks
            return rows.put_all(ctx.wrapped(StyleRole::Busy, error, columns));
        }
        rows.put(check_row(&ctx, &self.port_name(), &control_plane.port, now, columns));
        if height >= 5 {
            rows.put(check_row(&ctx, "/livez", &control_plane.livez, now, columns));
        }
        rows.put(check_row(&ctx, "/readyz", &control_plane.readyz, now, columns));
        match source_error {
            Some(error) => {
                let room = rows.left();
                rows.put_all(ctx.wrapped(StyleRole::Busy, error, columns).into_iter().take(room.max(2) - 1));
            }
            None if height >= 6 => {
                let room = if height >= 12 { height / 2 } else { rows.left() - 1 };
                rows.put_all(self.named(columns, height >= 12).into_iter().take(room));
            }
            None => {}
        }
        let (rest, buf) = rows.rest();
        self.graph(rest, buf);
    }
}

impl ControlPlanePane<'_> {
    /// Freshness of the pane as a whole: down while the control plane is known to be.
    fn freshness(&self) -> Freshness {
        let Pane { world, now, .. } = self.pane;
        match world.phase(now) {
            Phase::Up { .. } => Freshness::Live,
            Phase::Down { since, .. } | Phase::Paused { since } => Freshness::Down { since: away_since(world, since) },
            Phase::Stopping { since } | Phase::Starting { since } => {
                let readyz = &world.control_plane.readyz;
                match readyz.ok() {
                    true => Freshness::Live,
                    false => Freshness::Down { since: away_since(world, readyz.failing_since.unwrap_or(since)) },
                }
            }
            Phase::Unknown => match &world.control_plane.readyz.last {
                Some((received, _, _)) => Freshness::Stale { since: *received },
                None => Freshness::Unknown,
            },
        }
    }

    /// The error of the engine or of the health source. `None` if neither has one.
    fn source_error(&self) -> Option<&str> {
        let world = self.pane.world;
        source_freshness::source_error(world, &SourceId::Docker)
            .or_else(|| source_freshness::source_error(world, &SourceId::Health))
    }

    fn unframed(&self, mut rows: Rows<'_>) {
        let Pane { ctx, now, world, .. } = self.pane;
        let columns = rows.columns();
        rows.put(check_row(&ctx, "/readyz", &world.control_plane.readyz, now, columns));
        rows.put(self.container(columns));
        if rows.left() > 1 {
            rows.put(check_row(&ctx, &self.port_name(), &world.control_plane.port, now, columns));
        }
        let (rest, buf) = rows.rest();
        self.graph(rest, buf);
    }

    fn port_name(&self) -> String {
        let endpoint = self.pane.world.cluster.as_ref().and_then(|cluster| cluster.api_endpoint.as_deref());
        match endpoint.and_then(|endpoint| endpoint.rsplit_once(':')) {
            Some((_, port)) => format!("port {port}"),
            None => "port".to_owned(),
        }
    }

    fn container(&self, columns: usize) -> Line<'static> {
        let Pane { ctx, now, world, .. } = self.pane;
        let Some((received, state)) = &world.control_plane.container else {
            return pair(&ctx, "container", StyleRole::Unknown, "? UNKNOWN", "no data yet", columns);
        };
        if let Phase::Stopping { since } = world.phase(now) {
            return self.stop_progress(since, columns);
        }
        let (role, mut words) = run_state(&ctx, state.state, state.attached, state.exit_code);
        let mut note = text::duration(elapsed(now, state.since.unwrap_or(*received)));
        if let Freshness::Stale { since } = source_freshness::engine_freshness(world) {
            words.push_str(&format!(", {} STALE {}", ctx.glyphs.stale, text::duration(elapsed(now, since))));
            note.clear();
            return pair(&ctx, "container", StyleRole::Stale, &words, &note, columns);
        }
        pair(&ctx, "container", role, &words, &note, columns)
    }

    /// Progress of a stop, as a bar over its expected duration.
    fn stop_progress(&self, since: Time, columns: usize) -> Line<'static> {
        let Pane { ctx, now, .. } = self.pane;
        let words = progress(since, STOP_TAKES, now);
        let room = columns.saturating_sub(NAME + text::width(&words) + 1).min(24);
        let waited = elapsed(now, since).min(STOP_TAKES).num_milliseconds();
        let full = room * usize::try_from(waited).unwrap_or(0) / STOP_TAKES.num_milliseconds() as usize;
        Line::from(vec![
            ctx.left(StyleRole::Dim, "container", NAME.min(columns)),
            ctx.span(StyleRole::Busy, ctx.glyphs.bar.repeat(full)),
            ctx.span(StyleRole::Dim, ctx.glyphs.bar_empty.repeat(room - full)),
            ctx.span(StyleRole::Busy, format!(" {words}")),
        ])
    }

    /// Named checks of `/readyz`, failing ones first; unless `whole`, the post-start hooks are summed up.
    fn named(&self, columns: usize, whole: bool) -> Vec<Line<'static>> {
        let Pane { ctx, now, world, .. } = self.pane;
        let Some((received, checks)) = &world.control_plane.named else {
            return vec![pair(&ctx, "checks", StyleRole::Unknown, "? UNKNOWN", "no data yet", columns)];
        };
        let newest = world.control_plane.readyz.last.as_ref().map_or(*received, |(at, _, _)| *at);
        let stale = *received < newest || elapsed(now, *received).num_seconds() >= STALE_AFTER_S;
        let mark = |ok: bool| match (stale, ok) {
            (true, _) => (ctx.glyphs.unknown, StyleRole::Stale),
            (false, true) => (ctx.glyphs.live, StyleRole::Good),
            (false, false) => (ctx.glyphs.failed, StyleRole::Bad),
        };
        let hook = |check: &&NamedCheck| !whole && check.name.starts_with("poststarthook/");
        let hooks = checks.iter().filter(hook).count();
        let hooks_ok = checks.iter().filter(hook).filter(|check| check.ok).count();
        let mut shown: Vec<(String, bool)> = checks
            .iter()
            .filter(|check| !hook(check) || !check.ok)
            .map(|check| (check.name.clone(), check.ok))
            .collect();
        if hooks > 0 {
            shown.push((format!("hooks {hooks_ok}/{hooks}"), hooks_ok == hooks));
        }
        // failing checks first, then etcd, then the hooks
        shown.sort_by_key(|(name, ok)| {
            (*ok, name != "etcd", !name.starts_with("hooks "), name == "ping" || name == "log")
        });
        let mut lines = vec![Vec::new()];
        let mut used = 0;
        for (name, ok) in shown {
            let (symbol, role) = mark(ok);
            let name = text::fit(
                &text::safe(name.trim_start_matches("poststarthook/")),
                columns.saturating_sub(4),
                ctx.glyphs.ellipsis,
            )
            .into_owned();
            let width = text::width(&name) + 4;
            if used + width > columns + 2 && used > 0 {
                lines.push(Vec::new());
                used = 0;
            }
            used += width;
            if let Some(line) = lines.last_mut() {
                line.push(ctx.span(role, symbol));
                line.push(ctx.span(if stale { StyleRole::Stale } else { StyleRole::Text }, format!(" {name}  ")));
            }
        }
        lines.into_iter().map(Line::from).collect()
    }

    /// Two minutes of `/readyz`, up to six rows high.
    fn graph(&self, area: Rect, buf: &mut Buffer) {
        let Pane { ctx, now, world, .. } = self.pane;
        let columns = usize::from(area.width);
        let cells = sparkline::health_cells(world.control_plane.samples.iter(), now);
        let height = usize::from(area.height).min(6);
        let skip = area.height - height as u16;
        let mut rows = Rows::new(Rect { y: area.y + skip, height: height as u16, ..area }, buf);
        match cells.is_empty() {
            true if self.source_error().is_none() => {
                rows.put(ctx.fit(StyleRole::Dim, "2 minutes of /readyz appear here", columns))
            }
            true => {}
            false => rows.put_all(sparkline::chart(&ctx, &cells, columns, height)),
        }
    }
}

/// A row with a label, a value, and a note at the right.
pub(super) fn pair(
    ctx: &DrawContext,
    name: &str,
    role: StyleRole,
    value: &str,
    note: &str,
    columns: usize,
) -> Line<'static> {
    let note = text::fit(note, columns.saturating_sub(NAME + 10), ctx.glyphs.ellipsis).into_owned();
    let gap = usize::from(!note.is_empty());
    let room = columns.saturating_sub(NAME + text::width(&note) + gap);
    Line::from(vec![
        ctx.left(StyleRole::Dim, name, NAME.min(columns)),
        ctx.left(role, value, room),
        Span::raw(" ".repeat(gap)),
        ctx.span(StyleRole::Dim, note),
    ])
}

/// Row of one health check: result, latency, and when it last succeeded.
fn check_row(ctx: &DrawContext, name: &str, check: &CheckStatus, now: Time, columns: usize) -> Line<'static> {
    let Some((received, outcome, us)) = &check.last else {
        return pair(ctx, name, StyleRole::Unknown, "? UNKNOWN", "not checked yet", columns);
    };
    let silent = elapsed(now, *received);
    if silent.num_seconds() >= STALE_AFTER_S {
        let was = if *outcome == ProbeOutcome::Ok { "ok" } else { "failing" };
        let value = format!("{} STALE {}, was {was}", ctx.glyphs.stale, text::duration(silent));
        return pair(ctx, name, StyleRole::Stale, &value, "", columns);
    }
    let note = text::latency(*us);
    match outcome {
        ProbeOutcome::Ok => pair(ctx, name, StyleRole::Good, &format!("{} ok", ctx.glyphs.live), &note, columns),
        failed => {
            let words = match failed {
                ProbeOutcome::Status(status) => format!("HTTP {status}"),
                ProbeOutcome::Failed(error) => error.as_str().to_owned(),
                ProbeOutcome::Ok => String::new(),
            };
            let value = format!("{} {words}", ctx.glyphs.failed);
            let was = check
                .last_ok
                .map_or("never ok".to_owned(), |ok| format!("ok {} ago", text::duration(elapsed(now, ok))));
            let both = format!("{value}  {note}");
            let fits = NAME + text::width(&both) + 1 + was.len() <= columns;
            pair(ctx, name, StyleRole::Bad, if fits { &both } else { &value }, &was, columns)
        }
    }
}

/// Role and text of the state of a container.
pub(super) fn run_state(ctx: &DrawContext, state: RunState, attached: bool, exit: Option<i64>) -> (StyleRole, String) {
    let glyphs = ctx.glyphs;
    let (role, symbol, words) = match state {
        RunState::Running if !attached => (StyleRole::Bad, glyphs.down, "running, no network".to_owned()),
        RunState::Running => (StyleRole::Good, glyphs.live, "running".to_owned()),
        RunState::Paused => (StyleRole::Bad, glyphs.paused, "paused".to_owned()),
        RunState::Restarting => (StyleRole::Busy, glyphs.starting, "restarting".to_owned()),
        RunState::Created => (StyleRole::Bad, glyphs.down, "never started".to_owned()),
        RunState::Removing => (StyleRole::Bad, glyphs.down, "being deleted".to_owned()),
        RunState::Exited => {
            (StyleRole::Bad, glyphs.down, exit.map_or("exited".to_owned(), |code| format!("exited ({code})")))
        }
        RunState::Dead => (StyleRole::Bad, glyphs.down, "dead".to_owned()),
        RunState::Absent => (StyleRole::Bad, glyphs.down, "removed".to_owned()),
    };
    (role, format!("{symbol} {words}"))
}
