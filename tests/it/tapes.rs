//! Tapes in the whole program: recorded, replayed with and without a screen, and reported in every format.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::{
    program::{Demo, runtime},
    terminal::{PATIENCE, Terminal, program},
};

const TAPES: [&str; 5] = ["stop", "kill", "pause", "disconnect", "apiserver"];

fn run(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(program())
        .args(arguments)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it writes UTF-8");
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

fn printed(arguments: &[&str]) -> String {
    let (done, out, error) = run(arguments);
    assert!(done, "{arguments:?}: {error}");
    out
}

fn replaying(arguments: &[&str]) -> Terminal {
    let mut all = vec!["replay"];
    all.extend_from_slice(arguments);
    // the pseudo-terminal starts in the home
    Terminal::start(160, 48, &all, &[("HOME", "/")])
}

#[test]
fn without_a_name_the_tapes_are_listed_built_in_ones_first() {
    let list = printed(&["replay"]);
    let positions: Vec<Option<usize>> = TAPES.iter().map(|name| list.find(&format!("\n  {name} "))).collect();
    assert!(positions.iter().all(Option::is_some) && positions.is_sorted(), "{list}");
}

#[test]
fn a_tape_tells_the_same_story_each_time() {
    for tape in TAPES {
        let story = printed(&["replay", tape, "--headless"]);
        assert_eq!(story, printed(&["replay", tape, "--headless"]), "{tape}");
        for change in ["outage-began", "lane", "outage-ended"] {
            assert!(story.contains(&format!("\"change\":\"{change}\"")), "{tape}: {story}");
        }
    }
}

#[test]
fn a_recorded_run_replays_the_story_of_the_live_run() {
    runtime(async {
        let demo = Demo::start();
        let tape = demo.folder().join("run.jsonl");
        let mut program = demo
            .command(&["--headless", "--record", &tape.to_string_lossy()])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_secs(3));
        demo.go_down();
        std::thread::sleep(std::time::Duration::from_secs(8));
        let killed = Command::new("kill").args(["-s", "TERM", &program.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let mut live_story = String::new();
        std::io::Read::read_to_string(program.stdout.as_mut().unwrap(), &mut live_story).unwrap();
        assert!(program.wait().unwrap().success());
        let replayed_story = printed(&["replay", &tape.to_string_lossy(), "--headless"]);
        let live: Vec<&str> = live_story.lines().collect();
        let replayed: Vec<&str> = replayed_story.lines().collect();
        assert!(live.iter().any(|line| line.contains("outage-began")), "{live:#?}");
        // the last second of the live run may come after the last observation on the tape
        assert_eq!(replayed, live[..replayed.len()]);
        assert!(live.len() - replayed.len() <= 3, "{:#?}", &live[replayed.len()..]);
        let text = std::fs::read_to_string(&tape).unwrap();
        let kubeconfig = std::fs::read_to_string(demo.folder().join("kubeconfig")).unwrap();
        for secret in kubeconfig.split_whitespace().filter(|word| word.len() > 24 && !word.contains("://")) {
            assert!(!text.contains(secret), "{secret} is on the tape");
        }
    });
}

#[test]
fn deleting_the_tape_is_shown_in_the_header_and_the_dashboard_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let tapes = folder.path().join("tapes");
    let tape = tapes.join("run.jsonl").to_string_lossy().into_owned();
    let mut screen = Terminal::start(160, 48, &["lab", "--record", &tape], &[("HOME", "/")]);
    screen.wait("the recording", PATIENCE, |text| text.contains("● REC"));
    std::fs::remove_dir_all(&tapes).unwrap();
    screen.wait("its end", PATIENCE, |text| text.contains("✕ NO REC") && text.contains("not recording"));
    screen.wait("the dashboard", PATIENCE, |text| text.contains("✕ NO REC") && !text.contains("not recording"));
    screen.send("q");
    let (status, _) = screen.end();
    assert!(status.success(), "{status:?}");
}

#[test]
fn a_replay_pauses_and_seeks_and_refuses_faults() {
    let mut screen = replaying(&["stop", "--at", "1:30"]);
    screen
        .wait("the replay", PATIENCE, |text| text.contains("REPLAY") && text.contains("■ DOWN") && text.contains("▶"));
    screen.send(" ");
    screen.wait_for("▮▮");
    screen.send("s");
    screen.wait_for("a replay cannot stop or start anything");
    screen.send("$");
    screen.wait("the end", PATIENCE, |text| text.contains("3:23/3:23") && text.contains("● UP"));
    screen.send("0");
    screen.wait("the start", PATIENCE, |text| text.contains("0:00/3:23"));
    for _ in 0..3 {
        screen.send("n");
    }
    screen.wait_for("lane ");
    screen.send("\x1b[C");
    screen.wait("ten seconds on", PATIENCE, |text| !text.contains("0:00/3:23"));
    screen.send("?");
    screen.wait_for("double the speed");
    screen.send("\x1b");
    // an escape followed at once by a key would be one key
    screen.wait("the dashboard", PATIENCE, |text| !text.contains("double the speed"));
    screen.send("q");
    let (status, _) = screen.end();
    assert!(status.success(), "{status:?}");
}

#[test]
fn the_json_report_conforms_to_its_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schema/report.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    for tape in TAPES {
        for at in ["0", "1:00", "10:00"] {
            let report: Value =
                serde_json::from_str(&printed(&["report", tape, "--format", "json", "--at", at])).unwrap();
            let mut wrong = Vec::new();
            check(&schema, &schema, &report, tape, &mut wrong);
            assert_eq!(wrong, Vec::<String>::new());
        }
    }
}

