//! Random actions in random order, on screens of random size, at random moments of an outage.

use proptest::prelude::*;
use ratatui::layout::Position;

use super::*;

fn actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        2 => (1u16..220, 1u16..70).prop_map(|(width, height)| Action::Resize(Size::new(width, height))),
        4 => prop::sample::select(key_table().map(|row| row.action.clone()).collect::<Vec<_>>()),
        1 => prop::sample::select(vec![Action::Yes, Action::No, Action::Interrupt, Action::Unbound('x'), Action::Help]),
        1 => (-9..9i32).prop_map(Action::Move),
        1 => (-9..9i32, 0u16..240, 0u16..80).prop_map(|(rows, x, y)| Action::Wheel { rows, at: Position::new(x, y) }),
        1 => any::<char>().prop_map(Action::Type),
        1 => prop::sample::select(vec![
            ScreenPage::Dashboard,
            ScreenPage::NoEngine { error: "no engine".to_owned() },
            ScreenPage::NoCluster { wanted: None, found: vec![] },
            ScreenPage::Choose { clusters: vec![], selected: 3 },
            ScreenPage::Choose { clusters: vec!["a".to_owned(), "b".to_owned()], selected: 0 },
        ]).prop_map(Action::ShowPage),
    ]
}

fn model_with(mode: Mode, ascii: bool) -> Model {
    let mut model = Model { mode, ..model(120, 40) };
    if ascii {
        model.appearance.charset = Charset::Ascii;
    }
    model
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(
        which in 0usize..4,
        first in 0.0..240.0f64,
        ascii in any::<bool>(),
        mode in prop::sample::select(vec![Mode::Live, Mode::Lab, Mode::Replay]),
        actions in prop::collection::vec(actions(), 1..14),
    ) {
        let script = match which {
            0 | 1 => outage(),
            2 => engine_gone(),
            _ => blind(),
        };
        let mut model = model_with(mode, ascii);
        let (mut world, mut now) = script.world(first);
        for (index, action) in actions.into_iter().enumerate() {
            if index == 6 {
                (world, now) = script.world(first + 9.0);
            }
            let _ = update(&mut model, &world, action, now);
            // the log overlay is not pure
            if model.overlay != Overlay::Log {
                let Size { width, height } = model.size;
                let buffer = screen(&world, &model, now, width, height);
                prop_assert_eq!(buffer.area.as_size(), model.size);
                prop_assert!(!ascii || buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
            }
        }
    }
}
