//! The whole program in a pseudo-terminal, against a fake engine, a fake API server and a fake workload: no Docker, no
//! network. What only a real cluster can show is in `real_cluster.rs`.

use std::time::SystemTime;

use serde_json::json;
use tempfile::TempDir;

use crate::{
    fake_api::{self, FakeApi},
    fake_engine::{FakeEngine, Mode},
    terminal::{PATIENCE, Terminal, wall_clock},
};

const CONTROL_PLANE: &str = "demo-control-plane";
const REFUSED: &str = r#"E1122 09:29:46.416114     218 controller.go:144] failed to ensure lease exists, will retry in 7s, error: Get "https://demo-control-plane:6443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/demo-worker?timeout=10s": dial tcp 172.18.0.2:6443: connect: connection refused"#;

/// A cluster of one control plane and two workers, all of it fake.
pub(crate) struct Demo {
    engine: FakeEngine,
    api: FakeApi,
    folder: TempDir,
    /// Answers for both workers' NodePorts.
    _workload: FakeApi,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let (engine, api, workload) = (FakeEngine::start(), FakeApi::start(), FakeApi::start());
        let folder = tempfile::tempdir().unwrap();
        engine.add_cluster("demo", api.port(), &[Some(workload.port()), Some(workload.port())]);
        for name in [CONTROL_PLANE, "demo-worker", "demo-worker2"] {
            api.put("nodes", fake_api::node(name, "True"));
            api.put("leases", fake_api::lease(name, "2026-11-22T09:00:00.123456Z"));
        }
        api.put("pods", fake_api::pod("default", "httpbin-1", "httpbin"));
        api.write_kubeconfig(folder.path(), "kind-demo");
        Self { engine, api, folder, _workload: workload }
    }

    fn open(&self, columns: u16, rows: u16, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let host = self.engine.host();
        let home = self.folder.path().to_string_lossy().into_owned();
        let kubeconfig = self.folder.path().join("kubeconfig").to_string_lossy().into_owned();
        let mut all =
            vec![("DOCKER_HOST", host.as_str()), ("HOME", home.as_str()), ("KUBECONFIG", kubeconfig.as_str())];
        all.extend_from_slice(environment);
        Terminal::start(columns, rows, arguments, &all)
    }

    /// The program on a terminal of 160x48, when everything is live.
    fn healthy(&self) -> Terminal {
        let screen = self.open(160, 48, &[], &[]);
        wait_live(&screen);
        screen
    }

    /// The program, after it has stopped the control plane by key.
    fn stopped(&self) -> Terminal {
        let mut screen = self.healthy();
        screen.send("s");
        screen.wait_for("Stop the control plane");
        self.api.go_away();
        screen.send("y");
        screen.wait_for("■ DOWN");
        assert_eq!(self.engine.container(CONTROL_PLANE).state, "exited");
        screen
    }

    /// The program without a terminal.
    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(crate::terminal::program());
        command.args(arguments).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap_or_default()).env("DOCKER_HOST", self.engine.host());
        command.env("HOME", self.folder.path()).env("KUBECONFIG", self.folder.path().join("kubeconfig"));
        command
    }

    /// Changes a container without an event.
    pub(crate) fn change_engine(&self, name: &str, change: impl FnOnce(&mut crate::fake_engine::Container)) {
        self.engine.change(name, change);
    }

    /// Home directory of the program.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Somebody else takes the control plane away.
    pub(crate) fn go_down(&self) {
        self.api.go_away();
    }

    fn runs(&self) -> bool {
        self.engine.container(CONTROL_PLANE).state == "running"
    }

    /// A worker's kubelet writes a line, now.
    fn write(&self, worker: &str, message: &str) {
        let micros = wall_clock().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros();
        self.engine.change(worker, |container| {
            let cursor = format!("c={}", container.journal.len());
            let line = json!({ "MESSAGE": message, "__CURSOR": cursor, "__REALTIME_TIMESTAMP": micros.to_string() });
            container.journal.push(line.to_string());
        });
    }
}

/// Waits until everything is live. The control plane can be up before the engine has said how its container is, and
/// without that no key stops it.
fn wait_live(screen: &Terminal) {
    screen.wait("a live dashboard", PATIENCE, |text| {
        let said = ["● UP", "docker ●", "container  ● running", "Nodes ● LIVE", "Pods ● LIVE", "200"];
        said.iter().all(|word| text.contains(word))
    });
}

