//! Actions, and the models and commands they lead to.

use super::*;
use crate::{
    observation::{FaultAction, Observation, OperatorPhase, OperatorStep, SourceHealth, SourceId},
    tui::{
        layout::layout_of,
        model::list::{EntryAnchor, anchors, matching, position},
        testing::*,
    },
};
use ratatui::layout::{Position, Size};

fn model() -> Model {
    Model { size: Size::new(120, 40), ..Model::default() }
}

/// The commands of one action at this second of the outage.
fn one(model: &mut Model, second: f64, action: Action) -> Vec<Command> {
    let (world, now) = outage().world(second);
    update(model, &world, action, now)
}

fn hint_of(model: &Model) -> &str {
    model.hint.as_ref().map_or("", |hint| hint.text.as_str())
}

const HEALTHY: f64 = 50.0;
const STOPPING: f64 = 64.0;
const DOWN: f64 = 161.5;

#[test]
fn s_asks_and_yes_stops_the_control_plane() {
    let mut model = model();
    assert_eq!(one(&mut model, HEALTHY, Action::ToggleFault), [Command::StartGuard]);
    assert_eq!(model.overlay, Overlay::Confirm(FaultAction::Stop));
    assert_eq!(
        one(&mut model, HEALTHY, Action::Yes),
        [Command::Execute { action: FaultAction::Stop, without_intent: false }]
    );
    assert_eq!(model.overlay, Overlay::None);
}

#[test]
fn s_asks_and_no_changes_nothing() {
    let mut model = model();
    let _ = one(&mut model, HEALTHY, Action::ToggleFault);
    assert_eq!(one(&mut model, HEALTHY, Action::No), [Command::DismissGuard]);
    assert_eq!(model.overlay, Overlay::None);
}

#[test]
fn s_starts_a_stopped_control_plane() {
    let mut model = model();
    let _ = one(&mut model, DOWN, Action::ToggleFault);
    assert_eq!(model.overlay, Overlay::Confirm(FaultAction::Restore));
    assert_eq!(
        one(&mut model, DOWN, Action::Yes),
        [Command::Execute { action: FaultAction::Restore, without_intent: false }]
    );
}

#[test]
fn a_second_s_is_refused_while_a_stop_is_under_way() {
    let mut model = model();
    assert_eq!(one(&mut model, STOPPING, Action::ToggleFault), []);
    assert_eq!(model.overlay, Overlay::None);
    assert_eq!(hint_of(&model), "the control plane is stopping (4 s of about 11 s); wait until it is down");
}

#[test]
fn a_second_s_is_refused_before_the_first_is_reported() {
    let mut model = model();
    let _ = one(&mut model, HEALTHY, Action::ToggleFault);
    let _ = one(&mut model, HEALTHY, Action::Yes);
    assert_eq!(one(&mut model, HEALTHY, Action::ToggleFault), []);
    assert!(hint_of(&model).contains("stopping"), "{}", hint_of(&model));
}

#[test]
fn a_second_s_is_refused_while_a_start_is_under_way() {
    let mut model = model();
    assert_eq!(one(&mut model, 162.5, Action::ToggleFault), []);
    assert_eq!(hint_of(&model), "the control plane is starting (0 s); wait until it is ready");
}

#[test]
fn a_yes_to_an_outdated_question_changes_nothing() {
    let mut model = model();
    let _ = one(&mut model, HEALTHY, Action::ToggleFault);
    assert_eq!(one(&mut model, DOWN, Action::Yes), [Command::DismissGuard]);
    assert_eq!(hint_of(&model), "the control plane has changed meanwhile; press s again");
}

#[test]
fn a_replay_refuses_faults_and_marks() {
    let mut model = Model { mode: Mode::Replay, ..model() };
    assert_eq!(one(&mut model, HEALTHY, Action::ToggleFault), []);
    assert_eq!(hint_of(&model), "a replay cannot stop or start anything");
    assert_eq!(one(&mut model, DOWN, Action::Quit), [Command::Quit { restore: false }]);
    assert_eq!(one(&mut model, DOWN, Action::Mark), []);
    assert!(hint_of(&model).contains("in a replay"));
}

#[test]
fn nothing_is_stopped_without_a_cluster_or_an_engine() {
    let mut model = model();
    let (world, now) = connecting().world(1.0);
    assert_eq!(update(&mut model, &world, Action::ToggleFault, now), []);
    assert_eq!(hint_of(&model), "no cluster found yet; nothing to stop");
    let (world, now) = engine_gone().world(70.0);
    assert_eq!(update(&mut model, &world, Action::ToggleFault, now), []);
    assert!(hint_of(&model).contains("does not answer"), "{}", hint_of(&model));
}

