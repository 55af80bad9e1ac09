//! A cluster of fakes, the program on it, and what a test waits for.

use std::{
    path::{Path, PathBuf},
    process::Output,
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;

use super::processes::{self, Process};
use crate::{
    fake_api::{self, FakeApi},
    fake_engine::{Container, FakeEngine, Grace},
    terminal::{PATIENCE, Terminal, program},
};

pub(super) const CP: &str = "demo-control-plane";

/// From a start of the container to a `/readyz` of 200.
pub(super) const BOOT: Duration = Duration::from_millis(400);

/// A grace period that is long enough to see a stop under way, and no longer.
pub(super) const SHORT: Duration = Duration::from_millis(800);

/// A cluster of one control plane and one worker, all of it fake. Its processes end with it.
pub(super) struct Stage {
    pub(super) engine: Arc<FakeEngine>,
    pub(super) api: Arc<FakeApi>,
    folder: TempDir,
}

impl Drop for Stage {
    fn drop(&mut self) {
        processes::kill(&self.processes().iter().map(|process| process.pid).collect::<Vec<_>>());
    }
}

impl Stage {
    /// With a stop that takes `grace`.
    pub(super) fn start(grace: Duration) -> Self {
        Self::booting(grace, BOOT)
    }

    /// With a stop that takes `grace`, and an API server that is ready `boot` after a start.
    pub(super) fn booting(grace: Duration, boot: Duration) -> Self {
        let (engine, api) = (Arc::new(FakeEngine::start()), Arc::new(FakeApi::start()));
        let folder = tempfile::tempdir().unwrap();
        engine.add_cluster("demo", api.port(), &[None]);
        engine.set_grace(Grace::Fixed(grace));
        for name in [CP, "demo-worker"] {
            api.put("nodes", fake_api::node(name, "True"));
            api.put("leases", fake_api::lease(name, "2026-11-22T09:00:00.123456Z"));
        }
        api.write_kubeconfig(folder.path(), "kind-demo");
        let (server, container) = (api.clone(), engine.clone());
        tokio::spawn(async move { server.live_in(&container, CP, boot).await });
        Self { engine, api, folder }
    }

    pub(super) fn home(&self) -> &Path {
        self.folder.path()
    }

    /// State directory of the program.
    pub(super) fn state(&self) -> PathBuf {
        self.home().join(".local/state/blackout")
    }

    pub(super) fn intent(&self) -> PathBuf {
        self.state().join("intent-demo.json")
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.home().join("kubeconfig")
    }

    /// Writes the intent of a run before this one.
    pub(super) fn write_intent(&self, container: &str, deed: &str) {
        let intent = serde_json::json!({
            "cluster": "demo", "container": container, "deed": deed,
            // no process has this number: the highest is 4,194,304
            "pid": 4_999_999, "asked": "2026-11-22T09:00:00Z",
        });
        std::fs::create_dir_all(self.state()).unwrap();
        std::fs::write(self.intent(), intent.to_string()).unwrap();
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("DOCKER_HOST", self.engine.host()),
            ("HOME", self.home().display().to_string()),
            ("KUBECONFIG", self.kubeconfig().display().to_string()),
        ]
    }

    /// The program on a terminal of 160x48.
    pub(super) fn open(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let own = self.environment();
        let mut all: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.extend_from_slice(environment);
        Terminal::start(160, 48, arguments, &all)
    }

    /// The program, begun by a shell after `preparation`.
    pub(super) fn open_after(&self, preparation: &str) -> Terminal {
        let own = self.environment();
        let all: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut command = portable_pty::CommandBuilder::new("sh");
        command.args(["-c", &format!("{preparation}; exec \"$0\"")]);
        command.arg(program());
        Terminal::start_command(160, 48, command, &all)
    }

    /// The program, when it is live.
    pub(super) fn healthy(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let screen = self.open(arguments, environment);
        wait_live(&screen);
        screen
    }

    /// The program, after it has asked the engine to stop the control plane.
    pub(super) async fn stopping(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let mut screen = self.healthy(arguments, environment);
        self.stop_by(&mut screen).await;
        screen
    }

    /// The program, after it has stopped the control plane.
    pub(super) async fn stopped(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let screen = self.stopping(arguments, environment).await;
        self.is_down(&screen).await;
        screen
    }

    /// Stops the control plane by key, and waits until the engine has begun to.
    pub(super) async fn stop_by(&self, screen: &mut Terminal) {
        screen.send("s");
        screen.wait_for("Stop the control plane");
        screen.send("y");
        let begun = |container: Container| container.stopping > 0 || container.ends > 0;
        let mut waited = Duration::ZERO;
        while !self.engine.find(CP).is_some_and(begun) {
            assert!(waited < PATIENCE, "the engine is not asked to stop it; the screen has:\n{}", screen.text());
            tokio::time::sleep(STEP).await;
            waited += STEP;
        }
    }

    /// Quits, once the program knows that nothing is left to do: until then it asks.
    pub(super) async fn quit_without_a_question(&self, mut screen: Terminal) {
        let asks = |screen: &Terminal| screen.text().contains("leave it down");
        let pid = screen.pid();
        let mut waited = Duration::ZERO;
        while self.processes().iter().any(|process| process.pid == pid) {
            assert!(waited < PATIENCE, "it asks, and nothing is left to do; the screen has:\n{}", screen.text());
            if asks(&screen) {
                screen.send("\x1b");
                screen.wait_words("the dashboard", |words| !words.contains("leave it down"));
            }
            screen.send("q");
            for _ in 0..25 {
                if asks(&screen) || !self.processes().iter().any(|process| process.pid == pid) {
                    break;
                }
                tokio::time::sleep(STEP).await;
                waited += STEP;
            }
            waited += STEP;
        }
        screen.ended();
    }

    /// Waits until the control plane is down and the program says so.
    pub(super) async fn is_down(&self, screen: &Terminal) {
        self.engine.until(CP, "the end of the stop", is_down).await;
        screen.wait_for("■ DOWN");
    }

    /// Runs a command of the program to its end.
    pub(super) async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = std::process::Command::new(program());
        command.args(arguments).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
        command.envs(self.environment());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// Waits until the control plane has been down, is ready again, and no stop is under way.
    #[track_caller]
    pub(super) fn comes_back(&self) -> impl Future<Output = ()> {
        self.comes_back_within(PATIENCE)
    }

    /// As [`Stage::comes_back`], with another patience.
    #[track_caller]
    pub(super) fn comes_back_within(&self, patience: Duration) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let mut waited = Duration::ZERO;
            while !self.is_back() {
                let (container, api) = (self.engine.find(CP), self.api.is_ready());
                assert!(
                    waited < patience,
                    "{caller}: it does not come back: ready: {api}, {container:#?}\nasked: {:#?}\n{:#?}",
                    self.engine.mutating_requests(),
                    self.processes(),
                );
                tokio::time::sleep(STEP).await;
                waited += STEP;
            }
        }
    }

    fn is_back(&self) -> bool {
        let well = |container: Container| {
            container.state == "running" && container.stopping == 0 && container.ends > 0 && container.starts > 1
        };
        self.engine.find(CP).is_some_and(well) && self.api.is_ready()
    }

    /// Waits until nothing of the program runs, and checks that nothing is left to do and that the engine was asked for
    /// one thing at a time.
    #[track_caller]
    pub(super) fn all_is_over(&self) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            self.wait("the end of every process", || self.processes().is_empty()).await;
            assert!(!self.intent().is_file(), "{caller}: an intent is left");
            assert!(self.engine.most_changes_at_once() <= 1, "{caller}: {:#?}", self.engine.requests("start"));
        }
    }

    /// Waits for a condition of the files or the processes.
    #[track_caller]
    pub(super) fn wait(&self, what: &str, condition: impl Fn() -> bool) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let mut waited = Duration::ZERO;
            while !condition() {
                assert!(waited < PATIENCE, "{caller}: waited for {what}; {:#?}", self.processes());
                tokio::time::sleep(STEP).await;
                waited += STEP;
            }
        }
    }

    /// The program's processes on this stage.
    pub(super) fn processes(&self) -> Vec<Process> {
        processes::of(self.home())
    }

    pub(super) fn guards(&self) -> Vec<Process> {
        self.processes().into_iter().filter(|process| process.is_guard).collect()
    }
}

/// Interval between two checks of a condition that has no signal.
const STEP: Duration = Duration::from_millis(20);

/// Waits until a stop by key is possible.
pub(super) fn wait_live(screen: &Terminal) {
    screen.wait("a live dashboard", PATIENCE, |text| {
        ["● UP", "docker ●", "container  ● running", "Nodes ● LIVE"].iter().all(|word| text.contains(word))
    });
}

/// Opens the question before a start. The key is refused until the program knows that the stop is over.
pub(super) async fn ask_to_start(screen: &mut Terminal) {
    for n in 0.. {
        if screen.text().contains("Start the control plane") {
            return;
        }
        assert!(STEP * n < PATIENCE, "the key starts nothing; the screen has:\n{}", screen.text());
        if n % 25 == 0 {
            screen.send("s");
        }
        tokio::time::sleep(STEP).await;
    }
}

pub(super) fn is_down(container: &Container) -> bool {
    container.state == "exited" && container.stopping == 0
}