pub(crate) fn runtime<T>(test: impl Future<Output = T>) -> T {
    // the terminal is waited for on this thread, the fakes live on others
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test)
}

#[test]
fn the_main_job_stop_by_key_lanes_stale_panes_start_by_key_all_live() {
    runtime(async {
        let demo = Demo::start();
        let mut screen = demo.stopped();
        demo.write("demo-worker", REFUSED);
        demo.write("demo-worker2", REFUSED);
        screen.wait("the lanes refused and lease", PATIENCE, |text| {
            ["refused", "lease"].iter().all(|lane| {
                text.lines()
                    .any(|line| line.contains(&format!("{lane} ")) && line.contains("T+") && line.contains("2×"))
            })
        });
        let text = screen.text();
        assert!(text.contains("Nodes ◇ STALE") && text.contains("Pods ◇ STALE"), "{text}");
        assert!(text.contains("worker2") && text.contains("httpbin-1"), "what is known stays:\n{text}");
        screen.send("s");
        screen.wait_for("Start the control plane");
        demo.api.come_back();
        screen.send("y");
        screen.wait("everything live again", PATIENCE, |text| {
            text.contains("● UP") && text.contains("Nodes ● LIVE") && text.contains("Pods ● LIVE")
        });
        assert!(demo.runs());
        screen.send("q");
        let (status, _) = screen.end();
        assert!(status.success(), "{status:?}");
    });
}

#[test]
fn quitting_while_it_is_stopped_asks_and_starts_it_again_by_default() {
    runtime(async {
        let demo = Demo::start();
        let mut screen = demo.stopped();
        screen.send("q");
        screen.wait("the question", PATIENCE, |text| text.contains("again") && text.contains('?'));
        demo.api.come_back();
        screen.send("\r");
        let (status, left) = screen.end();
        assert!(status.success(), "{status:?}");
        assert!(demo.runs(), "{left}");
        assert!(left.contains(CONTROL_PLANE), "it says what it did: {left}");
    });
}

#[test]
fn quitting_with_no_leaves_it_down() {
    runtime(async {
        let demo = Demo::start();
        let mut screen = demo.stopped();
        screen.send("q");
        screen.wait("the question", PATIENCE, |text| text.contains("again") && text.contains('?'));
        screen.send("n");
        let (status, _) = screen.end();
        assert!(status.success(), "{status:?}");
        assert!(!demo.runs());
    });
}

#[test]
fn every_signal_starts_it_again() {
    for signal in ["TERM", "HUP", "INT"] {
        runtime(async {
            let demo = Demo::start();
            let screen = demo.stopped();
            demo.api.come_back();
            screen.signal(signal);
            let (status, left) = screen.end();
            assert!(status.success(), "{signal}: {status:?}");
            assert!(demo.runs(), "{signal}: {left}");
        });
    }
}

#[test]
fn a_terminal_that_is_closed_starts_it_again() {
    runtime(async {
        let demo = Demo::start();
        let screen = demo.stopped();
        demo.api.come_back();
        let status = screen.hang_up();
        assert!(demo.runs(), "{status:?}");
    });
}

#[test]
fn with_leave_a_signal_leaves_it_down() {
    runtime(async {
        let demo = Demo::start();
        let mut screen = demo.open(160, 48, &["--leave"], &[]);
        screen.wait_for("NOT be started again");
        wait_live(&screen);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        demo.api.go_away();
        screen.send("y");
        screen.wait_for("■ DOWN");
        screen.signal("TERM");
        screen.end();
        assert!(!demo.runs());
    });
}

#[test]
fn the_dead_man_timer_starts_it_again() {
    runtime(async {
        let demo = Demo::start();
        let mut screen = demo.open(160, 48, &["--restore-after", "2s"], &[]);
        wait_live(&screen);
        screen.send("s");
        screen.wait_for("Stop the control plane");
        screen.send("y");
        screen.wait_for("■ DOWN");
        screen.wait("the start", PATIENCE, |text| text.contains("● UP"));
        assert!(demo.runs());
        screen.send("q");
        screen.end();
    });
}

#[test]
fn without_an_engine_it_says_so_and_finds_it_when_it_comes() {
    runtime(async {
        let demo = Demo::start();
        demo.engine.go_away();
        let mut screen = demo.open(100, 30, &[], &[]);
        screen.wait("the way out", PATIENCE, |text| text.contains("docker.sock"));
        demo.engine.come_back();
        screen.wait_for("● UP");
        screen.send("q");
        assert!(screen.end().0.success());
    });
}

