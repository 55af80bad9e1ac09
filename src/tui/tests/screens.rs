//! The whole screen, in every size and in every phase of an outage.

use super::*;

fn shown(script: &Script, second: f64, model: &Model) -> String {
    let (world, now) = script.world(second);
    text(&screen(&world, model, now, model.size.width, model.size.height))
}

fn at_size(second: f64, width: u16, height: u16) -> String {
    shown(&outage(), second, &model(width, height))
}

const DOWN: f64 = 161.5;

#[test]
fn every_phase_of_an_outage_has_its_screen() {
    for (name, second) in [
        ("healthy", 50.0),
        ("stopping", 64.0),
        ("down", DOWN),
        ("starting", 167.0),
        ("recovering", 180.0),
        ("recovered", 220.0),
    ] {
        insta::assert_snapshot!(format!("screen_{name}_120x40"), at_size(second, 120, 40));
    }
}

#[test]
fn every_size_shows_the_outage() {
    for (width, height) in [(200, 60), (160, 48), (80, 24), (40, 12)] {
        insta::assert_snapshot!(format!("screen_down_{width}x{height}"), at_size(DOWN, width, height));
    }
    insta::assert_snapshot!("screen_stopping_80x24", at_size(63.0, 80, 24));
    insta::assert_snapshot!("screen_healthy_40x12", at_size(50.0, 40, 12));
}

#[test]
fn the_header_shows_the_recording_and_its_failure_in_every_width() {
    let header = |recording, width| {
        let shown = shown(&outage(), DOWN, &Model { recording, ..model(width, 24) });
        shown.lines().next().unwrap_or_default().to_owned()
    };
    for (recording, words) in [
        (RecordingStatus::On, "● REC"),
        (RecordingStatus::Gaps, "◐ REC, gaps"),
        (RecordingStatus::Failed, "✕ NO REC"),
        (RecordingStatus::Off, "○ NO REC"),
    ] {
        assert!(header(recording, 160).contains(words), "{}", header(recording, 160));
    }
    for width in [40, 80, 120] {
        assert!(
            header(RecordingStatus::Failed, width).contains("✕ NO REC"),
            "{}",
            header(RecordingStatus::Failed, width)
        );
    }
}

#[test]
fn a_terminal_that_is_too_small_shows_the_size_it_needs() {
    insta::assert_snapshot!("screen_10x3", at_size(DOWN, 10, 3));
    for (width, height) in [(1, 1), (0, 0), (3, 2), (500, 1), (1, 500)] {
        let _ = at_size(DOWN, width, height);
    }
}

#[test]
fn nothing_is_blank_while_there_is_no_data() {
    insta::assert_snapshot!("screen_no_data_120x40", shown(&connecting(), 1.0, &model(120, 40)));
    insta::assert_snapshot!("screen_engine_gone_120x40", shown(&engine_gone(), 78.0, &model(120, 40)));
    insta::assert_snapshot!("screen_blind_120x40", shown(&blind(), 20.0, &model(120, 40)));
}

#[test]
fn a_terminal_without_unicode_gets_ascii_alone() {
    let mut model = model(120, 40);
    model.appearance.charset = Charset::Ascii;
    for second in [50.0, 64.0, DOWN, 167.0, 180.0] {
        assert!(shown(&outage(), second, &model).is_ascii());
    }
    insta::assert_snapshot!("screen_down_ascii_120x40", shown(&outage(), DOWN, &model));
}

#[test]
fn captions_can_be_korean() {
    let mut model = model(120, 40);
    model.appearance.language = Language::Ko;
    insta::assert_snapshot!("screen_down_korean_120x40", shown(&outage(), DOWN, &model));
}

#[test]
fn a_zoomed_pane_takes_the_whole_screen() {
    for (pane, name) in [(PaneId::Kubelets, "kubelets"), (PaneId::ControlPlane, "control_plane")] {
        let model = Model { zoom: Some(pane), focused: Some(pane), ..model(120, 24) };
        insta::assert_snapshot!(format!("screen_zoom_{name}_120x24"), shown(&outage(), 172.5, &model));
    }
}

#[test]
fn a_paused_view_is_marked_and_counts_new_entries() {
    let script = outage();
    let (then, at) = script.world(90.0);
    let mut model = model(80, 24);
    let none = update(&mut model, &then, Action::PauseView, at);
    assert_eq!(none, []);
    let (world, now) = script.world(DOWN);
    let drawn = text(&screen(&world, &model, now, 80, 24));
    insta::assert_snapshot!("screen_paused_80x24", drawn);
    assert!(drawn.contains("VIEW PAUSED +"));
    // the panes are paused, the header is live
    let before = text(&screen(&then, &model, at, 80, 24));
    let panes = |screen: &str| screen.lines().skip(1).take(22).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(panes(&drawn), panes(&before));
}

#[test]
fn colors_only_repeat_what_words_say() {
    let (world, now) = outage().world(DOWN);
    for (theme, name) in
        [(ThemeName::Dark, "dark"), (ThemeName::ColorBlind, "color_blind"), (ThemeName::Plain, "plain")]
    {
        let mut model = model(80, 24);
        model.appearance.theme = theme;
        insta::assert_snapshot!(format!("styles_down_{name}_80x24"), styles(&screen(&world, &model, now, 80, 24)));
        model.appearance.theme = ThemeName::Light;
        let light = text(&screen(&world, &model, now, 80, 24));
        model.appearance.theme = theme;
        assert_eq!(text(&screen(&world, &model, now, 80, 24)), light, "a theme changes no word");
    }
}

#[test]
fn the_plain_theme_has_no_colors() {
    let (world, now) = outage().world(DOWN);
    let mut model = model(120, 40);
    model.appearance.theme = ThemeName::Plain;
    let buffer = screen(&world, &model, now, 120, 40);
    let colored = |cell: &ratatui::buffer::Cell| {
        cell.fg != ratatui::style::Color::Reset || cell.bg != ratatui::style::Color::Reset
    };
    assert!(!buffer.content.iter().any(colored));
}

#[test]
fn two_renders_of_one_state_are_equal_cell_by_cell() {
    let script = outage();
    for second in [0.0, 0.5, 50.0, 64.0, DOWN, 167.0, 180.0, 220.0] {
        let (world, now) = script.world(second);
        for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12), (10, 3)] {
            let model = model(width, height);
            let (before, world_before) = (model.clone(), world.clone());
            assert_eq!(screen(&world, &model, now, width, height), screen(&world, &model, now, width, height));
            assert_eq!((model, &world), (before, &world_before));
        }
    }
}

#[test]
fn no_pane_is_ever_blank() {
    let scripts = [(outage(), 240), (connecting(), 5), (engine_gone(), 80), (blind(), 30)];
    for (script, until) in &scripts {
        for second in (0..*until).step_by(7) {
            let (world, now) = script.world(f64::from(second));
            let model = model(120, 40);
            let buffer = screen(&world, &model, now, 120, 40);
            let split = layout_of(&model, &world, buffer.area);
            let areas = split.areas().unwrap();
            for pane in areas.visible() {
                let area = areas.pane(pane).unwrap().inner(ratatui::layout::Margin::new(1, 1));
                let words = area.positions().filter(|at| buffer[*at].symbol() != " ").count();
                assert!(words > 8, "{pane:?} at {second} s is blank");
            }
        }
    }
}
