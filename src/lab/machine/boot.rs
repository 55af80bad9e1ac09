//! The start of an API server, step by step, at the times that were measured.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Mutex, watch};

use super::{Beside, Gates};
use crate::lab::{api::Serving, controllers::ELECTION, dice::Dice, pace::Pace, server::Server, store::Store};

/// When each step comes, after the start was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boot {
    /// Its port is open, and it says nothing yet.
    port: Duration,
    /// It answers: 403.
    forbidding: Duration,
    /// Its roles are there, and checks fail: 500.
    failing: Duration,
    ready: Duration,
}

impl Boot {
    const fn at(port: u64, forbidding: u64, failing: u64, ready: u64) -> Self {
        let millis = Duration::from_millis;
        Self { port: millis(port), forbidding: millis(forbidding), failing: millis(failing), ready: millis(ready) }
    }

    /// The container was started (`stop/readyz.jsonl`, `kill/readyz.jsonl`).
    pub(super) const CONTAINER: Self = Self::at(8_800, 12_900, 13_500, 14_700);
    /// It has its network again (`disconnect/readyz.jsonl`).
    pub(super) const NETWORK: Self = Self::at(3_800, 5_800, 6_900, 8_400);
    /// Its manifest is back (`apiserver/readyz.jsonl`).
    pub(super) const MANIFEST: Self = Self::at(1_300, 3_300, 4_900, 6_400);

    /// No two starts take the same time: up to a twentieth longer.
    pub(super) fn varied(self, dice: &mut Dice) -> Self {
        let longer = 1.0 + dice.unit() / 20.0;
        let vary = |step: Duration| step.mul_f64(longer);
        Self {
            port: vary(self.port),
            forbidding: vary(self.forbidding),
            failing: vary(self.failing),
            ready: vary(self.ready),
        }
    }
}

/// A start that is under way.
pub(super) struct Starting {
    pub(super) boot: Boot,
    pub(super) pace: Pace,
    pub(super) store: Store,
    pub(super) serving: watch::Sender<Serving>,
    pub(super) gates: Arc<Mutex<Gates>>,
    pub(super) server: Server,
    pub(super) beside: Beside,
    pub(super) restarts: u32,
}

impl Starting {
    pub(super) async fn run(self) {
        let Self { boot, pace, store, serving, gates, server, beside, restarts } = self;
        let began = pace.instant();
        let step = |after: Duration| tokio::time::sleep_until(began + pace.of(after));
        step(boot.port).await;
        serving.send_replace(Serving::Mute);
        store.forget_history();
        {
            let mut gates = gates.lock().await;
            for opened in [gates.inside.open(server.inside()).await, gates.published.open(server.published()).await] {
                if let Err(error) = opened {
                    tracing::error!("the lab cannot open a port again: {error}");
                }
            }
        }
        step(boot.forbidding).await;
        serving.send_replace(Serving::Forbidding);
        step(boot.failing).await;
        serving.send_replace(Serving::Failing);
        step(boot.ready).await;
        serving.send_replace(Serving::Ready);
        beside.start(ELECTION, restarts);
    }
}
