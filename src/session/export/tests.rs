//! The dashboard at five moments of each built-in tape, and the report of each.

use ratatui::buffer::Buffer;

use super::{
    bundle::write_bundle_into,
    picture::{dashboard_model, frame},
    *,
};
use crate::{tape::BuiltinTape, tui::Model, world::World};

const SIZE: (u16, u16) = (120, 40);

fn text(buffer: &Buffer) -> String {
    let row = |y| {
        let cells: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        cells.trim_end().to_owned()
    };
    (0..buffer.area.height).map(row).collect::<Vec<_>>().join("\n")
}

fn options(format: ReportFormat) -> ReportOptions {
    ReportOptions { format, at: None, size: SIZE, appearance: Appearance::default() }
}

#[test]
fn the_dashboard_at_five_moments_of_each_built_in_tape() {
    for builtin in BuiltinTape::ALL {
        let mut player = Player::new(builtin.tape().expect("it plays"));
        let model = dashboard_model(&player, Appearance::default(), SIZE);
        let outage = player.end_world().last_outage().expect("an outage").clone();
        let back = outage.steps().container_up.or(outage.steps().readyz).expect("it came back");
        let second = chrono::Duration::seconds(1);
        let moments = [
            ("1_before", outage.began - second * 2),
            ("2_begun", outage.began + second * 8),
            ("3_down", back - second * 3),
            ("4_recovering", back + second * 8),
            ("5_end", player.end()),
        ];
        for (name, at) in moments {
            player.seek(at);
            let shown = frame(player.world(), &model, player.at(), SIZE);
            insta::assert_snapshot!(format!("tape_{}_{name}", builtin.name), text(&shown));
        }
    }
}

#[test]
fn a_report_written_twice_is_the_same() {
    let once = |format| {
        let mut out = Vec::new();
        write_report(BuiltinTape::ALL[1].tape().expect("it plays"), &options(format), &mut out)
            .expect("memory takes it");
        out
    };
    for format in [ReportFormat::Markdown, ReportFormat::Json, ReportFormat::Svg, ReportFormat::Cast] {
        assert!(once(format) == once(format), "{format:?}");
    }
}

#[test]
fn the_key_writes_three_files_and_shows_their_directory() {
    let state = tempfile::tempdir().expect("a folder");
    let mut player = Player::new(BuiltinTape::ALL[0].tape().expect("it plays"));
    player.seek(player.start() + chrono::Duration::seconds(90));
    let run = RunInfo::live(player.world());
    let write = || write_bundle_into(state.path(), player.world(), &Model::default(), player.at(), &run, None);
    let (first, second) = (write().expect("it is written"), write().expect("it is written"));
    assert!(first.starts_with(state.path().join("reports")), "{}", first.display());
    assert_eq!(second, first.with_file_name(format!("{}-2", first.file_name().expect("a name").to_string_lossy())));
    assert_eq!(result_sentence(&Ok(first.clone())), format!("report: {}", first.display()));
    for (file, word) in [("report.md", "not over yet"), ("report.json", "\"ended\": null"), ("dashboard.svg", "DOWN")] {
        let text = std::fs::read_to_string(first.join(file)).expect("it is there");
        assert!(text.contains(word), "{file}: {word} is not in {text}");
    }
}

#[test]
fn after_an_outage_the_picture_shows_its_worst_moment() {
    for builtin in BuiltinTape::ALL {
        let mut player = Player::new(builtin.tape().expect("it plays"));
        let (mut live, mut world, mut asked) = (WorstMoment::default(), World::new(player.start()), 0);
        for stamped in builtin.tape().expect("it plays").stamped {
            world.take(&stamped);
            live.update(&world);
            let scene = live.scene(&world);
            assert_eq!(scene.is_some(), world.outage().is_none() && world.last_outage().is_some());
            asked += u32::from(scene.is_some());
        }
        player.seek(player.end());
        let scenes = [live.scene(&world), Scene::of(&player)];
        for scene in scenes.into_iter().map(|scene| scene.expect("the outage is over")) {
            let text = text(&frame(&scene.world, &Model::default(), scene.at, SIZE));
            assert!(!text.contains("● UP"), "{}: {text}", builtin.name);
        }
        assert!(asked > 0, "{}", builtin.name);
    }
}

/// A tape with a mark every 30 days of `years`.
fn silent(years: i64) -> Tape {
    let header = BuiltinTape::ALL[0].tape().expect("it plays").header;
    let mark = |month: i64| crate::observation::Stamped {
        at: header.started + chrono::Duration::days(30 * month),
        observation: crate::observation::Observation::Mark { word: month.to_string() },
    };
    Tape { stamped: (0..years * 12).map(mark).collect(), header: header.clone(), damage: Default::default() }
}

#[test]
fn a_cast_of_years_has_a_few_frames_for_each_silence() {
    let tape = silent(10);
    let seconds = (tape.end() - tape.header.started).num_seconds() as f64;
    let mut out = Vec::new();
    write_report(tape, &options(ReportFormat::Cast), &mut out).expect("memory takes it");
    let text = String::from_utf8(out).expect("a cast is text");
    let events: Vec<(f64, String, String)> =
        text.lines().skip(1).map(|line| serde_json::from_str(line).expect("an event")).collect();
    assert!(events.len() <= 120 * 7 + 2, "{}", events.len());
    assert_eq!(events.last().map(|event| event.0), Some(seconds));
    assert!(text.starts_with("{") && text.lines().next().is_some_and(|header| header.contains("idle_time_limit")));
}

#[test]
fn a_report_claims_no_success_without_a_probe() {
    for builtin in BuiltinTape::ALL {
        let tape = builtin.tape().expect("it plays");
        let mut player = Player::new(tape);
        player.seek(player.end());
        let report = Report::of(player.world(), player.at(), &RunInfo::of(player.header(), player.world()));
        let card = report.outages.last().expect("an outage");
        let finding =
            |subject: &str| card.claims.iter().find(|claim| claim.subject == subject).map(|claim| claim.finding);
        // its lease ran out each time
        assert_eq!(finding("Scheduling"), Some(report::score::Finding::Failed), "{}", builtin.name);
        assert_ne!(finding("API reads"), Some(report::score::Finding::Worked), "{}", builtin.name);
        let fault = serde_json::to_value(card.fault).expect("a word");
        assert_eq!(fault, builtin.name, "a tape is named for its fault");
        assert!(card.steps.is_sorted_by_key(|step| step.at), "{}", builtin.name);
        for worker in card.workers.keys() {
            let port = finding(&format!("NodePort of {worker}"));
            assert_eq!(port, Some(report::score::Finding::Worked), "{}", builtin.name);
            let inside = finding(&format!("Running containers of {worker}"));
            assert_eq!(inside, Some(report::score::Finding::Worked), "{}", builtin.name);
        }
    }
}
