//! Faults: what each does to the container, step by step, and how it is undone.

use std::time::Duration;

use super::{ContainerStatus, ControlPlaneContainer, controllers::ELECTION, start::StartTimes};
use crate::{
    lab::{error::LabError, net::server::proxy_without_backend},
    observation::{EngineAction, FaultAction, RunState},
};

/// SIGRTMIN+3, the stop signal of kind's node images, whose init is systemd.
const STOP_SIGNAL: i64 = 37;
/// SIGKILL, which ends a stop after the grace period.
const KILL_SIGNAL: i64 = 9;
/// Exit code of a process that was killed: 128 + SIGKILL.
const KILLED: i64 = 137;

// Times between the steps of a fault, as recorded on a real kind cluster (`tests/fixtures/logs`).

/// From the stop signal to SIGKILL: docker's 10 s of grace, and the time that it takes.
const STOP_TO_KILL: Duration = Duration::from_millis(10_190);
/// From SIGKILL to the engine's `die` event.
const KILL_TO_DIE: Duration = Duration::from_millis(410);
/// From `die` to `disconnect`, when the container's name no longer resolves.
const DIE_TO_DISCONNECT: Duration = Duration::from_millis(200);
/// From `disconnect` to `stop`.
const DISCONNECT_TO_STOP: Duration = Duration::from_millis(30);
/// From the command that starts the container to `connect`, when its name resolves again.
const COMMAND_TO_CONNECT: Duration = Duration::from_millis(70);
/// From `connect` to `start`.
const CONNECT_TO_START: Duration = Duration::from_millis(760);
/// From the end of an API server whose etcd runs on to the end of its streams (the built-in tape `apiserver`).
const API_SERVER_TO_LAST_STREAM: Duration = Duration::from_millis(9_080);
/// From any other command to its effect.
const COMMAND_TO_EFFECT: Duration = Duration::from_millis(200);

impl ControlPlaneContainer {
    /// Applies a fault or undoes the last one. Returns when the engine would report that it is done.
    ///
    /// # Errors
    ///
    /// [`LabError::NotNow`] if the container's status does not allow it, [`LabError::Listen`] if a port can't be
    /// opened.
    pub(in crate::lab) async fn carry_out(&mut self, action: FaultAction) -> Result<(), LabError> {
        match action {
            FaultAction::Stop => self.stop().await,
            FaultAction::Kill => self.kill().await,
            FaultAction::Pause => self.pause().await,
            FaultAction::Disconnect => self.disconnect().await,
            FaultAction::Apiserver => self.remove_api_server().await,
            FaultAction::Restore => self.restore().await,
        }
    }

    fn not_now(&self, action: FaultAction, status: &'static str) -> LabError {
        LabError::NotNow { action, container: self.node.name.clone(), status }
    }

    async fn stop(&mut self) -> Result<(), LabError> {
        if self.status == ContainerStatus::Exited {
            return Ok(());
        }
        self.engine.report_kill(&self.node, STOP_SIGNAL).await;
        // paused, disconnected or without its API server, the container ends without reacting to the signal
        if self.status == ContainerStatus::Running {
            self.close_api().await.map_err(LabError::Listen)?;
            if self.context.topology.version.drains_streams() {
                self.server.drain();
            } else {
                self.server.kill();
            }
        }
        self.time.sleep(STOP_TO_KILL).await;
        self.die(true).await
    }

    async fn kill(&mut self) -> Result<(), LabError> {
        if self.status == ContainerStatus::Exited {
            return Err(self.not_now(FaultAction::Kill, "stopped"));
        }
        self.die(false).await
    }

    /// Ends the container: its processes first, then its place in the network.
    async fn die(&mut self, stopping: bool) -> Result<(), LabError> {
        let attached = self.status != ContainerStatus::Disconnected;
        self.engine.report_kill(&self.node, KILL_SIGNAL).await;
        if attached {
            self.close_api().await.map_err(LabError::Listen)?;
        }
        self.server.kill();
        self.components.cancel();
        self.frozen.send_replace(false);
        self.status = ContainerStatus::Exited;
        self.time.sleep(KILL_TO_DIE).await;
        let died = self.engine.report_die(&self.node, KILLED).await;
        self.engine.report_state(&self.node, RunState::Exited, Some(KILLED), died, attached).await;
        if attached {
            self.time.sleep(DIE_TO_DISCONNECT).await;
            self.leave_network().await;
            self.engine.report_state(&self.node, RunState::Exited, Some(KILLED), died, false).await;
        }
        if stopping {
            self.time.sleep(DISCONNECT_TO_STOP).await;
            self.engine.report_action(&self.node, EngineAction::Stop).await;
        }
        Ok(())
    }

    async fn leave_network(&self) {
        self.dns_record.send_replace(None);
        {
            let mut ports = self.ports.lock().await;
            ports.published.close().await;
            ports.internal.close().await;
        }
        // the kubelets' connections hang, the host's break at once (the built-in tape `disconnect`)
        self.server.unpublish();
        self.engine.report_action(&self.node, EngineAction::Disconnect).await;
    }

