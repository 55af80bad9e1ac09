//! The whole screen, as a pure function of the world, the model, the time and the area.
//!
//! ```text
//! header    name · cluster   ■ DOWN 01:42   who did it            LAB/REPLAY ● REC   one symbol for each source
//! verdict   one or two sentences: what is going on, in plain words
//! body      control plane | what the kubelets say: lanes, and the list
//!           httpbin       | nodes: API says, engine says, traffic says
//!           retries       | pods
//! hint      why a key did nothing, or what the symbols mean
//! footer    the keys
//! ```
//!
//! It reads no clock and changes nothing; two calls with the same arguments draw the same cells.

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

/// Draws everything.
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
                        if let Some(place) = areas.pane(pane) {
                            panes::render(pane, shown, model, at, areas.framing, place, buf);
                        }
                    }
                }
                page => pages::render(page, &ctx, areas.headline.union(areas.body), buf),
            }
            let bar = model.replay.as_ref().filter(|_| model.page == ScreenPage::Dashboard);
            let bar =
                |with_keys| bar.map(|replay| Timeline { replay, ctx, charset: model.appearance.charset, with_keys });
            let hinted = model.visible_hint(now).is_some();
            match (areas.hint, bar(false)) {
                (Some(place), Some(bar)) if !hinted => bar.render(place, buf),
                (Some(place), _) => HintRow { model, ctx, now }.render(place, buf),
                (None, _) => {}
            }
            match bar(true) {
                Some(bar) if areas.hint.is_none() && !hinted && model.overlay == Overlay::None => {
                    bar.render(areas.footer, buf);
                }
                _ => FooterRow { world, model, ctx, now, says_hints: areas.hint.is_none() }.render(areas.footer, buf),
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

/// Whatever is left above ASCII becomes a question mark.
fn ascii(area: Rect, buf: &mut Buffer) {
    for position in area.positions() {
        if let Some(cell) = buf.cell_mut(position)
            && !cell.symbol().is_ascii()
        {
            cell.set_symbol("?");
        }
    }
}
