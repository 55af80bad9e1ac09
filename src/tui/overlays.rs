//! Overlays: one box over the panes, everything behind it unchanged.

mod confirm;
mod detail;
mod help;
mod leave;
mod log;
mod popup;
mod question;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    observation::Time,
    tui::{
        draw::draw_context::DrawContext,
        model::{Model, mode::Mode, overlay::Overlay},
    },
    world::World,
};

/// Draws the overlay over `screen`.
pub(crate) fn render(world: &World, model: &Model, now: Time, screen: Rect, buf: &mut Buffer) {
    let ctx = DrawContext::new(&model.appearance);
    match &model.overlay {
        // a prompt is drawn by the footer
        Overlay::None | Overlay::Prompt(..) => {}
        Overlay::Confirm(action) => confirm::confirm(world, model, *action).render(&ctx, screen, buf),
        Overlay::Consent { action, reason } => confirm::consent(world, *action, reason).render(&ctx, screen, buf),
        Overlay::Quit if model.mode == Mode::Lab => leave::quit_lab().render(&ctx, screen, buf),
        Overlay::Quit => leave::quit(world, now).render(&ctx, screen, buf),
        Overlay::Leaving { since } => leave::leaving(world, now, *since).render(&ctx, screen, buf),
        Overlay::Help { scroll } => help::render(&ctx, model.mode, *scroll, screen, buf),
        Overlay::Detail { entry, scroll } => {
            detail::Detail { world, ctx, now, entry, scroll: *scroll }.render(screen, buf);
        }
        Overlay::Log => log::render(&ctx, screen, buf),
    }
}
