//! The whole program on the lab, in a pseudo-terminal, without Docker: keys in, screens out.
//!
//! The engine's address, the kubeconfig and the home do not exist. The lab runs ten times faster than real time, and
//! the tests wait for screens, not for times.

use std::{
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::terminal::{PATIENCE, Terminal, program};

/// A folder for the files of a run.
struct RunFolder {
    folder: TempDir,
}

impl RunFolder {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be created") }
    }

    fn tape(&self) -> PathBuf {
        self.folder.path().join("run.jsonl")
    }

    /// Starts the program in a terminal of 160x48, without an engine or a cluster.
    fn open(&self, arguments: &[&str]) -> Terminal {
        let home = self.folder.path().to_string_lossy().into_owned();
        Terminal::start(160, 48, arguments, &nowhere(&home))
    }

    /// Starts a lab with a recording, and waits until everything is live.
    fn start_lab(&self) -> Terminal {
        let tape = self.tape().to_string_lossy().into_owned();
        let screen = self.open(&["lab", "--speed", "10", "--record", &tape]);
        screen.wait("a live lab", PATIENCE, |text| {
            ["LAB", "● UP", "docker ●", "container  ● running"].iter().all(|word| text.contains(word))
                && lists_are(text, "● LIVE")
                && answering(text) == 3
        });
        screen
    }

    /// Returns every address on which the recorded lab listened.
    fn addresses(&self) -> Vec<SocketAddr> {
        let tape = std::fs::read_to_string(self.tape()).expect("the run was recorded");
        let lines = tape.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let cluster = lines.map(|mut line| line["o"].take()).find(|observation| observation["kind"] == "cluster");
        let cluster = cluster.expect("the cluster was recorded");
        let nodes = cluster["nodes"].as_array().expect("the cluster has nodes").iter().map(|node| &node["node_port"]);
        let all = std::iter::once(&cluster["api_endpoint"]).chain(nodes).filter_map(serde_json::Value::as_str);
        all.map(|address| address.parse().expect("an address")).collect()
    }

    /// Asserts that the lab listens nowhere.
    #[track_caller]
    fn assert_ports_closed(&self) {
        let addresses = self.addresses();
        assert_eq!(addresses.len(), 4, "the API server and three NodePorts: {addresses:?}");
        for address in addresses {
            assert!(address.ip().is_loopback(), "{address}");
            assert!(TcpStream::connect(address).is_err(), "{address} is still open");
        }
    }
}

fn nowhere(home: &str) -> [(&str, &str); 3] {
    [("DOCKER_HOST", "unix:///nowhere/docker.sock"), ("KUBECONFIG", "/nowhere/kubeconfig"), ("HOME", home)]
}

fn lists_are(text: &str, how: &str) -> bool {
    ["Nodes", "Pods"].iter().all(|pane| text.contains(&format!("{pane} {how}")))
}

/// Counts the workers whose NodePort answers, by their lines in the pane on the left.
fn answering(text: &str) -> usize {
    let left = text.lines().filter_map(|line| line.split('│').nth(1));
    left.filter(|line| line.starts_with("worker") && line.contains("● 200 ")).count()
}

/// Whether a lane of the failure ladder has begun: its row has a T+.
fn is_lit(text: &str, lane: &str) -> bool {
    text.lines().any(|line| line.contains(&format!("┃{lane} ")) && line.contains("T+") && line.contains('×'))
}

#[test]
fn an_outage_can_be_caused_watched_and_ended_without_docker() {
    let run = RunFolder::new();
    let mut screen = run.start_lab();
    screen.send("s");
    screen.wait_for("Stop the control plane");
    assert!(screen.text().contains("lab-control-plane"), "the question names the container:\n{}", screen.text());
    screen.send("y");
    screen.wait_for("■ DOWN");
    screen.wait("four lanes", PATIENCE, |text| {
        ["refused", "lease", "dns", "watch"].iter().all(|lane| is_lit(text, lane))
    });
    screen.wait("stale lists", PATIENCE, |text| {
        lists_are(text, "◇ STALE") && text.contains("Ready (stale)") && text.contains("exited (137)")
    });
    let text = screen.text();
    assert_eq!(answering(&text), 3, "the workload goes on:\n{text}");
    assert!(text.contains("100 %") && text.contains("in this outage"), "{text}");
    screen.send("s");
    screen.wait_for("Start the control plane");
    screen.send("y");
    screen.wait("everything live again", PATIENCE, |text| text.contains("● UP") && lists_are(text, "● LIVE"));
    assert_eq!(answering(&screen.text()), 3, "{}", screen.text());
    screen.send("q");
    let (status, left) = screen.end();
    assert!(status.success(), "{status:?}: {left}");
    run.assert_ports_closed();
    replays_as_an_outage(&run.tape());
}

/// Asserts that the replay of a tape has every phase of an outage.
fn replays_as_an_outage(tape: &Path) {
    let output = std::process::Command::new(program()).args(["replay", "--headless"]).arg(tape).output().unwrap();
    let story = String::from_utf8_lossy(&output.stdout);
    for phase in ["stopping", "down", "starting", "up"] {
        assert!(story.contains(&format!(r#""change":"control-plane","phase":"{phase}""#)), "{phase}: {story}");
    }
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn ctrl_c_during_an_outage_asks_and_a_second_one_quits() {
    let run = RunFolder::new();
    let mut screen = run.start_lab();
    screen.send("s");
    screen.wait_for("Stop the control plane");
    screen.send("y");
    screen.wait_for("■ DOWN");
    screen.send("\x03");
    screen.wait_for("during an outage?");
    screen.send("\x03");
    let (status, left) = screen.end();
    assert!(status.success() && left.contains("The API server"), "{status:?}: {left}");
    run.assert_ports_closed();
}

#[test]
fn a_signal_ends_a_lab_at_once() {
    let run = RunFolder::new();
    let screen = run.start_lab();
    screen.signal("INT");
    let (status, left) = screen.end();
    assert!(status.success() && left.contains("SIGINT"), "{status:?}: {left}");
    run.assert_ports_closed();
}

#[test]
fn without_an_engine_b_opens_the_lab() {
    let run = RunFolder::new();
    let mut screen = run.open(&[]);
    screen.wait("the way out", PATIENCE, |text| {
        text.contains("The container engine does not answer") && text.contains("lab, without Docker")
    });
    screen.send("b");
    screen.wait("a live lab", PATIENCE, |text| {
        text.contains("LAB") && text.contains("● UP") && lists_are(text, "● LIVE")
    });
    screen.send("q");
    assert!(screen.end().0.success());
}
