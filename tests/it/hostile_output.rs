//! Text from outside never reaches a file, a pipe or a terminal unescaped.
//!
//! The tests put escape sequences, C1 and bidi controls and zero-width characters into every input that others control,
//! and search every output for them.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc,
    thread,
};

use blackout::{observation::Observation, tape::Tape};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UnixListener;

use crate::{
    analyze::log,
    fake_api,
    fake_engine::{self, FakeEngine},
    http,
    program::{Demo, runtime},
    terminal::{PATIENCE, Terminal, program},
};

/// Control sequences and characters: clipboard, color, reading direction, zero width, bell and delete. Without a slash,
/// for the names of files.
const HOSTILE: &str = "\u{1b}]52;c;aG9zdGlsZQ\u{7}\u{9b}31m\u{202e}\u{200b}\u{7f}";

/// Begin of [`HOSTILE`] as text shows it.
const SHOWN: &str = "\u{241b}]52;c;aG9zdGlsZQ\u{2407}";

/// [`HOSTILE`] as JSON escapes it.
const ESCAPED: &str = "\\u001b]52;c;aG9zdGlsZQ\\u0007\\u009b31m\\u202e\\u200b\\u007f";

/// Whether a character controls a terminal or is invisible. Independent of the program's own definition.
fn is_unsafe(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Asserts that an output is escaped. Returns it.
#[track_caller]
fn assert_escaped(what: &str, bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).expect("the output is UTF-8");
    if let Some(at) = text.find(is_unsafe) {
        let start = text.floor_char_boundary(at.saturating_sub(80));
        let end = text.ceil_char_boundary(at + 80);
        panic!("{what} has an unescaped character: {:?}", &text[start..end]);
    }
    text
}

fn blackout(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments).env_clear().env("LANG", "C.UTF-8").env("HOME", "/nonexistent").stdin(Stdio::null());
    command
}

/// Runs a command, and asserts that both its outputs are escaped. Returns them together.
#[track_caller]
fn run(what: &str, command: &mut Command) -> (Output, String) {
    let output = command.output().unwrap();
    let both = assert_escaped(what, &output.stdout) + &assert_escaped(what, &output.stderr);
    (output, both)
}

/// Appends [`HOSTILE`] to every string of an observation that may be any text.
fn with_hostile_strings(observation: &Value) -> Value {
    fn strings(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::String(_) => found.push(pointer.to_owned()),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, item)| strings(item, &format!("{pointer}/{n}"), found));
            }
            Value::Object(fields) => fields.iter().for_each(|(name, field)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                strings(field, &format!("{pointer}/{name}"), found);
            }),
            _ => {}
        }
    }
    let mut pointers = Vec::new();
    strings(observation, "", &mut pointers);
    let mut hostile = observation.clone();
    for pointer in pointers {
        let mut candidate = hostile.clone();
        let text = candidate.pointer_mut(&pointer).unwrap();
        let line = text.as_str().unwrap().to_owned();
        *text = match serde_json::from_str::<Value>(&line) {
            // Of a journal line in JSON others control only the message.
            Ok(Value::Object(mut entry)) if entry.contains_key("MESSAGE") => {
                entry.insert("MESSAGE".to_owned(), format!("{}{HOSTILE}", entry["MESSAGE"].as_str().unwrap()).into());
                Value::Object(entry).to_string().into()
            }
            _ => format!("{line}{HOSTILE}").into(),
        };
        if serde_json::from_value::<Observation>(candidate.clone()).is_ok() {
            hostile = candidate;
        }
    }
    hostile
}

