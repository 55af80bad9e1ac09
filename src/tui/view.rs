//! View: the whole screen, as a pure function of world, model, time and area.
//!
//! [`layout`](crate::tui::layout) decides where everything stands; this file draws it there. The view reads no clock
//! and changes nothing: two calls with the same arguments draw the same cells.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget as _};

use crate::{
    observation::Time,
    tui::{
        draw::{draw_context::DrawContext, glyphs::Charset},
        layout::{layout_of, screen_areas::ScreenLayout},
        model::{Model, overlay::Overlay, pane_id::PaneId, screen_page::ScreenPage},
        overlays, pages,
        panes::{
            self, footer::FooterRow, header::HeaderRow, headline::HeadlineRow, hint_row::HintRow, timeline::Timeline,
        },
    },
    world::World,
};

/// Draws the whole screen.
pub fn view(world: &World, model: &Model, now: Time, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    let ctx = DrawContext::new(&model.appearance);
    match layout_of(model, world, area) {
        ScreenLayout::TooSmall => pages::too_small::too_small(&ctx, area, buf),
        ScreenLayout::Screen(areas) => {
            HeaderRow { world, model, ctx, now }.render(areas.header, buf);
            let (shown, at) = model.shown(world, now);
            match &model.page {
                ScreenPage::Dashboard => {
                    HeadlineRow { world: shown, ctx, now: at }.render(areas.headline, buf);
                    for pane in PaneId::ALL {
                        if let Some(area) = areas.pane(pane) {
                            panes::render(pane, shown, model, at, areas.framing, area, buf);
                        }
                    }
                }
                page => pages::render(page, &ctx, areas.headline.union(areas.body), buf),
            }
            let replay = model.replay.as_ref().filter(|_| model.page == ScreenPage::Dashboard);
            let timeline =
                |with_keys| replay.map(|replay| Timeline { replay, ctx, charset: model.appearance.charset, with_keys });
            let has_hint = model.visible_hint(now).is_some();
            match (areas.hint, timeline(false)) {
                (Some(area), Some(timeline)) if !has_hint => timeline.render(area, buf),
                (Some(area), _) => HintRow { model, ctx, now }.render(area, buf),
                (None, _) => {}
            }
            match timeline(true) {
                Some(timeline) if areas.hint.is_none() && !has_hint && model.overlay == Overlay::None => {
                    timeline.render(areas.footer, buf);
                }
                _ => FooterRow { world, model, ctx, now, shows_hints: areas.hint.is_none() }.render(areas.footer, buf),
            }
            if model.overlay != Overlay::None {
                overlays::render(world, model, now, area, buf);
            }
        }
    }
    if model.appearance.charset == Charset::Ascii {
        ascii(area, buf);
    }
}

/// Replaces every character above ASCII by a question mark.
fn ascii(area: Rect, buf: &mut Buffer) {
    for position in area.positions() {
        if let Some(cell) = buf.cell_mut(position)
            && !cell.symbol().is_ascii()
        {
            cell.set_symbol("?");
        }
    }
}
