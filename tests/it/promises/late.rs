//! Faults and starts that take effect late, half, or not at all.

use std::time::Duration;

use blackout::{
    engine::Engine,
    fault::FaultInjector,
    guard::{Assignment, Guard, GuardMode, GuardReport, GuardRequest, RestorePolicy},
    observation::{FaultAction, OperatorPhase},
    source::{access::ApiAccess, docker},
};

use super::{
    processes,
    stage::{CP, SHORT, Stage, is_down},
};
use crate::{
    fake_engine::{Grace, Mode},
    program::runtime,
};

/// A supervisor in this process, which guards the stage's control plane.
async fn guard_in_process(stage: &Stage) -> Guard {
    let engine = Engine::at(stage.engine.host());
    let cluster = docker::discover(&engine, Some("demo"), 0).await.cluster().expect("the engine has it").clone();
    let access = ApiAccess::Plain { url: stage.api.url() };
    let fault = FaultInjector::new(engine, &cluster);
    let assignment = Assignment { cluster, access, restore_after_s: 600 };
    let mut guard = Guard::start(fault, assignment, Some(stage.state()), GuardMode::InProcess(RestorePolicy::Restore));
    assert!(matches!(guard.report().await, Some(GuardReport::Ready { .. })));
    guard
}

fn stop() -> GuardRequest {
    GuardRequest::Fault { action: FaultAction::Stop, container: CP.to_owned(), without_intent: false }
}

/// The reports up to the end of the guard, which has settled then.
async fn reports_to_the_end(guard: &mut Guard) -> Vec<GuardReport> {
    let mut reports = Vec::new();
    while let Some(report) = guard.report().await {
        reports.push(report);
    }
    assert!(matches!(reports.last(), Some(GuardReport::Settled { .. })), "{reports:#?}");
    reports
}

#[test]
fn a_restore_that_overtakes_a_stop_in_preparation_leaves_the_control_plane_alone() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut guard = guard_in_process(&stage).await;
        // the stop is in preparation for as long as the engine does not answer the inspection
        stage.engine.set_mode(Mode::Frozen);
        let inspections = stage.engine.count("inspect");
        guard.send(stop());
        stage.engine.until_requested("inspect", inspections + 1).await;
        guard.send(GuardRequest::Restore { container: CP.to_owned() });
        let requested = async {
            loop {
                let report = guard.report().await.expect("it runs");
                if matches!(&report, GuardReport::Step(step) if step.action == FaultAction::Restore) {
                    return;
                }
            }
        };
        requested.await;
        stage.engine.set_mode(Mode::Healthy);
        let reports = reports_to_the_end(&mut guard).await;
        let refused = |report: &GuardReport| {
            matches!(report, GuardReport::Step(step) if step.action == FaultAction::Stop
                && matches!(&step.phase, OperatorPhase::Failed { error } if error.contains("nothing was done")))
        };
        assert!(reports.iter().any(refused), "{reports:#?}");
        assert_eq!(stage.engine.count("stop"), 0);
        assert!(stage.engine.container(CP).state == "running" && !stage.intent().exists());
    });
}

/// The clock of the test is virtual: no second of it is waited for.
#[tokio::test(start_paused = true)]
async fn a_stop_that_takes_effect_40_s_after_its_request_is_undone() {
    let stage = Stage::start(SHORT);
    let mut guard = guard_in_process(&stage).await;
    // longer than a guard waits for the end of a stop
    stage.engine.set_grace(Grace::Fixed(Duration::from_secs(40)));
    guard.send(stop());
    stage.engine.until(CP, "the begin of the stop", |container| container.stopping > 0).await;
    guard.send(GuardRequest::Restore { container: CP.to_owned() });
    let reports = reports_to_the_end(&mut guard).await;
    let container = stage.engine.container(CP);
    assert!(container.state == "running" && container.ends == 1 && container.starts == 2, "{container:?} {reports:#?}");
    assert!(stage.api.is_ready() && !stage.intent().exists(), "{reports:#?}");
}