#[test]
fn a_known_container_can_be_stopped_while_the_engine_source_is_connecting() {
    let mut script = engine_gone();
    script.source(61.0, SourceId::Docker, SourceHealth::Connecting);
    let (world, now) = script.world(70.0);
    let mut model = model();
    let _ = update(&mut model, &world, Action::ToggleFault, now);
    assert_eq!(model.overlay, Overlay::Confirm(FaultAction::Stop));
}

#[test]
fn a_control_plane_stopped_outside_blackout_can_be_started() {
    let mut script = engine_gone();
    script.source(61.0, SourceId::Docker, SourceHealth::Live);
    let (mut world, now) = script.world(70.0);
    let state = crate::observation::ContainerState {
        node: CONTROL_PLANE.to_owned(),
        role: crate::observation::NodeRole::ControlPlane,
        state: crate::observation::RunState::Exited,
        exit_code: Some(137),
        since: Some(now),
        attached: true,
    };
    world.apply(now, &Observation::Container(state));
    let mut model = model();
    let _ = update(&mut model, &world, Action::ToggleFault, now);
    assert_eq!(model.overlay, Overlay::Confirm(FaultAction::Restore));
    // blackout did not stop it, so quitting does not ask
    model.overlay = Overlay::None;
    assert_eq!(update(&mut model, &world, Action::Quit, now), [Command::Quit { restore: false }]);
}

#[test]
fn q_quits_at_once_unless_a_restore_is_needed() {
    assert_eq!(one(&mut model(), HEALTHY, Action::Quit), [Command::Quit { restore: false }]);
    assert_eq!(one(&mut model(), HEALTHY, Action::Interrupt), [Command::Quit { restore: false }]);
    assert_eq!(one(&mut model(), 220.0, Action::Quit), [Command::Quit { restore: false }]);
}

#[test]
fn q_asks_while_the_control_plane_is_down_and_yes_restores_it() {
    for second in [STOPPING, DOWN] {
        let mut model = model();
        assert_eq!(one(&mut model, second, Action::Quit), []);
        assert_eq!(model.overlay, Overlay::Quit);
        assert_eq!(one(&mut model, second, Action::Yes), [Command::Quit { restore: true }]);
        assert!(matches!(model.overlay, Overlay::Leaving { .. }));
    }
}

#[test]
fn q_asks_and_no_leaves_it_down_and_esc_stays() {
    let mut model = model();
    let _ = one(&mut model, DOWN, Action::Quit);
    assert_eq!(one(&mut model, DOWN, Action::Close), []);
    assert_eq!(model.overlay, Overlay::None);
    let _ = one(&mut model, DOWN, Action::Quit);
    assert_eq!(one(&mut model, DOWN, Action::No), [Command::LeaveDown]);
}

#[test]
fn control_c_twice_restores_and_quits() {
    let mut model = model();
    assert_eq!(one(&mut model, DOWN, Action::Interrupt), []);
    assert_eq!(model.overlay, Overlay::Quit);
    assert_eq!(one(&mut model, DOWN, Action::Interrupt), [Command::Quit { restore: true }]);
    // and a third time waits: n alone leaves a control plane down
    assert_eq!(one(&mut model, DOWN, Action::Interrupt), []);
    assert!(hint_of(&model).contains("n quits now"), "{}", hint_of(&model));
    assert_eq!(one(&mut model, DOWN, Action::No), [Command::LeaveDown]);
}

#[test]
fn control_c_asks_over_whatever_is_open() {
    for open in [Action::Help, Action::ToggleFault, Action::Filter, Action::Open] {
        let mut model = model();
        let _ = one(&mut model, DOWN, open);
        assert_eq!(one(&mut model, DOWN, Action::Interrupt), []);
        assert_eq!(model.overlay, Overlay::Quit);
    }
}

#[test]
fn a_stop_that_failed_leaves_nothing_to_undo() {
    let (mut world, now) = outage().world(HEALTHY);
    let step = |phase| {
        Observation::Operator(OperatorStep { action: FaultAction::Stop, container: CONTROL_PLANE.to_owned(), phase })
    };
    world.apply(now, &step(OperatorPhase::Requested));
    world.apply(now, &step(OperatorPhase::Failed { error: "no".to_owned() }));
    let mut model = model();
    let _ = update(&mut model, &world, Action::Quit, now);
    assert_eq!((model.overlay, world.outage()), (Overlay::None, None));
}