    async fn join_network(&self) -> Result<(), LabError> {
        {
            let mut ports = self.ports.lock().await;
            ports.published.open(proxy_without_backend(&self.rng)).await.map_err(LabError::Listen)?;
            self.dns_record.send_replace(Some(ports.internal.address()));
        }
        self.engine.report_action(&self.node, EngineAction::Connect).await;
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), LabError> {
        match self.status {
            ContainerStatus::Exited => return Err(self.not_now(FaultAction::Pause, "stopped")),
            ContainerStatus::Paused => return Err(self.not_now(FaultAction::Pause, "already paused")),
            ContainerStatus::Running | ContainerStatus::Disconnected | ContainerStatus::WithoutApiServer => {}
        }
        self.time.sleep(COMMAND_TO_EFFECT).await;
        self.frozen.send_replace(true);
        self.components.cancel();
        self.status = ContainerStatus::Paused;
        let paused = self.engine.report_action(&self.node, EngineAction::Pause).await;
        self.engine.report_state(&self.node, RunState::Paused, None, paused, true).await;
        Ok(())
    }

    async fn disconnect(&mut self) -> Result<(), LabError> {
        match self.status {
            ContainerStatus::Exited => return Err(self.not_now(FaultAction::Disconnect, "stopped")),
            ContainerStatus::Disconnected => return Err(self.not_now(FaultAction::Disconnect, "already cut off")),
            ContainerStatus::Running | ContainerStatus::Paused | ContainerStatus::WithoutApiServer => {}
        }
        self.time.sleep(COMMAND_TO_EFFECT).await;
        // frozen, because no packet reaches the other ends of the connections
        self.frozen.send_replace(true);
        self.components.cancel();
        self.status = ContainerStatus::Disconnected;
        let since = self.time.now();
        self.leave_network().await;
        self.engine.report_state(&self.node, RunState::Running, None, since, false).await;
        Ok(())
    }

    /// Ends the API server as if its static pod's manifest were moved away.
    async fn remove_api_server(&mut self) -> Result<(), LabError> {
        match self.status {
            ContainerStatus::Running | ContainerStatus::WithoutApiServer => {}
            ContainerStatus::Exited => return Err(self.not_now(FaultAction::Apiserver, "stopped")),
            ContainerStatus::Paused => return Err(self.not_now(FaultAction::Apiserver, "paused")),
            ContainerStatus::Disconnected => return Err(self.not_now(FaultAction::Apiserver, "cut off")),
        }
        self.time.sleep(COMMAND_TO_EFFECT).await;
        self.status = ContainerStatus::WithoutApiServer;
        self.close_api().await.map_err(LabError::Listen)?;
        self.server.drain();
        let (server, time) = (self.server.clone(), self.time);
        tokio::spawn(self.shutdown.clone().run_until_cancelled_owned(async move {
            time.sleep(API_SERVER_TO_LAST_STREAM).await;
            server.kill();
        }));
        Ok(())
    }

    async fn restore(&mut self) -> Result<(), LabError> {
        match self.status {
            ContainerStatus::Running => {}
            ContainerStatus::Exited => {
                self.restarts += 1;
                let times = StartTimes::CONTAINER.varied(&mut self.rng);
                self.begin_start(times);
                self.time.sleep(COMMAND_TO_CONNECT).await;
                self.join_network().await?;
                self.time.sleep(CONNECT_TO_START).await;
                let started = self.engine.report_action(&self.node, EngineAction::Start).await;
                self.engine.report_state(&self.node, RunState::Running, None, started, true).await;
            }
            ContainerStatus::Paused => {
                self.time.sleep(COMMAND_TO_EFFECT).await;
                self.frozen.send_replace(false);
                let unpaused = self.engine.report_action(&self.node, EngineAction::Unpause).await;
                self.engine.report_state(&self.node, RunState::Running, None, unpaused, true).await;
                self.components = self.shutdown.child_token();
                // the controller manager's lease has expired meanwhile
                self.other_components().start(ELECTION, self.restarts);
            }
            ContainerStatus::Disconnected => {
                self.time.sleep(COMMAND_TO_EFFECT).await;
                let times = StartTimes::NETWORK.varied(&mut self.rng);
                self.begin_start(times);
                self.frozen.send_replace(false);
                let since = self.time.now();
                self.join_network().await?;
                self.engine.report_state(&self.node, RunState::Running, None, since, true).await;
            }
            ContainerStatus::WithoutApiServer => {
                self.time.sleep(COMMAND_TO_EFFECT).await;
                let times = StartTimes::MANIFEST.varied(&mut self.rng);
                self.begin_start(times);
            }
        }
        self.status = ContainerStatus::Running;
        Ok(())
    }
}
