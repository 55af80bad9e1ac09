//! A run is watched, recorded and replayed: both screens are the same, cell by cell.

use std::{collections::VecDeque, path::Path, sync::Arc, time::Duration};

use ratatui::{buffer::Buffer, layout::Rect};
use tokio::task::JoinSet;

use super::*;
use crate::{
    feed::{self, Feed},
    lab::{Lab, LabOptions},
    observation::{FaultAction, Observation, Time},
    session::{
        backend::Backend,
        fault_dispatcher::carry_out_in_lab,
        options::SessionTarget,
        recording::{RecordingOptions, SessionRecording},
        sources::SourceTasks,
    },
    tape::TapeMode,
    world::World,
};

const SIZE: Rect = Rect { x: 0, y: 0, width: 160, height: 48 };

/// Bound of the whole run; it takes about ten seconds.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Speed of the lab, relative to a real cluster.
const SPEED: f64 = 8.0;

/// A frame of the live screen.
struct LiveFrame {
    /// Number of observations that the world had folded.
    folded: usize,
    at: Time,
    screen: Buffer,
}

fn screen(world: &World, model: &Model, at: Time) -> Buffer {
    let mut buffer = Buffer::empty(SIZE);
    tui::view(world, model, at, SIZE, &mut buffer);
    buffer
}

/// Watches a whole outage in the lab, and records it.
async fn watch_outage(tape: &Path) -> Vec<LiveFrame> {
    let clock = Clock::start();
    let (feed, mut received) = Feed::channel(clock, feed::CAPACITY);
    let target = SessionTarget::Lab { options: LabOptions { speed: SPEED, ..LabOptions::default() }, kubeconfig: None };
    let mut sources = SourceTasks::start(&target, feed.clone()).expect("a lab");
    let Backend::Lab(lab) = sources.backend() else { panic!("no lab") };
    let mut recording = SessionRecording::new(RecordingOptions::NewFile(tape.to_owned()));
    assert_eq!(recording.begin(clock.started(), "lab", TapeMode::Lab, None), None);
    let model = Model { mode: Mode::Lab, size: SIZE.as_size(), ..Model::default() };
    let mut world = World::new(clock.started());
    let (mut frames, mut folded) = (Vec::new(), 0);
    let mut actions = VecDeque::from([FaultAction::Stop, FaultAction::Restore]);
    let mut in_progress = JoinSet::new();
    let run = async {
        while actions.len() + in_progress.len() > 0 || world.outage().is_some() {
            let mut batch = Vec::new();
            received.recv_many(&mut batch, 64).await;
            folded += batch.len();
            for stamped in batch {
                world.take(&stamped);
                assert_eq!(recording.record(stamped), None);
            }
            while in_progress.try_join_next().is_some() {}
            let ready = match actions.front() {
                Some(FaultAction::Restore) => {
                    world.last_outage().is_some_and(|outage| outage.lanes.iter().count() >= 4)
                }
                _ => world.control_plane.is_up(world.now) && world.traffic.tally().answered > 3,
            };
            if let Some(action) = actions.pop_front_if(|_| ready && in_progress.is_empty()) {
                in_progress.spawn(mark_and_carry_out(lab.clone(), action, feed.clone()));
            }
            let at = clock.now();
            frames.push(LiveFrame { folded, at, screen: screen(&world, &model, at) });
        }
    };
    tokio::time::timeout(TIMEOUT, run).await.expect("the outage ends");
    sources.close(clock.instant_now()).await;
    recording.close().expect("it records").wait(TIMEOUT).expect("the tape is whole");
    frames
}

async fn mark_and_carry_out(lab: Arc<Lab>, action: FaultAction, feed: Feed) {
    feed.send(Observation::Mark { word: format!("{action:?}") }).await.expect("the session is here");
    carry_out_in_lab(&lab, action, "lab-control-plane".to_owned(), &feed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_shows_what_the_live_screen_showed_cell_by_cell() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    let frames = watch_outage(&path).await;
    let mut playback = Playback::new(Player::new(Tape::load(&path).expect("a tape")), 1.0, Duration::ZERO);
    let (mut compared, mut phases) = (0, std::collections::BTreeSet::new());
    for LiveFrame { folded, at, screen: live } in frames {
        // an observation of that very millisecond may be in one of the two screens only
        if playback.seek(at) != folded || at > playback.end() {
            continue;
        }
        let model =
            Model { mode: Mode::Replay, size: SIZE.as_size(), replay: Some(playback.status()), ..Model::default() };
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
