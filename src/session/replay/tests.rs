//! A run is watched, recorded and replayed: both screens are the same, cell by cell.

use std::{collections::VecDeque, time::Duration};

use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::{
    feed::{self, Feed},
    lab::LabOptions,
    observation::{FaultAction, Observation, Time},
    session::{
        SessionTarget,
        fault_dispatcher::{Backend, carry_out_in_lab},
        recording::{RecordingOptions, SessionRecording},
        sources::SourceTasks,
    },
    tape::TapeMode,
    world::World,
};

const SIZE: Rect = Rect { x: 0, y: 0, width: 160, height: 48 };
/// A test that would hang fails.
const GUARD: Duration = Duration::from_secs(60);
/// How many times faster than a real cluster the lab is.
const SPEED: f64 = 8.0;

/// What a live screen showed, and how much of the run it knew.
struct Shown {
    taken: usize,
    at: Time,
    screen: Buffer,
}

fn screen(world: &World, model: &Model, at: Time) -> Buffer {
    let mut buffer = Buffer::empty(SIZE);
    tui::view(world, model, at, SIZE, &mut buffer);
    buffer
}

/// Watches a whole outage in the lab, and records it.
async fn watched(tape: &std::path::Path) -> Vec<Shown> {
    let clock = Clock::start();
    let (feed, mut received) = Feed::channel(clock, feed::CAPACITY);
    let target = SessionTarget::Lab { options: LabOptions { speed: SPEED, ..LabOptions::default() }, kubeconfig: None };
    let mut plant = SourceTasks::new(&target, feed.clone()).expect("a lab");
    let Backend::Lab(lab) = plant.backend() else { panic!("no lab") };
    let mut recording = SessionRecording::new(RecordingOptions::NewFile(tape.to_owned()));
    assert_eq!(recording.begin(clock.started(), "lab", TapeMode::Lab, None), None);
    let model = Model { mode: Mode::Lab, size: SIZE.as_size(), ..Model::default() };
    let mut world = World::new(clock.started());
    let (mut shown, mut taken) = (Vec::new(), 0);
    let mut deeds = VecDeque::from([FaultAction::Stop, FaultAction::Restore]);
    let mut at_work = tokio::task::JoinSet::new();
    let run = async {
        while deeds.len() + at_work.len() > 0 || world.outage().is_some() {
            let mut batch = Vec::new();
            received.recv_many(&mut batch, 64).await;
            taken += batch.len();
            for stamped in batch {
                world.take(&stamped);
                assert_eq!(recording.take(stamped), None);
            }
            while at_work.try_join_next().is_some() {}
            let enough = match deeds.front() {
                Some(FaultAction::Restore) => {
                    world.last_outage().is_some_and(|outage| outage.lanes.iter().count() >= 4)
                }
                _ => world.control_plane.is_up(world.now) && world.traffic.tally().answered > 3,
            };
            if let Some(deed) = deeds.pop_front_if(|_| enough && at_work.is_empty()) {
                let (lab, feed) = (lab.clone(), feed.clone());
                at_work.spawn(async move {
                    feed.send(Observation::Mark { word: format!("{deed:?}") }).await.expect("the session is here");
                    carry_out_in_lab(&lab, deed, "lab-control-plane".to_owned(), &feed).await;
                });
            }
            let at = clock.now();
            shown.push(Shown { taken, at, screen: screen(&world, &model, at) });
        }
    };
    tokio::time::timeout(GUARD, run).await.expect("the outage ends");
    plant.close(clock.instant(clock.now())).await;
    recording.close().expect("it records").wait(GUARD).expect("the tape is whole");
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_shows_what_the_live_screen_showed_cell_by_cell() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    let shown = watched(&path).await;
    let mut playback = Playback::new(Player::new(Tape::load(&path).expect("a tape")), 1.0, Duration::ZERO);
    let (mut compared, mut phases) = (0, std::collections::BTreeSet::new());
    for Shown { taken, at, screen: live } in shown {
        // what was on its way to the screen in that millisecond may be on one side alone
        if playback.seek(at) != taken || at > playback.end() {
            continue;
        }
        let model =
            Model { mode: Mode::Replay, size: SIZE.as_size(), replay: Some(playback.shown()), ..Model::default() };
        let replayed = screen(playback.world(), &model, playback.at());
        // the first row says LAB or REPLAY; the last two have the bar and the keys
        for row in 1..SIZE.height - 2 {
            for column in 0..SIZE.width {
                let (live, replayed) = (&live[(column, row)], &replayed[(column, row)]);
                assert_eq!(live, replayed, "column {column}, row {row}, at {at}");
            }
        }
        let state = |buffer: &Buffer| (0..60).map(|column| buffer[(column, 0)].symbol().to_owned()).collect::<String>();
        assert_eq!(state(&live), state(&replayed), "at {at}");
        phases.insert(format!("{:?}", std::mem::discriminant(&playback.world().phase(at))));
        compared += 1;
    }
    assert!(compared > 50, "{compared} screens");
    assert!(phases.len() >= 4, "up, stopping, down, starting: {phases:?}");
}
