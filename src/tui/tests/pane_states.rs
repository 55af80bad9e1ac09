//! Each pane by itself in its empty, live, stale, down and error face, as it stands on three sizes of screen.

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

/// The pane at three sizes, one under the other.
fn face(script: &Script, second: f64, pane: PaneId) -> String {
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
            None => out.push_str("(gives way)\n"),
        }
    }
    out
}

fn faces(face_name: &str, script: &Script, second: f64) {
    for (pane, name) in PANES {
        insta::assert_snapshot!(format!("pane_{name}_{face_name}"), face(script, second, pane));
    }
}

#[test]
fn empty() {
    faces("empty", &connecting(), 1.0);
}

#[test]
fn live() {
    faces("live", &outage(), 50.0);
}

#[test]
fn stale() {
    // the API server has only just gone; the engine's and the probes' sources fall silent later on
    let mut script = outage();
    script.source(66.0, crate::observation::SourceId::Docker, retrying("the engine is busy: no answer in 5 s"));
    faces("stale", &script, 69.0);
}

#[test]
fn down() {
    faces("down", &outage(), 161.5);
}

#[test]
fn error() {
    faces("error", &blind(), 20.0);
}

fn retrying(error: &str) -> crate::observation::SourceHealth {
    crate::observation::SourceHealth::Retrying { error: error.to_owned() }
}

#[test]
fn a_prober_that_fell_silent_is_stale_and_never_well() {
    // the session goes on, and no probe arrives any more
    let (world, _) = outage().world(239.9);
    let model = model(120, 40);
    let drawn = text(&screen(&world, &model, at(263.0), 120, 40));
    for word in ["? UNKNOWN", "httpbin ◇ STALE", "/readyz    ◇ STALE", "????"] {
        assert!(drawn.contains(word), "{word}:\n{drawn}");
    }
}

#[test]
fn one_lost_probe_is_not_a_hundred_per_cent() {
    use crate::observation::{ProbeError, TrafficOutcome};
    let mut script = outage();
    script.traffic(WORKERS[1], 196, TrafficOutcome::Failed(ProbeError::Timeout));
    script.traffic(WORKERS[1], 199, TrafficOutcome::Missed);
    script.traffic(WORKERS[1], 202, TrafficOutcome::Answered(503));
    insta::assert_snapshot!("pane_httpbin_failures", face(&script, 101.3, PaneId::Httpbin));
}

#[test]
fn a_lane_that_is_not_usual_stands_there_when_it_is_lit() {
    let mut script = outage();
    for worker in WORKERS {
        script.line(
            120.0,
            worker,
            r#"E controller.go:145] "Failed to ensure lease exists, will retry" err="Get \"https://x:6443/y\": dial tcp 172.18.0.5:6443: connect: no route to host" interval="7s""#,
        );
    }
    insta::assert_snapshot!("pane_kubelets_unusual", face(&script, 161.5, PaneId::Kubelets));
}
