//! The main job, on the real kind cluster that is there: `cargo test --test it -- --ignored real_cluster`.
//!
//! Stops and starts the control plane of the cluster `api-server-failure`. What the screen says is compared with what
//! the engine, the API server and the workers themselves say.

use std::{
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

#[cfg(target_os = "linux")]
use crate::promises::processes;
use crate::terminal::{Terminal, wall_clock};

const CLUSTER: &str = "api-server-failure";
const CONTROL_PLANE: &str = "api-server-failure-control-plane";
const WORKERS: [&str; 3] = ["api-server-failure-worker", "api-server-failure-worker2", "api-server-failure-worker3"];

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn running() -> bool {
    run("docker", &["inspect", "-f", "{{.State.Status}}", CONTROL_PLANE]) == "running"
}

/// Each time at which the engine said `action` about the control plane since `since`.
fn engine_events(action: &str, since: SystemTime) -> Vec<SystemTime> {
    let seconds = |time: SystemTime| {
        format!("{:.3}", time.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs_f64())
    };
    let (container, event) = (format!("container={CONTROL_PLANE}"), format!("event={action}"));
    let until = seconds(wall_clock());
    let since = seconds(since);
    let arguments = [
        "events",
        "--since",
        &since,
        "--until",
        &until,
        "--filter",
        &container,
        "--filter",
        &event,
        "--format",
        "{{.TimeNano}}",
    ];
    let time = |nanos: &str| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos.parse().expect("nanoseconds"));
    run("docker", &arguments).lines().map(time).collect()
}

/// When the engine said `action` about the control plane, the first time since `since`.
fn engine_event(action: &str, since: SystemTime) -> SystemTime {
    *engine_events(action, since).first().unwrap_or_else(|| panic!("the engine says nothing of {action}"))
}

/// Asks the API server itself, every 20 ms, until it is ready; gives back when it first was.
fn wait_until_ready() -> SystemTime {
    let deadline = wall_clock() + Duration::from_secs(180);
    loop {
        let context = format!("kind-{CLUSTER}");
        if run("kubectl", &["--context", &context, "--request-timeout=1s", "get", "--raw", "/readyz"]) == "ok" {
            return wall_clock();
        }
        assert!(wall_clock() < deadline, "the API server does not come back");
        std::thread::yield_now();
    }
}

fn journalctls() -> String {
    WORKERS
        .iter()
        .map(|worker| run("docker", &["exec", worker, "sh", "-c", "pgrep -a journalctl || true"]))
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

/// The line of the screen in which a lane stands.
fn lane<'a>(screen: &'a str, name: &str) -> Option<&'a str> {
    screen.lines().find(|line| line.contains(&format!("{name} ")) && line.contains("T+"))
}

/// The line of the screen in which a pane's title stands.
fn title<'a>(screen: &'a str, pane: &str) -> &'a str {
    let start = format!("┌ {pane} ");
    screen.lines().find_map(|line| line.find(&start).map(|at| &line[at..])).unwrap_or_default()
}

fn seconds(later: SystemTime, earlier: SystemTime) -> f64 {
    match later.duration_since(earlier) {
        Ok(duration) => duration.as_secs_f64(),
        Err(error) => -error.duration().as_secs_f64(),
    }
}

/// The dashboard on the real cluster, with its state in `state`, once it is live.
fn healthy(state: &Path) -> Terminal {
    assert!(running(), "the control plane has to run at the start");
    let home = std::env::var("HOME").expect("there is a home");
    let state = state.to_string_lossy();
    let screen = Terminal::start(160, 48, &[], &[("HOME", &home), ("XDG_STATE_HOME", &state)]);
    screen.wait_for("UP");
    screen.wait("three workers that answer", Duration::from_secs(60), |text| {
        text.matches("200").count() >= 3 && text.matches("Ready").count() >= 4
    });
    // before the engine has answered, the key is refused with that reason
    screen.wait("the container", Duration::from_secs(60), |text| {
        text.lines().any(|line| line.contains("container") && line.contains("● running"))
    });
    screen
}

/// Stops the control plane by key, after a confirmation that names the container; gives back when that was.
fn stop_by(screen: &mut Terminal) -> SystemTime {
    screen.send("s");
    screen.wait_for("Stop the control plane?");
    assert!(screen.text().contains(CONTROL_PLANE), "the question names the container");
    let asked = wall_clock();
    screen.send("y");
    asked
}

#[expect(clippy::print_stdout, reason = "the figures are read with `--nocapture`")]
fn print(figures: &[(&str, f64)]) {
    println!("{:<55} seconds", "what");
    for (what, value) in figures {
        println!("{what:<55} {value:>7.2}");
    }
}

