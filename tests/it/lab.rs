//! The lab from outside: the observations that it sends, and the responses of its sockets.

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

/// Capacity of the feed: more than the observations of the longest test.
const CAPACITY: usize = 1 << 16;

/// A lab and the observations that it sends.
struct LabFixture {
    lab: Lab,
    receiver: Receiver<Stamped>,
    cancel: CancellationToken,
    speed: f64,
}

impl LabFixture {
    fn start(options: LabOptions) -> Self {
        let clock = Clock::start();
        let (feed, receiver) = Feed::channel(clock, CAPACITY);
        let cancel = CancellationToken::new();
        let lab = Lab::start(options, feed, cancel.clone()).expect("the loopback has ports");
        Self { lab, receiver, cancel, speed: options.speed }
    }

    /// Sleeps for `real` time, divided by the lab's speed.
    async fn sleep(&self, real: Duration) {
        tokio::time::sleep(real.div_f64(self.speed)).await;
    }

    /// Takes the observations sent since the last call.
    fn observations(&mut self) -> Vec<Observation> {
        std::iter::from_fn(|| self.receiver.try_recv().ok()).map(|stamped| stamped.observation).collect()
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}
