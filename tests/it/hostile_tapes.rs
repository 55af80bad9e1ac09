//! Hostile tapes in everything that reads a tape: the reader, the fold, the player, every format of the report and the
//! story without a screen. Whatever a tape holds, it plays or is refused with a message.

use std::io::{self, Cursor, Write};

use blackout::{
    report::story::StoryBuilder,
    session::{self, Player, ReportFormat, ReportOptions},
    tape::Tape,
    tui::{self, Appearance, Model, ReplayStatus, TapeOutline},
    world::World,
};
use proptest::{prelude::*, sample::select};
use ratatui::{buffer::Buffer, layout::Rect};

/// The ends of chrono's range, the ends of the years that play, and times around them; one of a real run.
const TIMES: [&str; 10] = [
    "-262143-01-01T00:00:00Z",
    "+262142-12-31T23:59:59.999999999Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "+10000-01-01T00:00:00Z",
    "2026-01-05T12:00:10Z",
    "2016-12-31T23:59:60Z",
];

/// Values of `started` that play.
const STARTS: [&str; 3] = ["1970-01-01T00:00:00Z", "2026-01-05T12:00:00Z", "9999-12-31T23:59:59.999Z"];

const NODES: [&str; 4] = ["demo-control-plane", "demo-worker", "", "\u{202e}w\u{1b}]52;c;x\u{7}"];

const NUMBERS: [u64; 5] = [0, 1, u32::MAX as u64, i64::MAX as u64, u64::MAX];

/// Milliseconds since the start.
fn t() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..300_000i64,
        1 => select(vec![
            i64::MIN,
            -1,
            86_400_000 * 366,
            253_402_300_799_999,
            253_402_300_800_000,
            9_223_372_036_854_775,
            i64::MAX - 1,
            i64::MAX,
        ]),
    ]
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is JSON")
}

fn node() -> impl Strategy<Value = String> {
    select(NODES.to_vec()).prop_map(quoted)
}

fn time() -> impl Strategy<Value = String> {
    select(TIMES.to_vec()).prop_map(quoted)
}

fn number() -> impl Strategy<Value = u64> {
    select(NUMBERS.to_vec())
}

