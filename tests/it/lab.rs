//! The lab, seen from outside: what it says through the feed, and what it answers on its sockets.

mod lanes;
mod outage;
mod program;
mod sockets;

use std::time::Duration;

use blackout::{
    clock::Clock,
    feed::Feed,
    lab::{Lab, LabOptions},
    observation::{Observation, Stamped},
};
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

/// Room for all that a test's lab says.
const ROOM: usize = 1 << 16;

/// A lab and what it says.
struct Stage {
    lab: Lab,
    heard: Receiver<Stamped>,
    cancel: CancellationToken,
    speed: f64,
}

impl Stage {
    fn set(options: LabOptions) -> Self {
        let clock = Clock::start();
        let (feed, heard) = Feed::channel(clock, ROOM);
        let cancel = CancellationToken::new();
        let lab = Lab::start(options, feed, cancel.clone()).expect("the loopback has ports");
        Self { lab, heard, cancel, speed: options.speed }
    }

    /// Waits as long as the real thing would.
    async fn pass(&self, real: Duration) {
        tokio::time::sleep(real.div_f64(self.speed)).await;
    }

    /// All that was said so far.
    fn said(&mut self) -> Vec<Observation> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).map(|stamped| stamped.observation).collect()
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}