/// Writes a tape of a real outage in which every free text is hostile, under a hostile name. Returns its path.
fn hostile_tape(folder: &Path) -> String {
    let mut tape = Tape::open("apiserver").unwrap();
    tape.header.program.push_str(HOSTILE);
    tape.header.cluster.push_str(HOSTILE);
    for stamped in &mut tape.stamped {
        let observation = serde_json::to_value(&stamped.observation).unwrap();
        stamped.observation = serde_json::from_value(with_hostile_strings(&observation)).unwrap();
    }
    let mut bytes = Vec::new();
    tape.write(&mut bytes).unwrap();
    assert_escaped("a tape", &bytes);
    bytes.extend_from_slice(format!("{{\"t\":\"{HOSTILE}\"\n").as_bytes());
    let path = folder.join(format!("tape{HOSTILE}.jsonl"));
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_hostile_tape_is_escaped_in_every_format_of_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let tape = hostile_tape(folder.path());
    for format in ["md", "json", "svg", "cast"] {
        let arguments = ["report", &tape, "--format", format, "--size", "120x30"];
        let (output, both) = run(format, &mut blackout(&arguments));
        assert!(output.status.success(), "{format}: {both}");
        let out = String::from_utf8(output.stdout).unwrap();
        match format {
            "md" => assert!(
                out.contains("# Outage report") && out.contains("## Score card") && out.contains(SHOWN),
                "{out}"
            ),
            "json" => {
                let report: Value = serde_json::from_str(&out).unwrap();
                assert!(out.contains(ESCAPED));
                let cluster = report["cluster"].as_str().unwrap();
                assert!(cluster.ends_with(HOSTILE), "escaping keeps the value: {cluster:?}");
            }
            "svg" => assert!(out.contains("\u{241b}]52"), "the picture shows the name"),
            _ => {
                let mut lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
                let title = lines.next().unwrap()["title"].as_str().unwrap().to_owned();
                assert!(assert_escaped("the title of a cast", title.as_bytes()).contains(SHOWN), "{title}");
                // The cast's own escape sequences begin with `ESC [`.
                let drawn: String = lines.map(|event| event[2].as_str().unwrap().replace("\u{1b}[", "")).collect();
                assert_escaped("the screen of a cast", drawn.as_bytes());
            }
        }
    }
    let (output, both) = run("headless", &mut blackout(&["replay", &tape, "--headless"]));
    assert!(output.status.success() && both.contains(ESCAPED), "{both}");
    let story = String::from_utf8(output.stdout).unwrap();
    assert!(story.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{story}");
}

#[test]
fn the_list_of_tapes_escapes_hostile_names_and_headers() {
    let home = tempfile::tempdir().unwrap();
    let shelf = home.path().join("blackout/tapes");
    std::fs::create_dir_all(&shelf).unwrap();
    hostile_tape(&shelf);
    std::fs::write(shelf.join(format!("broken{HOSTILE}.jsonl")), format!("\"{HOSTILE}\"")).unwrap();
    let (output, both) = run("the list", blackout(&["replay"]).env("XDG_STATE_HOME", home.path()));
    assert!(output.status.success(), "{both}");
    assert_eq!(both.lines().filter(|line| line.contains(SHOWN)).count(), 2, "{both}");
}

#[test]
fn an_error_escapes_a_hostile_argument() {
    let hostile = |text: &str| format!("{text}{HOSTILE}");
    let (value, path) = (hostile("x"), hostile("/nonexistent/x"));
    let journal = log("kill/worker2.log").to_string_lossy().into_owned();
    for arguments in [
        &[&*value][..],
        &[&hostile("--x")],
        &["--theme", &value],
        &["--restore-after", &value],
        &["--node-port", &value],
        &["lab", "--speed", &value],
        &["lab", "--kubernetes", &value],
        &["replay", &value, "--headless"],
        &["replay", &path, "--headless"],
        &["report", &value],
        &["report", &path],
        &["report", "stop", "--format", &value],
        &["report", "stop", "--at", &value],
        &["report", "stop", "--size", &value],
        &["report", "stop", "--output", &path],
        &["analyze", &path],
        &["analyze", "--since", &value],
        &["analyze", "--lane", &value],
        &["analyze", "--tape", &path, &journal],
        &["completions", &value],
    ] {
        let (output, both) = run(&format!("{arguments:?}"), &mut blackout(arguments));
        assert!(!output.status.success(), "{arguments:?}: {both}");
        assert!(both.contains("]52;c;aG9zdGlsZQ"), "{arguments:?} is repeated: {both}");
    }
    for (name, arguments) in [("BLACKOUT_CLUSTER", &["--help"][..]), ("BLACKOUT_THEME", &["replay", "stop"])] {
        let (_, both) = run(name, blackout(arguments).env(name, &value));
        assert!(both.contains(SHOWN), "{name}: {both}");
    }
}

#[test]
fn wrong_usage_on_a_terminal_escapes_a_hostile_argument() {
    let screen = Terminal::start(100, 30, &[&format!("--x{HOSTILE}")], &[]);
    screen.wait_for("Usage");
    let text = screen.text();
    assert!(text.contains("\u{241b}]52;c;"), "{text}");
    assert!(!screen.wrote(b"\x1b]52") && !screen.wrote("\u{202e}".as_bytes()), "{text}");
}

#[test]
fn hostile_journals_are_escaped_in_every_format_of_the_analysis() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("node{HOSTILE}.log"));
    let line = |host: &str, message: &str| format!("Dec 28 16:08:57 {host} kubelet[218]: {message}\n");
    let mut journal = String::new();
    for (host, name) in [("worker", HOSTILE), (&*format!("worker{HOSTILE}"), "node")] {
        for second in 10..40 {
            let header = format!("E1228 16:08:{second}.965332     218");
            let lease = format!(
                "{header} controller.go:145] \"Failed to ensure lease exists, will retry\" \
                 err=\"Get \\\"https://demo:6443/leases/{name}\\\": dial tcp 172.18.0.4:6443: \
                 connect: connection refused\" interval=\"200ms\""
            );
            let watch = format!(
                "{header} reflector.go:150] k8s.io/client-go/informers/factory.go:160: Failed to watch *v1.Pod{name}: \
                 failed to list *v1.Pod{name}: Get \"https://demo:6443/pods\": dial tcp: lookup {name} on \
                 172.18.0.1:53: no such host"
            );
            journal += &line(host, &lease);
            journal += &line(host, &watch);
        }
    }
    std::fs::write(&file, journal).unwrap();
    let file = file.to_str().unwrap();
    for (arguments, shown) in [
        (&["analyze", file][..], SHOWN),
        (&["analyze", file, "--format", "json"], ESCAPED),
        (&["analyze", file, "--format", "jsonl"], ESCAPED),
        (&["analyze", file, "--worker", HOSTILE], SHOWN),
        (&["analyze", file, "--worker", HOSTILE, "--format", "json"], SHOWN),
        (&["analyze", file, "--worker", HOSTILE, "--format", "jsonl"], SHOWN),
        (&["analyze", file, "--tape", &format!("{file}.jsonl")], SHOWN),
    ] {
        let (output, both) = run(&format!("{arguments:?}"), &mut blackout(arguments));
        assert!(output.status.success(), "{arguments:?}: {both}");
        assert!(both.contains(shown), "{arguments:?}: {both}");
    }
    assert_escaped("the tape", &std::fs::read(format!("{file}.jsonl")).unwrap());
    let (_, both) = run("no journal", &mut blackout(&["analyze", file, "Cargo.toml"]));
    assert!(both.contains("Cargo.toml is not a kubelet journal"), "{both}");
}

