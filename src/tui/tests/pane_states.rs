//! Each pane in its empty, live, stale, down and error state, on screens of three sizes.

use ratatui::buffer::Buffer;

use super::*;

const PANES: [(PaneId, &str); 6] = [
    (PaneId::ControlPlane, "control_plane"),
    (PaneId::Kubelets, "kubelets"),
    (PaneId::Httpbin, "httpbin"),
    (PaneId::Nodes, "nodes"),
    (PaneId::Pods, "pods"),
    (PaneId::Retries, "retries"),
];

/// The pane at three sizes, one below the other.
fn pane_at_sizes(script: &Script, second: f64, pane: PaneId) -> String {
    let (world, now) = script.world(second);
    let mut out = String::new();
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let model = model(width, height);
        let whole = screen(&world, &model, now, width, height);
        let split = layout_of(&model, &world, whole.area);
        let areas = split.areas().unwrap();
        out.push_str(&format!("{width}x{height}\n"));
        match areas.pane(pane) {
            Some(area) => {
                let mut cut = Buffer::empty(area);
                area.positions().for_each(|at| cut[at] = whole[at].clone());
                out.push_str(&text(&cut));
            }
            None => out.push_str("(no room)\n"),
        }
    }
    out
}

fn all_panes(state: &str, script: &Script, second: f64) {
    for (pane, name) in PANES {
        insta::assert_snapshot!(format!("pane_{name}_{state}"), pane_at_sizes(script, second, pane));
    }
}

#[test]
fn panes_without_data() {
    all_panes("empty", &connecting(), 1.0);
}

#[test]
fn panes_of_a_healthy_cluster() {
    all_panes("live", &outage(), 50.0);
}

#[test]
fn panes_just_after_the_api_server_went_down() {
    // the engine stops answering 3 s before
    let mut script = outage();
    script.source(66.0, crate::observation::SourceId::Docker, retrying("the engine is busy: no answer in 5 s"));
    all_panes("stale", &script, 69.0);
}

#[test]
fn panes_during_an_outage() {
    all_panes("down", &outage(), 161.5);
}

#[test]
fn panes_whose_sources_fail() {
    all_panes("error", &blind(), 20.0);
}

fn retrying(error: &str) -> crate::observation::SourceHealth {
    crate::observation::SourceHealth::Retrying { error: error.to_owned() }
}

#[test]
fn a_check_without_new_results_becomes_stale() {
    // the session goes on, and no probe arrives any more
    let (world, _) = outage().world(239.9);
    let model = model(120, 40);
    let drawn = text(&screen(&world, &model, at(263.0), 120, 40));
    for word in ["? UNKNOWN", "httpbin ◇ STALE", "/readyz    ◇ STALE", "????"] {
        assert!(drawn.contains(word), "{word}:\n{drawn}");
    }
}

#[test]
fn one_failed_request_is_not_100_percent() {
    use crate::observation::{ProbeError, TrafficOutcome};
    let mut script = outage();
    script.traffic(WORKERS[1], 196, TrafficOutcome::Failed(ProbeError::Timeout));
    script.traffic(WORKERS[1], 199, TrafficOutcome::Missed);
    script.traffic(WORKERS[1], 202, TrafficOutcome::Answered(503));
    insta::assert_snapshot!("pane_httpbin_failures", pane_at_sizes(&script, 101.3, PaneId::Httpbin));
}

#[test]
fn an_unusual_lane_is_shown_once_it_has_a_reading() {
    let mut script = outage();
    for worker in WORKERS {
        script.line(
            120.0,
            worker,
            r#"E controller.go:145] "Failed to ensure lease exists, will retry" err="Get \"https://x:6443/y\": dial tcp 172.18.0.5:6443: connect: no route to host" interval="7s""#,
        );
    }
    insta::assert_snapshot!("pane_kubelets_unusual", pane_at_sizes(&script, 161.5, PaneId::Kubelets));
}