#[test]
fn a_lab_asks_before_it_quits_during_an_outage() {
    let mut model = Model { mode: Mode::Lab, ..model() };
    assert_eq!(one(&mut model, DOWN, Action::Quit), []);
    assert_eq!(model.overlay, Overlay::Quit);
    assert_eq!(one(&mut model, DOWN, Action::No), []);
    assert_eq!(model.overlay, Overlay::None);
    let _ = one(&mut model, DOWN, Action::Quit);
    assert_eq!(one(&mut model, DOWN, Action::Yes), [Command::Quit { restore: false }]);
    let mut calm = Model { mode: Mode::Lab, ..Model::default() };
    assert_eq!(one(&mut calm, HEALTHY, Action::Quit), [Command::Quit { restore: false }]);
}

#[test]
fn the_list_position_stays_while_entries_arrive() {
    let script = outage();
    let (world, now) = script.world(100.0);
    let mut model = model();
    for _ in 0..30 {
        let _ = update(&mut model, &world, Action::Move(1), now);
    }
    let held = model.list_position;
    let first_row = |world: &World, now| {
        let drawn = text(&screen(world, &model, now, 120, 40));
        drawn.lines().nth(10).unwrap().chars().skip(39).take(55).collect::<String>()
    };
    let before = first_row(&world, now);
    let (later, then) = script.world(150.0);
    assert!(later.journal.len() > world.journal.len() + 20);
    assert_eq!(first_row(&later, then), before);
    assert_eq!(model.list_position, held);
    // and Enter opens what the cursor is on
    let ListPosition::At { cursor, .. } = held else { panic!("not held: {held:?}") };
    let _ = update(&mut model, &later, Action::Open, then);
    assert!(matches!(&model.overlay, Overlay::Detail { entry, .. } if entry.id == cursor.id));
}

#[test]
fn the_list_follows_again_from_the_top() {
    let mut model = model();
    let _ = one(&mut model, DOWN, Action::Move(1));
    assert!(matches!(model.list_position, ListPosition::At { .. }));
    let _ = one(&mut model, DOWN, Action::Move(-1));
    assert_eq!(model.list_position, ListPosition::Follow);
    let _ = one(&mut model, DOWN, Action::End);
    assert!(
        matches!(model.list_position, ListPosition::At { cursor: EntryAnchor { id: 0, .. }, .. }),
        "{:?}",
        model.list_position
    );
    let _ = one(&mut model, DOWN, Action::Home);
    assert_eq!(model.list_position, ListPosition::Follow);
}

#[test]
fn a_page_is_what_the_screen_shows() {
    let mut model = model();
    let (world, now) = outage().world(DOWN);
    let _ = update(&mut model, &world, Action::Move(1), now);
    let row = |model: &Model| {
        let ListPosition::At { cursor, .. } = model.list_position else { panic!("{:?}", model.list_position) };
        position(&anchors(&world.journal, ""), cursor)
    };
    let first = row(&model);
    let _ = update(&mut model, &world, Action::MovePage(1), now);
    let second = row(&model);
    let drawn = text(&screen(&world, &model, now, 120, 40));
    let rows = drawn.lines().filter(|line| line.contains("┃12:")).count();
    assert_eq!(second - first, rows);
}

#[test]
fn a_filter_narrows_the_list_while_it_is_typed() {
    let mut model = model();
    let (world, now) = outage().world(DOWN);
    let _ = update(&mut model, &world, Action::Filter, now);
    for c in "LEASE worker3".chars() {
        let _ = update(&mut model, &world, Action::Type(c), now);
    }
    let shown: Vec<_> = matching(&world.journal, model.filter()).collect();
    assert!(!shown.is_empty());
    assert!(shown.iter().all(|entry| entry.activity.as_str() == "lease" && entry.worker.ends_with("worker3")));
    let _ = update(&mut model, &world, Action::Open, now);
    assert_eq!((model.filter.as_str(), &model.overlay), ("LEASE worker3", &Overlay::None));
    let _ = update(&mut model, &world, Action::Close, now);
    assert_eq!(model.filter, "");
}

#[test]
fn escape_closes_from_the_top() {
    let mut model = model();
    let (world, now) = outage().world(DOWN);
    for action in [Action::PauseView, Action::Zoom, Action::Move(1), Action::Help] {
        let _ = update(&mut model, &world, action, now);
    }
    let mut states = Vec::new();
    for _ in 0..4 {
        let _ = update(&mut model, &world, Action::Close, now);
        states.push((
            model.overlay == Overlay::None,
            model.zoom,
            model.list_position == ListPosition::Follow,
            model.paused_view.is_some(),
        ));
    }
    let zoomed = Some(PaneId::Kubelets);
    assert_eq!(
        states,
        [(true, zoomed, false, true), (true, None, false, true), (true, None, true, true), (true, None, true, false)]
    );
    let _ = update(&mut model, &world, Action::Close, now);
    assert_eq!(hint_of(&model), "nothing to close; q quits");
}