#[test]
#[ignore = "needs the kind cluster api-server-failure, and stops its control plane"]
fn real_cluster_stop_and_start_by_key() {
    let state = tempfile::tempdir().expect("a folder for the state");
    let mut screen = healthy(state.path());

    let asked = stop_by(&mut screen);
    let stopping = screen.wait_for("STOPPING");
    screen.wait("the lanes refused and lease", Duration::from_secs(15), |text| {
        lane(text, "refused").is_some() && lane(text, "lease").is_some()
    });
    let lit = seconds(wall_clock(), asked);
    // the panes say it of what no longer answers; the header says it of the container
    let down = screen.wait("DOWN in the header", Duration::from_secs(30), |text| {
        text.lines().next().is_some_and(|header| header.contains("■ DOWN"))
    });
    screen.wait("the lanes dns and watch", Duration::from_secs(30), |text| {
        lane(text, "dns").is_some() && lane(text, "watch").is_some()
    });
    let all_lit = seconds(wall_clock(), asked);
    let killed = engine_event("kill", asked);
    let died = engine_event("die", asked);
    assert!(!running());

    // what is known stays, and says how old it is
    screen.wait("stale nodes and pods", Duration::from_secs(30), |text| {
        title(text, "Nodes").contains("STALE") && title(text, "Pods").contains("STALE")
    });
    let text = screen.text();
    for worker in WORKERS {
        assert!(text.contains(worker.trim_start_matches("api-server-failure-")), "{worker} is gone from:\n{text}");
    }
    assert!(text.contains("httpbin"), "{text}");
    assert!(text.contains("100"), "httpbin answers every probe:\n{text}");

    // start the control plane again, by key
    screen.send("s");
    screen.wait_for("Start the control plane");
    let restore = wall_clock();
    screen.send("y");
    let ready = wait_until_ready();
    let up = screen.wait_for("UP");
    let live = screen.wait("live nodes and pods", Duration::from_secs(60), |text| {
        title(text, "Nodes").contains("LIVE") && title(text, "Pods").contains("LIVE")
    });
    let started = engine_event("start", restore);

    // quit: nothing asks, since the control plane runs
    screen.send("q");
    let (status, left) = screen.end();
    assert!(status.success(), "{status:?}: {left}");
    assert!(running(), "the control plane runs");
    assert_eq!(journalctls(), "", "no journalctl is left in a worker");

    print(&[
        ("engine's first signal to `STOPPING` on the screen", seconds(stopping, killed)),
        ("engine's `die` to `DOWN` on the screen", seconds(down, died)),
        ("stop asked to refused and lease lit", lit),
        ("stop asked to dns and watch lit", all_lit),
        ("engine's `start` to /readyz 200", seconds(ready, started)),
        ("/readyz 200 (as kubectl sees it) to `UP` on the screen", seconds(up, ready)),
        ("/readyz 200 to live nodes and pods on the screen", seconds(live, ready)),
    ]);
}

/// A failed test leaves the cluster as it found it, so that the next one has a control plane to stop.
#[cfg(target_os = "linux")]
struct StartedAfterFailure;

#[cfg(target_os = "linux")]
impl Drop for StartedAfterFailure {
    fn drop(&mut self) {
        if std::thread::panicking() {
            run("docker", &["start", CONTROL_PLANE]);
        }
    }
}

/// Looks every 20 ms until `condition` holds, and gives back when it first did.
#[cfg(target_os = "linux")]
fn wait_until(what: &str, condition: impl Fn() -> bool) -> SystemTime {
    let deadline = wall_clock() + crate::terminal::PATIENCE;
    while !condition() {
        assert!(wall_clock() < deadline, "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    wall_clock()
}

/// Waits until the engine says `action` about the control plane, and gives back when it did.
#[cfg(target_os = "linux")]
fn wait_for_event(action: &str, since: SystemTime) -> SystemTime {
    wait_until(action, || !engine_events(action, since).is_empty());
    engine_event(action, since)
}

/// Promise 3 where it is hardest: the dashboard is killed while the engine waits for the end of its stop.
#[test]
#[ignore = "needs the kind cluster api-server-failure, and stops its control plane"]
#[cfg(target_os = "linux")]
fn real_cluster_is_ready_again_by_itself_after_a_kill_in_the_middle_of_the_stop() {
    let state = tempfile::tempdir().expect("a folder for the state");
    let processes = || processes::with("XDG_STATE_HOME", state.path());
    let intent = state.path().join(format!("blackout/intent-{CLUSTER}.json"));
    let mut screen = healthy(state.path());

    let asked = stop_by(&mut screen);
    let _started = StartedAfterFailure;
    let signalled = wait_for_event("kill", asked);
    // the middle of a stop that takes ten seconds
    std::thread::sleep((signalled + Duration::from_secs(2)).duration_since(wall_clock()).unwrap_or_default());
    assert!(running() && engine_events("die", asked).is_empty(), "the stop is over already");
    assert!(intent.is_file(), "the intent is on disk while the stop is under way");
    let before = processes();
    assert_eq!(before.iter().filter(|process| process.is_guard).count(), 1, "{before:?}");
    let killed = wall_clock();
    screen.signal("KILL");
    screen.ended();

    // nothing else is done
    let died = wait_for_event("die", asked);
    let started = wait_for_event("start", asked);
    let ready = wait_until_ready();
    let ended = wait_until("the end of every process", || processes().is_empty());
    assert!(running(), "the control plane runs");
    assert!(!intent.exists(), "the intent is gone with what it was about");
    assert_eq!(engine_events("die", asked).len(), 1, "it went down once");
    assert_eq!(engine_events("start", asked).len(), 1, "it was started once");
    wait_until("the end of every journalctl in the workers", || journalctls().is_empty());
    print(&[
        ("stop asked to the engine's first signal", seconds(signalled, asked)),
        ("first signal to SIGKILL of the dashboard", seconds(killed, signalled)),
        ("SIGKILL to the engine's `die`", seconds(died, killed)),
        ("engine's `die` to its `start`", seconds(started, died)),
        ("engine's `start` to /readyz 200", seconds(ready, started)),
        ("SIGKILL to /readyz 200", seconds(ready, killed)),
        ("/readyz 200 (as kubectl sees it) to the guard's end", seconds(ended, ready)),
    ]);
}