/// A journal line in a form with a time of its own.
fn journal() -> impl Strategy<Value = String> {
    let message = r#"E1231 23:59:59.999999  218 controller.go:144] failed to ensure lease exists, will retry in 999999999h999999999h, error: Get "https://demo-control-plane:6443/x": dial tcp 172.18.0.2:6443: connect: connection refused"#;
    let lost = r#"W0229 00:00:00.000000  218 reflector.go:569] object-"a"/"b": failed to list *v1.ConfigMap: dial tcp: lookup demo-control-plane: no such host"#;
    let micros = select(vec![
        i64::MIN,
        -8_334_601_228_800_000_000,
        -1,
        0,
        1_767_614_400_000_000,
        253_402_300_799_999_999,
        8_210_266_876_799_999_999,
        i64::MAX,
    ]);
    let stamps = select(vec![
        "9999-12-31T23:59:59.999999+0000",
        "9999-12-31T23:59:59-1400",
        "1970-01-01T00:00:00+1400",
        "0001-01-01T00:00:00+0000",
        "2026-01-05T12:00:01+0000",
        "Feb 29 00:00:00",
        "Dec 31 23:59:59",
    ]);
    let texts = select(vec![message, lost, "no header", ""]);
    prop_oneof![
        (micros, texts.clone()).prop_map(|(micros, text)| {
            format!(r#"{{"__REALTIME_TIMESTAMP":"{micros}","MESSAGE":{}}}"#, quoted(text))
        }),
        (stamps, texts.clone()).prop_map(|(stamp, text)| format!("{stamp} demo-worker kubelet[218]: {text}")),
        texts.prop_map(str::to_owned),
    ]
}

/// The JSON of an observation.
fn observation() -> impl Strategy<Value = String> {
    let role = select(vec!["control-plane", "worker", "external-load-balancer"]);
    let state = select(vec!["created", "running", "paused", "restarting", "removing", "exited", "dead", "absent"]);
    let action = select(vec!["kill", "die", "stop", "start", "pause", "unpause", "disconnect", "connect", "destroy"]);
    let check = select(vec!["port", "livez", "readyz"]);
    let outcome = select(vec![r#""ok""#, r#"{"status":500}"#, r#"{"failed":"timeout"}"#, r#"{"failed":"refused"}"#]);
    let deed = select(vec!["stop", "kill", "pause", "disconnect", "apiserver", "restore"]);
    let phase = select(vec![r#""requested""#, r#""done""#, r#""failed","error":"why""#]);
    prop_oneof![
        (node(), node()).prop_map(|(a, b)| format!(
            r#"{{"kind":"cluster","name":{a},"context":{a},"api_endpoint":null,"nodes":[{{"name":{a},"role":"control-plane","node_port":null}},{{"name":{b},"role":"worker","node_port":{b}}}]}}"#
        )),
        (node(), role.clone(), state, time(), any::<bool>()).prop_map(|(node, role, state, since, attached)| format!(
            r#"{{"kind":"container","node":{node},"role":"{role}","state":"{state}","exit_code":{},"since":{since},"attached":{attached}}}"#,
            i64::MIN
        )),
        (node(), role, action, time()).prop_map(|(node, role, action, at)| format!(
            r#"{{"kind":"engine-event","node":{node},"role":"{role}","action":"{action}","happened":{at},"signal":{},"exit_code":137}}"#,
            i64::MAX
        )),
        (node(), journal())
            .prop_map(|(worker, line)| format!(r#"{{"kind":"journal","worker":{worker},"line":{}}}"#, quoted(&line))),
        (node(), number()).prop_map(|(worker, lines)| format!(
            r#"{{"kind":"journal-dropped","worker":{worker},"lines":{lines}}}"#
        )),
        (node(), time()).prop_map(|(name, since)| format!(
            r#"{{"kind":"node","name":{name},"ready":"ready","since":{since},"cordoned":false,"kubelet_version":"v1"}}"#
        )),
        (node(), number()).prop_map(|(name, count)| {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            format!(
                r#"{{"kind":"pod","namespace":"default","name":{name},"node":{name},"status":"Running","ready":{count},"containers":{count},"restarts":{count},"workload":true}}"#
            )
        }),
        (node(), time()).prop_map(|(node, renewed)| format!(
            r#"{{"kind":"lease","node":{node},"renewed":{renewed}}}"#
        )),
        (node(), select(vec!["nodes", "pods", "leases"])).prop_map(|(name, resource)| format!(
            r#"{{"kind":"listed","resource":"{resource}","names":[{name}]}}"#
        )),
        (check, outcome.clone(), number()).prop_map(|(check, outcome, us)| format!(
            r#"{{"kind":"health","check":"{check}","latency_us":{us},"outcome":{outcome},"checks":[{{"name":"etcd","ok":false}}]}}"#
        )),
        (outcome, number())
            .prop_map(|(outcome, us)| format!(r#"{{"kind":"write","latency_us":{us},"outcome":{outcome}}}"#)),
        time().prop_map(|at| format!(r#"{{"kind":"leader","component":"kube-scheduler","renewed":{at}}}"#)),
        (node(), number()).prop_map(|(worker, attempt)| {
            let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
            format!(
                r#"{{"kind":"runtime","worker":{worker},"running":[{{"pod":"a/b","name":"c","attempt":{attempt},"id":"x{attempt}"}}]}}"#
            )
        }),
        (node(), number(), number(), select(vec![r#"{"answered":200}"#, r#"{"failed":"eof"}"#, r#""missed""#]))
            .prop_map(|(worker, slot, us, outcome)| {
                let every = u32::try_from(us).unwrap_or(u32::MAX);
                format!(
                    r#"{{"kind":"traffic","worker":{worker},"slot":{slot},"every_ms":{every},"latency_us":{us},"outcome":{outcome}}}"#
                )
            }),
        (node(), number()).prop_map(|(worker, dropped)| {
            let worker = worker.trim_matches('"');
            format!(r#"{{"kind":"source","source":"journal:{worker}","state":"lagging","dropped":{dropped}}}"#)
        }),
        (deed, node(), phase).prop_map(|(deed, container, phase)| format!(
            r#"{{"kind":"operator","deed":"{deed}","container":{container},"phase":{phase}}}"#
        )),
        node().prop_map(|word| format!(r#"{{"kind":"mark","word":{word}}}"#)),
    ]
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        40 => (t(), observation()).prop_map(|(t, observation)| format!(r#"{{"t":{t},"o":{observation}}}"#)),
        1 => select(vec!["", "{", "\u{0}", r#"{"t":1}"#, r#"{"t":1e30,"o":{}}"#, r#"{"t":1,"o":{"kind":"weather"}}"#])
            .prop_map(str::to_owned),
    ]
}

fn tape(started: &str, lines: &[String]) -> Vec<u8> {
    let header =
        format!(r#"{{"blackout_tape":1,"program":"test","started":"{started}","cluster":"demo","mode":"live"}}"#);
    format!("{header}\n{}", lines.join("\n")).into_bytes()
}

fn options(format: ReportFormat, at: Option<std::time::Duration>) -> ReportOptions {
    ReportOptions { format, at, size: (80, 24), appearance: Appearance::default() }
}

/// A writer that fails beyond 64 MB, more than the cast of a short tape.
struct BoundedWriter(usize);

impl Write for BoundedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        if self.0 > 64 << 20 { Err(io::Error::other("the output does not end")) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Produces every output that the program makes of a tape.
fn produce_everything(bytes: &[u8]) {
    let tape = Tape::decode(Cursor::new(bytes)).expect("the header is valid");
    assert!(tape.stamped.is_sorted_by_key(|stamped| stamped.at));
    let _sentence = tape.damage.sentence();
    for at in [None, Some(std::time::Duration::from_secs(60)), Some(std::time::Duration::MAX)] {
        for format in [ReportFormat::Markdown, ReportFormat::Json, ReportFormat::Svg, ReportFormat::Cast] {
            session::write_report(tape.clone(), &options(format, at), BoundedWriter(0)).expect("the report is written");
        }
    }
    session::write_story(&tape, BoundedWriter(0)).expect("the story is written");
    let mut world = World::new(tape.header.started);
    let mut story_builder = StoryBuilder::new(tape.header.started);
    tape.stamped.iter().for_each(|stamped| drop(story_builder.take(&mut world, stamped)));
    let mut player = Player::new(tape);
    let area = Rect::new(0, 0, 160, 48);
    let outline = std::sync::Arc::new(TapeOutline::of(player.start(), player.end(), player.end_world()));
    for seconds in [0, i64::MAX / 1_000, i64::MIN / 1_000, 90] {
        player.seek_by(chrono::Duration::seconds(seconds));
        player.step(true);
        let replay = ReplayStatus { outline: outline.clone(), at: player.at(), playing: true, speed: 64.0 };
        let mut model = Model::default();
        (model.replay, model.mode) = (Some(replay), tui::Mode::Replay);
        tui::view(player.world(), &model, player.at(), area, &mut Buffer::empty(area));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_output_can_be_made_of_any_tape(
        started in select(STARTS.to_vec()),
        lines in prop::collection::vec(line(), 0..60),
    ) {
        produce_everything(&tape(started, &lines));
    }

    #[test]
    fn every_generated_observation_is_valid(fact in observation()) {
        let tape = Tape::decode(Cursor::new(tape(STARTS[1], &[format!(r#"{{"t":1,"o":{fact}}}"#)])));
        let damage = tape.expect("the header is valid").damage;
        prop_assert_eq!((damage.unknown, damage.broken), (0, 0), "{}", fact);
    }

    #[test]
    fn any_bytes_after_a_header_play(junk in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let mut bytes = tape(STARTS[1], &[String::new()]);
        bytes.extend_from_slice(&junk);
        produce_everything(&bytes);
    }
}

#[test]
fn a_start_outside_the_years_that_play_is_refused_with_the_year() {
    for (started, year) in [
        ("+262142-12-31T00:00:00Z", Some("262142")),
        ("-262143-01-01T00:00:00Z", Some("-262143")),
        ("1969-12-31T23:59:59Z", Some("1969")),
        ("+10000-01-01T00:00:00Z", Some("10000")),
        // chrono requires a sign for years of more than four digits
        ("262142-12-31T00:00:00Z", None),
    ] {
        let error = Tape::decode(Cursor::new(tape(started, &[]))).expect_err("the header is refused").to_string();
        assert!(year.is_none_or(|year| error.contains(&format!("the year {year},"))), "{started}: {error}");
    }
}
