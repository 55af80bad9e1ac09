//! The control plane's container: what runs in it, and what a deed does to it.
//!
//! The engine's view, the network's (the name, the two ports) and the processes' (API server, controllers, its own
//! kubelet) change here and nowhere else, in the order and at the times that were measured on a real kind cluster
//! (`tests/fixtures/logs`). One deed at a time; a start goes on by itself after the engine has said "started", as there.

mod boot;
mod deeds;

use std::{io, net::SocketAddr, sync::Arc};

use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use boot::Boot;

use super::{
    api::{Api, Serving},
    controllers::Controllers,
    dice::Dice,
    engine::Engine,
    gate::Gate,
    kubelet::{Ground, Kubelet},
    pace::Pace,
    server::{Server, nothing_behind},
    store::Store,
    topology::Member,
};

/// What the container is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Running,
    Paused,
    /// Running, without a network.
    CutOff,
    /// Running, without its API server.
    Headless,
    Exited,
}

/// The two ways in.
#[derive(Debug)]
struct Gates {
    /// The port that the engine publishes on the host.
    published: Gate,
    /// The API server's own port, in the cluster's network.
    inside: Gate,
}

/// The control plane's container.
#[derive(Debug)]
pub(super) struct Machine {
    member: Member,
    ground: Ground,
    store: Store,
    engine: Engine,
    pace: Pace,
    dice: Dice,
    /// Ends everything.
    life: CancellationToken,
    api: Arc<Api>,
    serving: watch::Sender<Serving>,
    frozen: watch::Sender<bool>,
    /// Where the control plane's name leads.
    name: watch::Sender<Option<SocketAddr>>,
    gates: Arc<Mutex<Gates>>,
    server: Server,
    /// What runs beside the API server, and the start-up; ended with the container.
    run: CancellationToken,
    container: Container,
    /// How often it has been started anew.
    restarts: u32,
}

/// What a machine is made of, and what else the lab needs of it.
pub(super) struct Made {
    pub(super) machine: Machine,
    /// Where the host reaches the API server.
    pub(super) published: SocketAddr,
}

impl Machine {
    /// A control plane that has been running for a while. `name` is told where its name leads.
    pub(super) fn set_up(
        ground: Ground,
        store: Store,
        engine: Engine,
        name: watch::Sender<Option<SocketAddr>>,
        life: CancellationToken,
    ) -> io::Result<Made> {
        let (pace, dice) = (ground.pace, ground.dice.of("machine"));
        let (serving, view) = watch::channel(Serving::Ready);
        let frozen = watch::Sender::new(false);
        let api = Arc::new(Api::new(store.clone(), ground.topology.version, pace, view, &dice));
        let server = Server::new(api.clone(), frozen.subscribe(), &life);
        let mut gates = Gates {
            published: Gate::new(frozen.subscribe(), life.clone())?,
            inside: Gate::new(frozen.subscribe(), life.clone())?,
        };
        gates.published.open_now(server.published())?;
        gates.inside.open_now(server.inside())?;
        let published = gates.published.address();
        name.send_replace(Some(gates.inside.address()));
        let machine = Self {
            member: ground.topology.control_plane.clone(),
            run: life.child_token(),
            gates: Arc::new(Mutex::new(gates)),
            container: Container::Running,
            restarts: 0,
            ground,
            store,
            engine,
            pace,
            dice,
            life,
            api,
            serving,
            frozen,
            name,
            server,
        };
        machine.beside().start(std::time::Duration::ZERO, 0);
        Ok(Made { machine, published })
    }

    /// What runs beside the API server.
    fn beside(&self) -> Beside {
        let controllers = Controllers {
            store: self.store.clone(),
            workload: self.ground.workload.clone(),
            pace: self.pace,
            version: self.ground.topology.version,
        };
        Beside { controllers, ground: self.ground.clone(), member: self.member.clone(), run: self.run.clone() }
    }

    /// The API server takes nobody in any more: its port in the network is closed, and the published one leads nowhere.
    /// Its connections end after that, or who lost one would still find a way in.
    async fn close_api(&self) -> io::Result<()> {
        self.run.cancel();
        let mut gates = self.gates.lock().await;
        gates.inside.close().await;
        gates.published.open(nothing_behind(&self.dice)).await
    }

    /// A new run of the API server, as `boot` has it; it goes on by itself.
    fn boot(&mut self, boot: Boot) {
        self.server.cut();
        self.run.cancel();
        self.run = self.life.child_token();
        self.server = Server::new(self.api.clone(), self.frozen.subscribe(), &self.life);
        let starting = boot::Starting {
            boot,
            pace: self.pace,
            store: self.store.clone(),
            serving: self.serving.clone(),
            gates: self.gates.clone(),
            server: self.server.clone(),
            beside: self.beside(),
            restarts: self.restarts,
        };
        tokio::spawn(self.run.clone().run_until_cancelled_owned(starting.run()));
    }
}

/// The controllers and the container's own kubelet.
struct Beside {
    controllers: Controllers,
    ground: Ground,
    member: Member,
    run: CancellationToken,
}

impl Beside {
    fn start(self, election: std::time::Duration, restarts: u32) {
        tokio::spawn(self.run.clone().run_until_cancelled_owned(self.controllers.run(election)));
        Kubelet::start(&self.ground, &self.member, None, restarts, &self.run);
    }
}
