//! Overlays, and the pages in place of the panes.

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
fn the_question_before_a_fault_names_the_container() {
    insta::assert_snapshot!("overlay_confirm_stop_80x24", after(&outage(), 50.0, (80, 24), [Action::ToggleFault]));
    insta::assert_snapshot!("overlay_confirm_start_80x24", after(&outage(), 161.5, (80, 24), [Action::ToggleFault]));
    insta::assert_snapshot!("overlay_confirm_stop_40x12", after(&outage(), 50.0, (40, 12), [Action::ToggleFault]));
    let drawn = after(&outage(), 50.0, (24, 6), [Action::ToggleFault]);
    assert!(drawn.contains("Stop the control plan") && drawn.contains("y Enter yes"), "{drawn}");
}

#[test]
fn a_question_loses_no_text_on_a_terminal_of_30_columns() {
    let unbroken = |text: &str| text.split_whitespace().collect::<String>();
    let cases = [
        (
            50.0,
            Action::ToggleFault,
            "This stops api-server-failure-control-plane. The API server closes its port at once, the container exits \
             after about 11 s. The workers and httpbin keep running. s starts it again.",
        ),
        (
            161.5,
            Action::ToggleFault,
            "This starts api-server-failure-control-plane. The API server is ready after about 15 s; the kubelets \
             follow at their next attempt.",
        ),
        (
            161.5,
            Action::Quit,
            "blackout stopped the control plane, and api-server-failure-control-plane is still down.",
        ),
    ];
    for (second, action, text) in cases {
        let drawn = after(&outage(), second, (30, 40), [action]);
        let inside = drawn.lines().filter_map(|line| Some(line.split_once('┃')?.1.rsplit_once('┃')?.0));
        assert!(unbroken(&inside.collect::<Vec<_>>().join(" ")).contains(&unbroken(text)), "{drawn}");
    }
}

#[test]
fn quitting_asks_first_and_shows_the_restore() {
    insta::assert_snapshot!("overlay_quit_80x24", after(&outage(), 161.5, (80, 24), [Action::Quit]));
    insta::assert_snapshot!("overlay_leaving_80x24", after(&outage(), 161.5, (80, 24), [Action::Quit, Action::Yes]));
}

#[test]
fn the_help_shows_every_key() {
    let drawn = after(&outage(), 50.0, (120, 40), [Action::Help]);
    for row in key_table().filter(|row| row.modes.contains(&KeyMode::Dashboard)) {
        assert!(drawn.contains(row.label), "{}", row.label);
    }
    insta::assert_snapshot!("overlay_help_120x40", drawn);
    insta::assert_snapshot!("overlay_help_40x12", after(&outage(), 50.0, (40, 12), [Action::Help, Action::End]));
}

#[test]
fn the_detail_explains_a_line() {
    insta::assert_snapshot!("overlay_detail_lease_120x40", after(&outage(), 161.5, (120, 40), [Action::Open]));
    let to_watch = "watch csi".chars().map(Action::Type);
    let actions = [Action::Filter].into_iter().chain(to_watch).chain([Action::Open, Action::Open]);
    insta::assert_snapshot!("overlay_detail_watch_80x24", after(&outage(), 161.5, (80, 24), actions));
}

#[test]
fn the_prompt_is_in_the_footer() {
    let typed = "lease worker2".chars().map(Action::Type);
    let drawn = after(&outage(), 161.5, (80, 24), [Action::Filter].into_iter().chain(typed));
    insta::assert_snapshot!("overlay_filter_80x24", drawn);
    let drawn = after(&outage(), 161.5, (80, 24), [Action::Filter, Action::Type('Q'), Action::Type('Z'), Action::Open]);
    assert!(drawn.contains("No entries match"), "{drawn}");
}

#[test]
fn a_refusal_is_shown_as_a_hint() {
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
fn the_question_after_a_failed_restore_shows_its_error() {
    let mut script = outage();
    script.add(
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
    assert!(drawn.contains("Try again before quitting?"), "{drawn}");
    assert!(drawn.contains("Starting it failed: the engine does not answer"), "{drawn}");
}

#[test]
fn each_page_says_what_to_do() {
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
