//! The whole screen, and each pane in each of its faces.

use super::{testing::*, *};

#[test]
fn look_at_it() {
    let script = outage();
    for (s, w, h) in [
        (50.0, 120, 40),
        (64.0, 120, 40),
        (162.0 - 0.5, 120, 40),
        (161.5, 80, 24),
        (161.5, 40, 12),
        (161.5, 160, 48),
        (161.5, 200, 60),
        (167.0, 120, 40),
        (180.0, 120, 40),
        (220.0, 120, 40),
    ] {
        let (world, now) = script.world(s);
        let model = Model { recording: true, size: ratatui::layout::Size::new(w, h), ..Model::default() };
        println!("=== {s} {w}x{h}\n{}", text(&screen(&world, &model, now, w, h)));
    }
}
