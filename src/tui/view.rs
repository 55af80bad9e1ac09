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

use super::{
    glyphs::Charset,
    layout::Split,
    model::{Model, Overlay, Page, PaneId},
    overlays, pages,
    panes::{self, Bar, Footer, Header, HintRow, VerdictRow},
};
use crate::{observation::Time, world::World};

/// Draws everything.
pub fn view(world: &World, model: &Model, now: Time, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    let look = model.look();
    match model.split(world, area) {
        Split::TooSmall => pages::too_small(&look, area, buf),
        Split::Screen(rects) => {
            Header { world, model, look, now }.render(rects.header, buf);
            let (shown, at) = model.shown(world, now);
            match &model.page {
                Page::Dashboard => {
                    VerdictRow { world: shown, look, now: at }.render(rects.verdict, buf);
                    for pane in PaneId::ALL {
                        if let Some(place) = rects.pane(pane) {
                            panes::render(pane, shown, model, at, rects.framing, place, buf);
                        }
                    }
                }
                page => pages::render(page, &look, rects.verdict.union(rects.body), buf),
            }
            let bar = model.replay.as_ref().filter(|_| model.page == Page::Dashboard);
            let bar = |with_keys| bar.map(|replay| Bar { replay, look, charset: model.appearance.charset, with_keys });
            let hinted = panes::hint(model, now).is_some();
            match (rects.hint, bar(false)) {
                (Some(place), Some(bar)) if !hinted => bar.render(place, buf),
                (Some(place), _) => HintRow { model, look, now }.render(place, buf),
                (None, _) => {}
            }
            match bar(true) {
                Some(bar) if rects.hint.is_none() && !hinted && model.overlay == Overlay::None => {
                    bar.render(rects.footer, buf);
                }
                _ => Footer { world, model, look, now, says_hints: rects.hint.is_none() }.render(rects.footer, buf),
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