#[test]
fn a_wrong_name_lists_those_there_are() {
    runtime(async {
        let demo = Demo::start();
        let mut screen = demo.open(100, 30, &["--cluster", "dmeo"], &[]);
        screen.wait("both names", PATIENCE, |text| text.contains("dmeo") && text.contains("demo"));
        screen.send("q");
        assert!(screen.end().0.success());
    });
}

#[test]
fn of_two_clusters_the_operator_chooses_one() {
    runtime(async {
        let demo = Demo::start();
        demo.engine.add_cluster("another", demo.api.port(), &[None]);
        let mut screen = demo.open(100, 30, &[], &[]);
        screen.wait("both names", PATIENCE, |text| text.contains("another") && text.contains("demo"));
        screen.send("j");
        screen.send("\r");
        screen.wait_for("kind-demo");
        screen.wait_for("● UP");
    });
}

#[test]
fn keys_answer_while_the_engine_and_the_api_server_hang() {
    runtime(async {
        let demo = Demo::start();
        let mut screen = demo.healthy();
        demo.engine.set_mode(Mode::Hang);
        demo.api.set_mode(fake_api::Mode::Hang);
        for _ in 0..3 {
            screen.send("?");
            screen.wait_for("Keys");
            screen.send("\x1b");
            // an escape and the next key at once would be one key
            screen.wait("the dashboard", PATIENCE, |text| !text.contains("Keys"));
        }
        screen.send("q");
        assert!(screen.end().0.success());
    });
}

#[test]
fn a_hostile_line_never_reaches_the_terminal() {
    runtime(async {
        let demo = Demo::start();
        let screen = demo.healthy();
        demo.write(
            "demo-worker",
            "E1122 09:29:46.416114     218 evil.go:1] \x1b]0;owned\x07\x1b[2Jgone \u{202e}desrever",
        );
        demo.write("demo-worker", &format!("E1122 09:29:47.416114     218 long.go:1] {}", "x".repeat(1 << 20)));
        screen.wait("both lines", PATIENCE, |text| text.contains("gone") && text.contains("xxx"));
        assert!(!screen.wrote(b"\x1b]0;owned"), "a title was set from a log line");
        assert!(!screen.wrote("\u{202e}".as_bytes()), "a bidi control went through");
    });
}

#[test]
fn every_size_is_drawn_and_a_tiny_one_says_so() {
    runtime(async {
        let demo = Demo::start();
        let mut screen = demo.healthy();
        for (columns, rows) in [(200, 60), (120, 40), (80, 24), (40, 12)] {
            screen.resize(columns, rows);
            screen.wait(&format!("{columns}x{rows}"), PATIENCE, |text| text.contains("UP"));
        }
        screen.resize(10, 3);
        screen.wait("a word", PATIENCE, |text| !text.trim().is_empty() && !text.contains("UP"));
        screen.resize(80, 24);
        screen.wait_for("UP");
        screen.send("q");
        assert!(screen.end().0.success());
    });
}

#[test]
fn without_utf8_and_without_colour_the_words_remain() {
    runtime(async {
        let demo = Demo::start();
        let screen = demo.open(120, 40, &[], &[("LANG", "C"), ("NO_COLOR", "1")]);
        screen.wait("a live dashboard", PATIENCE, |text| text.contains("UP") && text.contains("Ready"));
        assert!(screen.text().is_ascii(), "{}", screen.text());
        assert!(!screen.wrote(b"\x1b[38;5;") && !screen.wrote(b"\x1b[31m"), "a colour was set");
    });
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(crate::terminal::program()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("terminal") && error.contains("--headless"), "{error}");
}

#[test]
fn restore_starts_what_an_earlier_run_left() {
    runtime(async {
        let demo = Demo::start();
        demo.engine.change(CONTROL_PLANE, |container| container.state = "exited");
        let (host, home) = (demo.engine.host(), demo.folder.path().to_owned());
        let output = tokio::task::spawn_blocking(move || {
            let mut command = std::process::Command::new(crate::terminal::program());
            command.arg("restore").env("DOCKER_HOST", host).env("HOME", home).output().unwrap()
        })
        .await
        .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(demo.runs());
    });
}

#[test]
fn without_a_cluster_restore_ends_with_3() {
    runtime(async {
        let engine = FakeEngine::start();
        let host = engine.host();
        let output = tokio::task::spawn_blocking(move || {
            std::process::Command::new(crate::terminal::program()).arg("restore").env("DOCKER_HOST", host).output()
        })
        .await
        .unwrap()
        .unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
    });
}