/// Checks the part of JSON Schema that the schema uses.
fn check(root: &Value, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is missing"));
        return check(root, target, value, place, wrong);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = |one: &Value| {
            let mut errors = Vec::new();
            check(root, one, value, place, &mut errors);
            errors.is_empty()
        };
        if !any.iter().any(fits) {
            wrong.push(format!("{place}: {value} fits none of {any:?}"));
        }
        return;
    }
    if schema.get("const").is_some_and(|wanted| wanted != value)
        || schema["enum"].as_array().is_some_and(|words| !words.contains(value))
    {
        wrong.push(format!("{place}: {value} is not {schema}"));
    }
    let right = match schema["type"].as_str() {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_u64(),
        Some("null") => value.is_null(),
        Some(other) => panic!("unsupported type {other}"),
    };
    if !right {
        wrong.push(format!("{place}: {value} is not of type {}", schema["type"]));
    }
    for item in value.as_array().into_iter().flatten() {
        check(root, &schema["items"], item, &format!("{place}[]"), wrong);
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        if value.get(required.as_str().unwrap()).is_none() {
            wrong.push(format!("{place}: {required} is missing"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        let place = format!("{place}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(known), _) => check(root, known, inner, &place, wrong),
            (None, Value::Bool(false)) => wrong.push(format!("{place} is not in the schema")),
            (None, Value::Null) => {}
            (None, more) => check(root, more, inner, &place, wrong),
        }
    }
}

#[test]
fn the_markdown_report_has_score_card_ladder_and_log_lines() {
    for tape in TAPES {
        let report = printed(&["report", tape]);
        for part in
            ["# Outage report", "## Score card", "### Steps", "### The failure ladder", "### What worked", "100.00 %"]
        {
            assert!(report.contains(part), "{tape}: {part} is not in\n{report}");
        }
        assert!(report.lines().any(|line| line.starts_with("    ") && line.contains("E1123")), "{tape}:\n{report}");
    }
}

#[test]
fn a_cast_plays_in_the_terminal_of_asciinema() {
    let cast = printed(&["report", "stop", "--format", "cast", "--size", "120x40"]);
    let mut lines = cast.lines();
    let header: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!((&header["version"], &header["width"], &header["height"]), (&2.into(), &120.into(), &40.into()));
    let mut terminal = avt::Terminal::new(120, 40).unwrap();
    let (mut last, mut at_two_minutes) = (0.0, String::new());
    for line in lines {
        let event: (f64, String, String) = serde_json::from_str(line).unwrap();
        assert!(event.0 >= last && event.1 == "o", "{line}");
        if event.0 > 120.0 && at_two_minutes.is_empty() {
            at_two_minutes = text(&terminal);
        }
        assert!(event.0 == last || event.0 - last > 0.099 || event.0 == 0.0, "more than ten frames a second");
        last = event.0;
        terminal.feed(event.2.as_str());
    }
    assert!((200.0..206.0).contains(&last), "idle time is kept: {last}");
    assert!(at_two_minutes.contains("■ DOWN") && at_two_minutes.contains("httpbin"), "{at_two_minutes}");
    assert!(text(&terminal).contains("● UP"), "{}", text(&terminal));
}

fn text(terminal: &avt::Terminal) -> String {
    let screen = terminal.screen();
    (0..40).filter_map(|row| screen.line(row).map(|line| line.text().to_string())).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_svg_report_is_one_document_with_the_text_of_the_screen() {
    for theme in ["dark", "light", "colour-blind", "none"] {
        let picture = printed(&["report", "stop", "--format", "svg", "--at", "1:30", "--theme", theme]);
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{theme}");
        for word in ["DOWN", "httpbin", "refused", "no such host", "worker3"] {
            assert!(picture.contains(word), "{theme}: {word}");
        }
    }
}

#[test]
fn a_file_that_is_not_a_tape_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tape").to_string_lossy().into_owned();
    for (text, reason) in [("", "empty"), ("no tape", "not a tape"), (r#"{"blackout_tape":9}"#, "version 9")] {
        std::fs::write(&path, text).unwrap();
        let (done, _, error) = run(&["replay", &path, "--headless"]);
        assert!(!done && error.contains(reason), "{error}");
        assert_eq!(error.matches(reason).count(), 1, "reported once: {error}");
    }
    let (done, _, error) = run(&["report", "no-such-tape"]);
    assert!(!done && error.contains("stop, kill, pause"), "{error}");
}
