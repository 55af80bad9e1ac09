//! The confirmation of a fault for each state of the guard: what does not restore the control plane stands in red.

use ratatui::{buffer::Buffer, style::Style};

use super::*;
use crate::tui::draw::theme::{StyleRole, style};

/// The confirmation of a stop on a healthy cluster.
fn confirmation(guard: GuardStatus, (width, height): (u16, u16)) -> Buffer {
    let (world, now) = outage().world(50.0);
    let mut model = Model { guard, ..model(width, height) };
    let _ = update(&mut model, &world, Action::ToggleFault, now);
    screen(&world, &model, now, width, height)
}

/// The style of the first cell of `words`.
fn style_of(drawn: &Buffer, words: &str) -> Style {
    let rows = text(drawn);
    let (row, column) = rows
        .lines()
        .enumerate()
        .find_map(|(row, line)| Some((row, line.split_once(words)?.0.chars().count())))
        .unwrap_or_else(|| panic!("{words} is not in\n{rows}"));
    drawn[(column as u16, row as u16)].style()
}

fn assert_red(drawn: &Buffer, words: &str) {
    let (is, bad) = (style_of(drawn, words), style(ThemeName::Dark, StyleRole::Bad));
    assert_eq!((is.fg, bad.fg.is_some()), (bad.fg, true), "{words}");
}

#[test]
fn a_guard_inside_the_dashboard_is_confirmed_in_red() {
    let guard = GuardStatus {
        state: GuardState::Fallback("No such file or directory (os error 2)".to_owned()),
        ..GuardStatus::default()
    };
    let drawn = confirmation(guard.clone(), (80, 24));
    assert_red(&drawn, "No guard process");
    insta::assert_snapshot!("confirm_stop_guard_fallback_80x24", text(&drawn));
    insta::assert_snapshot!("confirm_stop_guard_fallback_40x12", text(&confirmation(guard, (40, 12))));
}

#[test]
fn leave_is_confirmed_in_red() {
    let guard = GuardStatus { state: GuardState::Off, ..GuardStatus::default() };
    let drawn = confirmation(guard.clone(), (80, 24));
    assert_red(&drawn, "--leave");
    insta::assert_snapshot!("confirm_stop_leave_80x24", text(&drawn));
    insta::assert_snapshot!("confirm_stop_leave_40x12", text(&confirmation(guard, (40, 12))));
}
