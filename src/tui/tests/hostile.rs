//! Hostile text from outside cannot affect the terminal, wherever it is shown.

use super::*;
use crate::observation::{Observation, SourceHealth, SourceId};

const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}abc\u{2066}\u{200b}\r\n\t\0\u{feff}\u{e0041}e\u{301}👩‍👩‍👧한글 \u{1f1e6}\u{1f1e7}";

fn harmless(symbol: &str) -> bool {
    symbol.chars().all(|c| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    })
}

fn hostile_script() -> Script {
    let mut script = outage();
    let name = format!("{CLUSTER}-{HOSTILE}");
    script.line(62.0, &name, &format!("E controller.go:145] \"Failed\" err=\"{HOSTILE}\""));
    script.line(
        63.0,
        WORKERS[0],
        &format!("E reflector.go:1] {HOSTILE}: failed to list {HOSTILE}: dial tcp: connection refused"),
    );
    script.add(
        63.1,
        Observation::Journal(crate::observation::JournalLine { worker: name.clone(), line: HOSTILE.repeat(4_000) }),
    );
    for source in sources() {
        script.source(63.5, source, SourceHealth::Retrying { error: HOSTILE.repeat(3) });
    }
    script.source(63.6, SourceId::Journal(name.clone()), SourceHealth::Ended { reason: HOSTILE.to_owned() });
    let mut cluster = cluster();
    cluster.name = HOSTILE.to_owned();
    cluster.nodes[1].name = name.clone();
    cluster.api_endpoint = Some(format!("127.0.0.1:{HOSTILE}"));
    script.add(63.7, Observation::Cluster(cluster));
    script.add(
        63.8,
        Observation::Node(crate::observation::NodeFact {
            name: name.clone(),
            ready: crate::observation::NodeReadiness::Ready,
            since: None,
            cordoned: true,
            kubelet_version: HOSTILE.to_owned(),
        }),
    );
    script.add(
        63.8,
        Observation::Pod(crate::observation::PodFact {
            namespace: HOSTILE.to_owned(),
            name: HOSTILE.to_owned(),
            node: Some(name),
            status: HOSTILE.to_owned(),
            ready: 0,
            containers: 9,
            restarts: 1,
            workload: true,
        }),
    );
    script
}

#[test]
fn no_control_character_reaches_the_screen() {
    let (world, now) = hostile_script().world(64.0);
    let entries: Vec<_> = world.journal.newest_first().cloned().collect();
    for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12)] {
        let mut overlays = vec![Overlay::None, Overlay::Quit, Overlay::Confirm(crate::observation::FaultAction::Stop)];
        overlays.push(Overlay::Prompt(Prompt::Filter, HOSTILE.to_owned()));
        overlays
            .extend(entries.iter().take(6).map(|entry| Overlay::Detail { entry: Box::new(entry.clone()), scroll: 0 }));
        for overlay in overlays {
            let model = Model { overlay, ..model(width, height) };
            let buffer = screen(&world, &model, now, width, height);
            for cell in &buffer.content {
                assert!(harmless(cell.symbol()), "{:?} at {width}x{height}", cell.symbol());
            }
        }
        let pages = [
            ScreenPage::NoEngine { error: HOSTILE.to_owned() },
            ScreenPage::NoCluster { wanted: Some(HOSTILE.to_owned()), found: vec![HOSTILE.to_owned()] },
            ScreenPage::Choose { clusters: vec![HOSTILE.to_owned()], selected: 0 },
        ];
        for page in pages {
            let model = Model { page, ..model(width, height) };
            let buffer = screen(&world, &model, now, width, height);
            assert!(buffer.content.iter().all(|cell| harmless(cell.symbol())));
        }
    }
}

#[test]
fn typed_text_is_sanitized_too() {
    let (world, now) = outage().world(50.0);
    let mut model = model(80, 24);
    for action in [Action::Mark, Action::Type('\u{202e}'), Action::Type('a'), Action::Type('\u{7}')] {
        let _ = update(&mut model, &world, action, now);
    }
    let commands = update(&mut model, &world, Action::Open, now);
    assert_eq!(commands, [Command::Mark { word: "\u{fffd}a␇".to_owned() }]);
}