#[test]
fn a_hostile_address_of_the_engine_is_escaped() {
    let home = tempfile::tempdir().unwrap();
    let docker = home.path().join(".docker");
    std::fs::create_dir_all(docker.join("contexts/meta/0")).unwrap();
    let context = |name: &str, host: &str| {
        let meta = json!({ "Name": name, "Metadata": {}, "Endpoints": { "docker": { "Host": host } } });
        std::fs::write(docker.join("contexts/meta/0/meta.json"), meta.to_string()).unwrap();
        std::fs::write(docker.join("config.json"), json!({ "currentContext": HOSTILE }).to_string()).unwrap();
    };
    for host in [HOSTILE.to_owned(), format!("unix:///nonexistent/{HOSTILE}"), format!("ftp://{HOSTILE}")] {
        for command in [&["restore"][..], &["--headless"]] {
            context("other", &host);
            let (_, both) = run("a context that does not exist", blackout(command).env("HOME", home.path()));
            assert!(both.contains(SHOWN), "{both}");
            context(HOSTILE, &host);
            let (_, both) = run("a context", blackout(command).env("HOME", home.path()));
            assert!(both.contains(SHOWN), "{both}");
            let (_, both) = run("DOCKER_HOST", blackout(command).env("DOCKER_HOST", &host));
            assert!(both.contains(SHOWN), "{both}");
        }
    }
}

/// Runs the program on another thread, while the fakes of this runtime answer it.
async fn run_on_thread(what: &'static str, mut command: Command) -> (Output, String) {
    tokio::task::spawn_blocking(move || run(what, &mut command)).await.unwrap()
}

#[test]
fn hostile_names_and_errors_of_the_engine_are_escaped() {
    runtime(async {
        let engine = FakeEngine::start();
        let cluster = format!("demo{HOSTILE}");
        for suffix in ["1", "2"] {
            let name = format!("{cluster}{suffix}");
            let mut node = fake_engine::node(&name, "control-plane", "control-plane", "6443/tcp", Some(1));
            // The engine generates the id, which is a part of request paths.
            node.id = format!("id{suffix}");
            node.state = "exited";
            engine.add(node);
        }
        let mut command = blackout(&["restore"]);
        let (_, both) = run_on_thread("two clusters", {
            command.env("DOCKER_HOST", engine.host());
            command
        })
        .await;
        assert!(both.contains("several kind clusters") && both.contains(SHOWN), "{both}");
        let mut command = blackout(&["restore", "--cluster", &format!("{cluster}1")]);
        let (_, both) = run_on_thread("a restore", {
            command.env("DOCKER_HOST", engine.host());
            command
        })
        .await;
        // The fake does not decode names in paths and does not find this one; the error has to escape it.
        assert!(both.contains(&format!("demo{SHOWN}")), "{both}");

        let folder = TempDir::new().unwrap();
        let socket = folder.path().join("docker.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                while let Ok(Some(request)) = http::read_request(&mut stream).await {
                    let (status, body) = match request.path.ends_with("_ping") {
                        true => (200, json!("OK")),
                        false => (500, json!({ "message": HOSTILE })),
                    };
                    if http::answer(&mut stream, status, &body.to_string()).await.is_err() {
                        break;
                    }
                }
            }
        });
        for arguments in [&["restore"][..], &["--headless"]] {
            let mut command = blackout(arguments);
            command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
            let (_, both) = run_on_thread("an error of the engine", command).await;
            assert!(both.contains(SHOWN), "{both}");
        }
    });
}

