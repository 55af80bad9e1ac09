//! The dashboard as a buffer and as an SVG picture.

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};

use crate::{
    observation::Time,
    report::svg,
    session::player::Player,
    tape::TapeMode,
    tui::{self, Appearance, Mode, Model, RecordingStatus, ThemeName},
    world::World,
};

/// Returns the model of the dashboard that recorded the tape.
pub(super) fn dashboard_model(player: &Player, appearance: Appearance, (columns, rows): (u16, u16)) -> Model {
    let mode = match player.header().mode {
        TapeMode::Live => Mode::Live,
        TapeMode::Lab => Mode::Lab,
        TapeMode::Import => Mode::Replay,
    };
    Model {
        mode,
        recording: if mode == Mode::Replay { RecordingStatus::Off } else { RecordingStatus::On },
        appearance,
        size: Size::new(columns, rows),
        ..Model::default()
    }
}

/// Draws the dashboard as a frame of this size.
pub(super) fn frame(world: &World, model: &Model, now: Time, (columns, rows): (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    tui::view(world, model, now, area, &mut buffer);
    buffer
}

/// Draws one frame as SVG.
pub(super) fn picture(world: &World, model: &Model, now: Time, size: (u16, u16)) -> String {
    let palette = match model.appearance.theme {
        ThemeName::Light => svg::LIGHT,
        ThemeName::Dark | ThemeName::ColorBlind | ThemeName::Plain => svg::DARK,
    };
    let title = format!("blackout: {}", world.headline(now).text);
    svg::svg(&frame(world, model, now, size), &palette, &title)
}
