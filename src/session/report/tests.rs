//! The dashboard at five moments of each built-in tape, and what a report says of them.

use super::*;
use crate::tape::Builtin;

const SIZE: (u16, u16) = (120, 40);

fn text(buffer: &Buffer) -> String {
    let row = |y| {
        let cells: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        cells.trim_end().to_owned()
    };
    (0..buffer.area.height).map(row).collect::<Vec<_>>().join("\n")
}

fn options(format: Format) -> ReportOptions {
    ReportOptions { format, at: None, size: SIZE, appearance: Appearance::default() }
}

#[test]
fn the_dashboard_at_five_moments_of_each_built_in_tape() {
    for builtin in Builtin::ALL {
        let mut player = Player::new(builtin.tape().expect("it plays"));
        let model = model(&player, &options(Format::Svg));
        let outage = player.whole().last_outage().expect("an outage").clone();
        let back = outage.steps.container_up.or(outage.steps.readyz).expect("it came back");
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
fn a_picture_drawn_twice_is_the_same() {
    let once = |format| {
        let mut out = Vec::new();
        report(Builtin::ALL[1].tape().expect("it plays"), &options(format), &mut out).expect("memory takes it");
        out
    };
    for format in [Format::Markdown, Format::Json, Format::Svg, Format::Cast] {
        assert!(once(format) == once(format), "{format:?}");
    }
}

#[test]
fn the_key_writes_three_files_and_says_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("report");
    let mut player = Player::new(Builtin::ALL[0].tape().expect("it plays"));
    player.seek(player.start() + chrono::Duration::seconds(90));
    let about = About::live(player.world());
    let written = write_into(&place, player.world(), &Model::default(), player.at(), &about);
    assert_eq!(written.expect("it is written"), place);
    for (file, word) in [("report.md", "not over yet"), ("report.json", "\"ended\": null"), ("dashboard.svg", "DOWN")] {
        let text = std::fs::read_to_string(place.join(file)).expect("it is there");
        assert!(text.contains(word), "{file}: {word} is not in {text}");
    }
}

#[test]
fn a_report_names_no_success_that_nobody_saw() {
    for builtin in Builtin::ALL {
        let tape = builtin.tape().expect("it plays");
        let mut player = Player::new(tape);
        player.seek(player.end());
        let report = Report::of(player.world(), player.at(), &About::of(player.header(), player.world()));
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