/// Waits for the first line of a headless run that satisfies `condition`. Asserts that every line is escaped JSON.
fn headless_line(mut command: Command, condition: impl Fn(&str) -> bool) -> String {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let out = child.stdout.take().unwrap();
    let (send, lines) = mpsc::channel();
    let reader = thread::spawn(move || {
        BufReader::new(out).split(b'\n').map_while(Result::ok).all(|line| send.send(line).is_ok());
    });
    let mut other = Vec::new();
    let found = loop {
        let Ok(line) = lines.recv_timeout(PATIENCE) else { break None };
        let line = assert_escaped("a change of the story", &line);
        serde_json::from_str::<Value>(&line).expect("a change is JSON");
        if condition(&line) {
            break Some(line);
        }
        other.push(line);
    };
    child.kill().unwrap();
    child.wait().unwrap();
    drop(lines);
    reader.join().unwrap();
    found.unwrap_or_else(|| panic!("no such line among {other:#?}"))
}

#[test]
fn errors_of_a_hostile_kubeconfig_are_escaped() {
    runtime(async {
        let demo = Demo::start();
        let path = demo.folder().join(format!("kubeconfig{HOSTILE}"));
        // A JSON string is a YAML string.
        let quoted =
            |text: &str| serde_json::to_string(text).unwrap().replace('\u{9b}', "\\u009b").replace('\u{7f}', "\\u007f");
        let other = fake_api::kubeconfig(&quoted(&format!("https://{HOSTILE}")), &quoted(HOSTILE));
        let same = fake_api::kubeconfig(&quoted(&format!("https://{HOSTILE}")), "kind-demo");
        for kubeconfig in [other, same, format!("{HOSTILE}: [")] {
            std::fs::write(&path, kubeconfig).unwrap();
            let mut command = demo.command(&["--headless", "--no-record"]);
            command.env("KUBECONFIG", &path);
            let line = tokio::task::spawn_blocking(move || {
                headless_line(command, |line| line.contains("kubeconfig") && line.contains("retrying"))
            });
            let line = line.await.unwrap();
            assert!(line.contains("\\u001b]52;c;"), "{line}");
        }
    });
}

#[test]
fn a_hostile_error_of_a_worker_is_escaped() {
    runtime(async {
        let demo = Demo::start();
        demo.change_engine("demo-worker", |container| {
            container.exec_failure = Some((126, format!("exec failed: {HOSTILE}")));
        });
        let command = demo.command(&["--headless", "--no-record"]);
        let line = tokio::task::spawn_blocking(move || {
            // The journal's error replaces control characters by spaces; the one of crictl keeps them.
            headless_line(command, |line| line.contains("has no crictl (exec failed"))
        });
        let line = line.await.unwrap();
        assert!(line.contains(ESCAPED), "{line}");
    });
}

#[test]
fn the_programs_own_log_escapes_hostile_text() {
    let folder = tempfile::tempdir().unwrap();
    // Not even root can create a folder there.
    let tape = format!("/proc/self/x{HOSTILE}/run.jsonl");
    let home = folder.path().to_string_lossy().into_owned();
    let mut screen = Terminal::start(160, 48, &["lab", "--record", &tape], &[("HOME", &home)]);
    screen.wait_for("● UP");
    screen.send("l");
    screen.wait("the record in the log", PATIENCE, |text| {
        text.contains("Log of blackout") && text.contains("\u{241b}]52;c;")
    });
    assert!(!screen.wrote(b"\x1b]52") && !screen.wrote("\u{202e}".as_bytes()), "{}", screen.text());
    screen.send("\x1b");
    screen.wait("the dashboard", PATIENCE, |text| !text.contains("Log of blackout"));
    screen.send("q");
    assert!(screen.end().0.success());
}
