//! What lies over the panes, and the pages in place of them.

use super::*;
use crate::observation::{FaultAction, OperatorPhase};

/// The screen after these actions.
fn after(script: &Script, second: f64, size: (u16, u16), actions: impl IntoIterator<Item = Action>) -> String {
    let (world, now) = script.world(second);
    let mut model = model(size.0, size.1);
    for action in actions {
        let _ = update(&mut model, &world, action, now);
    }
    text(&screen(&world, &model, now, size.0, size.1))
}

#[test]
fn a_deed_is_asked_for_by_the_name_of_its_container() {
    insta::assert_snapshot!("overlay_confirm_stop_80x24", after(&outage(), 50.0, (80, 24), [Action::ToggleFault]));
    insta::assert_snapshot!("overlay_confirm_start_80x24", after(&outage(), 161.5, (80, 24), [Action::ToggleFault]));
    insta::assert_snapshot!("overlay_confirm_stop_40x12", after(&outage(), 50.0, (40, 12), [Action::ToggleFault]));
    let drawn = after(&outage(), 50.0, (24, 6), [Action::ToggleFault]);
    assert!(drawn.contains("Stop the control plan") && drawn.contains("y Enter yes"), "{drawn}");
}

#[test]
fn leaving_asks_first_and_shows_the_restore() {
    insta::assert_snapshot!("overlay_quit_80x24", after(&outage(), 161.5, (80, 24), [Action::Quit]));
    insta::assert_snapshot!("overlay_leaving_80x24", after(&outage(), 161.5, (80, 24), [Action::Quit, Action::Yes]));
}

#[test]
fn the_help_is_the_key_table() {
    let drawn = after(&outage(), 50.0, (120, 40), [Action::Help]);
    for row in KEY_TABLE.iter().filter(|row| row.modes.contains(&KeyMode::Dashboard)) {
        assert!(drawn.contains(row.label), "{}", row.label);
    }
    insta::assert_snapshot!("overlay_help_120x40", drawn);
    insta::assert_snapshot!("overlay_help_40x12", after(&outage(), 50.0, (40, 12), [Action::Help, Action::End]));
}

#[test]
fn a_detail_says_what_a_line_means() {
    insta::assert_snapshot!("overlay_detail_lease_120x40", after(&outage(), 161.5, (120, 40), [Action::Open]));
    let to_watch = "watch csi".chars().map(Action::Type);
    let actions = [Action::Filter].into_iter().chain(to_watch).chain([Action::Open, Action::Open]);
    insta::assert_snapshot!("overlay_detail_watch_80x24", after(&outage(), 161.5, (80, 24), actions));
}

#[test]
fn a_line_that_is_typed_stands_in_the_footer() {
    let typed = "lease worker2".chars().map(Action::Type);
    let drawn = after(&outage(), 161.5, (80, 24), [Action::Filter].into_iter().chain(typed));
    insta::assert_snapshot!("overlay_filter_80x24", drawn);
    let drawn = after(&outage(), 161.5, (80, 24), [Action::Filter, Action::Type('Q'), Action::Type('Z'), Action::Open]);
    assert!(drawn.contains("No entry holds"), "{drawn}");
}

#[test]
fn a_refusal_stands_in_the_hint_line() {
    insta::assert_snapshot!(
        "hint_stopping_120x40",
        last_rows(&after(&outage(), 64.0, (120, 40), [Action::ToggleFault]), 2)
    );
    insta::assert_snapshot!(
        "hint_stopping_80x24",
        last_rows(&after(&outage(), 64.0, (80, 24), [Action::ToggleFault]), 2)
    );
}

fn last_rows(drawn: &str, rows: usize) -> String {
    let all: Vec<&str> = drawn.lines().collect();
    all[all.len() - rows..].join("\n")
}

#[test]
fn a_restore_that_failed_says_why() {
    let mut script = outage();
    script.say(
        162.2,
        crate::observation::Observation::Operator(crate::observation::OperatorStep {
            action: FaultAction::Restore,
            container: CONTROL_PLANE.to_owned(),
            phase: OperatorPhase::Failed { error: "the engine does not answer; is Docker running?".to_owned() },
        }),
    );
    let (world, now) = script.world(162.3);
    let mut model = model(80, 24);
    model.overlay = Overlay::Quit;
    let drawn = text(&screen(&world, &model, now, 80, 24));
    assert!(drawn.contains("Try again before leaving?"), "{drawn}");
    assert!(drawn.contains("Starting it failed: the engine does not answer"), "{drawn}");
}

#[test]
fn a_page_says_the_way_out() {
    let error =
        "/var/run/docker.sock: permission denied; add yourself to the group docker: sudo usermod -aG docker $USER";
    let pages = [
        ("no_engine", ScreenPage::NoEngine { error: error.to_owned() }),
        ("no_cluster", ScreenPage::NoCluster { wanted: None, found: Vec::new() }),
        (
            "other_cluster",
            ScreenPage::NoCluster {
                wanted: Some("demo".to_owned()),
                found: vec!["kind".to_owned(), CLUSTER.to_owned()],
            },
        ),
        (
            "choose",
            ScreenPage::Choose {
                clusters: vec![CLUSTER.to_owned(), "kind".to_owned(), "demo".to_owned()],
                selected: 1,
            },
        ),
    ];
    for (name, page) in pages {
        let small = after(&connecting(), 1.0, (40, 12), [Action::ShowPage(page.clone())]);
        let usual = after(&connecting(), 1.0, (80, 24), [Action::ShowPage(page)]);
        insta::assert_snapshot!(format!("page_{name}"), format!("80x24\n{usual}40x12\n{small}"));
    }
}
