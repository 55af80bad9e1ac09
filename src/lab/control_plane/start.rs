//! The start of an API server, step by step, at the times recorded on a real kind cluster.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, watch},
    time::sleep_until,
};

use super::{components::OtherComponents, controllers::ELECTION, ports::ApiPorts};
use crate::lab::{
    api::ServingPhase, cluster::store::ObjectStore, net::server::ApiServer, rng::Rng, time_scale::TimeScale,
};

/// When each step is reached, counted from the command that starts the container, network or static pod.
#[derive(Debug, Clone, Copy)]
pub(super) struct StartTimes {
    /// The port is open: [`ServingPhase::Silent`].
    silent: Duration,
    /// Requests are answered with 403: [`ServingPhase::Forbidding`].
    forbidding: Duration,
    /// `/readyz` is 500: [`ServingPhase::Failing`].
    failing: Duration,
    /// `/readyz` is 200: [`ServingPhase::Ready`].
    ready: Duration,
}

impl StartTimes {
    const fn from_millis(silent: u64, forbidding: u64, failing: u64, ready: u64) -> Self {
        Self {
            silent: Duration::from_millis(silent),
            forbidding: Duration::from_millis(forbidding),
            failing: Duration::from_millis(failing),
            ready: Duration::from_millis(ready),
        }
    }

    /// After a start of the container (`stop/readyz.jsonl`, `kill/readyz.jsonl`).
    pub(super) const CONTAINER: Self = Self::from_millis(8_800, 12_900, 13_500, 14_700);
    /// After the container is connected to its network again (`disconnect/readyz.jsonl`).
    pub(super) const NETWORK: Self = Self::from_millis(3_800, 5_800, 6_900, 8_400);
    /// After the static pod's manifest is moved back (`apiserver/readyz.jsonl`).
    pub(super) const MANIFEST: Self = Self::from_millis(1_300, 3_300, 4_900, 6_400);

    /// Delays all steps by the same random part of at most 5 %, because no two real starts take equally long.
    pub(super) fn varied(self, rng: &mut Rng) -> Self {
        let factor = 1.0 + rng.unit() / 20.0;
        let vary = |step: Duration| step.mul_f64(factor);
        Self {
            silent: vary(self.silent),
            forbidding: vary(self.forbidding),
            failing: vary(self.failing),
            ready: vary(self.ready),
        }
    }
}

/// A start under way.
pub(super) struct StartSequence {
    pub(super) times: StartTimes,
    pub(super) time: TimeScale,
    pub(super) store: ObjectStore,
    pub(super) phase: watch::Sender<ServingPhase>,
    pub(super) ports: Arc<Mutex<ApiPorts>>,
    pub(super) server: ApiServer,
    pub(super) other_components: OtherComponents,
    pub(super) restarts: u32,
}

impl StartSequence {
    /// Goes through the steps; cancelled by dropping it.
    pub(super) async fn run(self) {
        let began = self.time.instant();
        let reached = |step: Duration| sleep_until(began + self.time.scaled(step));
        reached(self.times.silent).await;
        self.phase.send_replace(ServingPhase::Silent);
        self.store.clear_history();
        self.open_ports().await;
        reached(self.times.forbidding).await;
        self.phase.send_replace(ServingPhase::Forbidding);
        reached(self.times.failing).await;
        self.phase.send_replace(ServingPhase::Failing);
        reached(self.times.ready).await;
        self.phase.send_replace(ServingPhase::Ready);
        self.other_components.start(ELECTION, self.restarts);
    }

    async fn open_ports(&self) {
        let mut ports = self.ports.lock().await;
        for opened in [
            ports.internal.open(self.server.kubelet_handler()).await,
            ports.published.open(self.server.host_handler()).await,
        ] {
            if let Err(error) = opened {
                tracing::error!("the lab cannot open a port of the API server again: {error}");
            }
        }
    }
}