#[test]
fn a_stop_that_was_answered_500_and_takes_effect_after_q_is_undone() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.healthy(&[], &[]);
        stage.engine.refuse("stop", 500, 1);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        screen.send("y");
        screen.wait_words("the reason", |words| words.contains("told to fail"));
        screen.send("q");
        stage.wait("the main screen", || screen.on_main_screen()).await;
        // the engine does what it has reported as failed
        stage.engine.stop_by_somebody_else(CP).await;
        stage.comes_back().await;
        screen.ended();
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("start"), 1);
    });
}

#[test]
fn a_container_that_exits_right_after_its_start_is_started_again() {
    runtime(async {
        let stage = Stage::booting(SHORT, Duration::from_secs(1));
        let screen = stage.stopped(&[], &[]).await;
        screen.signal("TERM");
        stage.engine.until(CP, "the first start", |container| container.starts == 2).await;
        stage.engine.crash(CP, 1);
        stage.comes_back().await;
        screen.ended();
        stage.all_is_over().await;
        assert_eq!(stage.engine.container(CP).starts, 3, "it was started once more, and no oftener");
    });
}

#[test]
fn a_kubeconfig_that_cannot_be_read_for_a_second_does_not_end_the_restore_early() {
    runtime(async {
        let stage = Stage::booting(SHORT, Duration::from_secs(1));
        let screen = stage.stopped(&[], &[]).await;
        let aside = stage.kubeconfig().with_extension("aside");
        std::fs::rename(stage.kubeconfig(), &aside).unwrap();
        screen.signal("TERM");
        stage.engine.until(CP, "the start", |container| container.starts == 2).await;
        stage.wait("the API server, a second later", || stage.api.is_ready()).await;
        assert!(stage.intent().is_file(), "nothing can have asked /readyz");
        std::fs::rename(&aside, stage.kubeconfig()).unwrap();
        let (status, left) = screen.end();
        assert!(status.success() && left.contains("/readyz is 200"), "{status:?} {left}");
        stage.all_is_over().await;
    });
}

#[test]
fn a_guard_that_is_killed_while_the_dashboard_leaves_is_replaced() {
    runtime(async {
        let stage = Stage::booting(SHORT, Duration::from_secs(3));
        let screen = stage.stopped(&[], &[]).await;
        screen.signal("TERM");
        stage.engine.until(CP, "the start", |container| container.starts == 2).await;
        let guards = stage.guards();
        assert_eq!(guards.len(), 1, "{:?}", stage.processes());
        processes::kill(&[guards[0].pid]);
        stage.wait("another guard", || stage.guards().iter().any(|guard| guard.pid != guards[0].pid)).await;
        let (status, left) = screen.end();
        assert!(status.success(), "{status:?} {left}");
        assert!(stage.api.is_ready(), "it ended before /readyz was 200: {left}");
        stage.all_is_over().await;
    });
}

/// The container crashes while a confirmation is open, and so a guard runs; nothing was injected.
fn crash_without_a_fault(signal: &str) {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.healthy(&[], &[]);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        stage.wait("a guard", || stage.guards().len() == 1).await;
        stage.engine.crash(CP, 1);
        stage.engine.until(CP, "the crash", is_down).await;
        screen.signal(signal);
        screen.ended();
        stage.all_is_over().await;
        assert!(is_down(&stage.engine.container(CP)));
        assert_eq!(stage.engine.count("start"), 0, "it crashed by itself");
    });
}

#[test]
fn a_container_that_crashed_by_itself_is_not_started_after_a_sigterm() {
    crash_without_a_fault("TERM");
}

#[test]
fn a_container_that_crashed_by_itself_is_not_started_after_a_sigkill() {
    crash_without_a_fault("KILL");
}

#[test]
fn a_container_that_crashed_after_its_stop_was_undone_is_not_started_again() {
    runtime(async {
        let stage = Stage::start(SHORT);
        let mut screen = stage.stopped(&[], &[]).await;
        super::stage::ask_to_start(&mut screen).await;
        screen.send("y");
        stage.comes_back().await;
        stage.wait("the end of the intent", || !stage.intent().exists()).await;
        stage.engine.crash(CP, 1);
        stage.is_down(&screen).await;
        screen.send("q");
        assert!(screen.end().0.success(), "nothing is outstanding, so nothing is asked");
        stage.all_is_over().await;
        assert_eq!(stage.engine.count("start"), 1, "it crashed by itself");
    });
}