#[test]
fn the_focus_goes_round_the_panes_that_can_be_seen() {
    let mut model = model();
    let (world, now) = outage().world(DOWN);
    let mut seen = vec![model.focus()];
    for _ in 0..5 {
        let _ = update(&mut model, &world, Action::FocusNext, now);
        seen.push(model.focus());
    }
    seen.sort();
    assert_eq!(seen.len(), 6);
    seen.dedup();
    assert_eq!(seen.len(), 6, "each pane once");
    model.size = Size::new(40, 12);
    for _ in 0..9 {
        let _ = update(&mut model, &world, Action::FocusPrevious, now);
        assert!(![PaneId::Pods, PaneId::Retries].contains(&model.focus()));
    }
}

#[test]
fn with_one_pane_zoomed_the_focus_reaches_every_pane() {
    let mut model = Model { size: Size::new(40, 12), ..Model::default() };
    let (world, now) = outage().world(DOWN);
    let _ = update(&mut model, &world, Action::Zoom, now);
    let mut seen = Vec::new();
    for _ in 0..6 {
        let _ = update(&mut model, &world, Action::FocusNext, now);
        assert_eq!(model.zoom, Some(model.focus()));
        seen.push(model.focus());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6);
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut model = model();
    let (world, now) = outage().world(DOWN);
    let area = ratatui::layout::Rect::new(0, 0, 120, 40);
    let place = layout_of(&model, &world, area).areas().and_then(|areas| areas.pane(PaneId::Pods)).unwrap();
    let at = Position::new(place.x + 3, place.y + 1);
    let _ = update(&mut model, &world, Action::Wheel { rows: 3, at }, now);
    assert_eq!((model.scroll[PaneId::Pods.index()] > 0, model.list_position), (true, ListPosition::Follow));
}

#[test]
fn commands_leave_only_where_the_session_has_to_act() {
    let mut model = model();
    assert_eq!(one(&mut model, HEALTHY, Action::Mouse), [Command::SetMouse(true)]);
    assert_eq!(one(&mut model, HEALTHY, Action::Mouse), [Command::SetMouse(false)]);
    let _ = one(&mut model, HEALTHY, Action::Mark);
    for c in "now".chars() {
        let _ = one(&mut model, HEALTHY, Action::Type(c));
    }
    assert_eq!(one(&mut model, HEALTHY, Action::Open), [Command::Mark { word: "now".to_owned() }]);
    let clusters = vec!["a".to_owned(), "b".to_owned()];
    let _ = one(&mut model, HEALTHY, Action::ShowPage(ScreenPage::Choose { clusters, selected: 0 }));
    let _ = one(&mut model, HEALTHY, Action::Move(1));
    assert_eq!(one(&mut model, HEALTHY, Action::Open), [Command::ChooseCluster { cluster: "b".to_owned() }]);
    let _ = one(&mut model, HEALTHY, Action::ShowPage(ScreenPage::NoEngine { error: String::new() }));
    assert_eq!(one(&mut model, HEALTHY, Action::Open), [Command::Retry]);
    assert_eq!(one(&mut model, HEALTHY, Action::Quit), [Command::Quit { restore: false }]);
}

#[test]
fn a_key_that_does_nothing_says_why() {
    let mut model = model();
    let _ = one(&mut model, HEALTHY, Action::Unbound('x'));
    assert_eq!(hint_of(&model), "x is not bound; ? shows every key");
    model.focused = Some(PaneId::ControlPlane);
    let _ = one(&mut model, HEALTHY, Action::Move(1));
    assert!(hint_of(&model).contains("nothing to scroll"), "{}", hint_of(&model));
    let _ = one(&mut model, HEALTHY, Action::Open);
    assert!(hint_of(&model).contains("press Tab"), "{}", hint_of(&model));
    model.appearance.no_color = true;
    let _ = one(&mut model, HEALTHY, Action::Theme);
    assert!(hint_of(&model).contains("NO_COLOR"), "{}", hint_of(&model));
}

#[test]
fn a_hint_ends_with_the_next_key_but_not_with_a_resize() {
    let mut model = model();
    let _ = one(&mut model, HEALTHY, Action::Unbound('x'));
    let _ = one(&mut model, HEALTHY, Action::Resize(Size::new(80, 24)));
    assert!(model.hint.is_some());
    let _ = one(&mut model, HEALTHY, Action::Home);
    assert!(model.hint.is_none());
}
