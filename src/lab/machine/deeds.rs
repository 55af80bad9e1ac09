//! What each deed does to the container, and how it is undone.

use std::time::Duration;

use super::{Boot, Container, Machine};
use crate::{
    lab::{LabError, controllers::ELECTION, server::nothing_behind},
    observation::{EngineAction, FaultAction, RunState},
};

/// SIGRTMIN+3, the signal that a kind node's stop begins with, and SIGKILL, with which it ends.
const STOP_SIGNAL: i64 = 37;
const KILL_SIGNAL: i64 = 9;
/// Exit code of what was killed.
const KILLED: i64 = 137;

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// From the stop's signal to the kill.
const GRACE: Duration = millis(10_190);
/// From the kill to the container's end, from there to the end of its name, and of the deed.
const TO_DIE: Duration = millis(410);
const TO_DISCONNECT: Duration = millis(200);
const TO_STOPPED: Duration = millis(30);
/// From a start's begin to the name, and from there to "started".
const TO_CONNECT: Duration = millis(70);
const TO_STARTED: Duration = millis(760);
/// An API server that is ended alone, its etcd still there, keeps its streams for so long (`apiserver`'s tape).
const TO_LAST_STREAM: Duration = millis(9_080);
/// A controller manager that was frozen for so long has lost its lease.
const ACT: Duration = millis(200);

impl Machine {
    /// Does it; returns when the engine would say that it is done.
    pub(in crate::lab) async fn carry_out(&mut self, deed: FaultAction) -> Result<(), LabError> {
        match deed {
            FaultAction::Stop => self.stop().await,
            FaultAction::Kill => self.kill().await,
            FaultAction::Pause => self.pause().await,
            FaultAction::Disconnect => self.disconnect().await,
            FaultAction::Apiserver => self.put_apiserver_aside().await,
            FaultAction::Restore => self.restore().await,
        }
    }

    fn refuse(&self, deed: FaultAction, is: &'static str) -> LabError {
        LabError::NotNow { deed, container: self.member.name.clone(), is }
    }

    async fn stop(&mut self) -> Result<(), LabError> {
        if self.container == Container::Exited {
            return Ok(());
        }
        self.engine.killed(&self.member, STOP_SIGNAL).await;
        // only what runs can hear a signal; what is frozen or cut off meets its end without one
        if self.container == Container::Running {
            self.close_api().await.map_err(LabError::Listen)?;
            if self.ground.topology.version.drains_streams() {
                self.server.drain();
            } else {
                self.server.cut();
            }
        }
        self.pace.sleep(GRACE).await;
        self.die(true).await
    }

    async fn kill(&mut self) -> Result<(), LabError> {
        if self.container == Container::Exited {
            return Err(self.refuse(FaultAction::Kill, "stopped"));
        }
        self.die(false).await
    }

    /// The end of the container: its processes, then its name.
    async fn die(&mut self, stopping: bool) -> Result<(), LabError> {
        let attached = self.container != Container::CutOff;
        self.engine.killed(&self.member, KILL_SIGNAL).await;
        if attached {
            self.close_api().await.map_err(LabError::Listen)?;
        }
        self.server.cut();
        self.run.cancel();
        self.frozen.send_replace(false);
        self.container = Container::Exited;
        self.pace.sleep(TO_DIE).await;
        let died = self.engine.died(&self.member, KILLED).await;
        self.engine.container(&self.member, RunState::Exited, Some(KILLED), died, attached).await;
        if attached {
            self.pace.sleep(TO_DISCONNECT).await;
            self.leave_network().await;
            self.engine.container(&self.member, RunState::Exited, Some(KILLED), died, false).await;
        }
        if stopping {
            self.pace.sleep(TO_STOPPED).await;
            self.engine.happened(&self.member, EngineAction::Stop).await;
        }
        Ok(())
    }

    async fn leave_network(&self) {
        self.name.send_replace(None);
        {
            let mut gates = self.gates.lock().await;
            gates.published.close().await;
            gates.inside.close().await;
        }
        // the kubelets' connections hang, the host's do not (`disconnect`'s tape: every watch breaks at that moment)
        self.server.unpublish();
        self.engine.happened(&self.member, EngineAction::Disconnect).await;
    }

    async fn join_network(&self) -> Result<(), LabError> {
        {
            let mut gates = self.gates.lock().await;
            gates.published.open(nothing_behind(&self.dice)).await.map_err(LabError::Listen)?;
            self.name.send_replace(Some(gates.inside.address()));
        }
        self.engine.happened(&self.member, EngineAction::Connect).await;
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), LabError> {
        match self.container {
            Container::Exited => return Err(self.refuse(FaultAction::Pause, "stopped")),
            Container::Paused => return Err(self.refuse(FaultAction::Pause, "paused already")),
            Container::Running | Container::CutOff | Container::Headless => {}
        }
        self.pace.sleep(ACT).await;
        self.frozen.send_replace(true);
        self.run.cancel();
        self.container = Container::Paused;
        let paused = self.engine.happened(&self.member, EngineAction::Pause).await;
        self.engine.container(&self.member, RunState::Paused, None, paused, true).await;
        Ok(())
    }

    async fn disconnect(&mut self) -> Result<(), LabError> {
        match self.container {
            Container::Exited => return Err(self.refuse(FaultAction::Disconnect, "stopped")),
            Container::CutOff => return Err(self.refuse(FaultAction::Disconnect, "cut off already")),
            Container::Running | Container::Paused | Container::Headless => {}
        }
        self.pace.sleep(ACT).await;
        // nothing tells the other ends of its connections
        self.frozen.send_replace(true);
        self.run.cancel();
        self.container = Container::CutOff;
        let since = self.pace.now();
        self.leave_network().await;
        self.engine.container(&self.member, RunState::Running, None, since, false).await;
        Ok(())
    }

    async fn put_apiserver_aside(&mut self) -> Result<(), LabError> {
        match self.container {
            Container::Running | Container::Headless => {}
            Container::Exited => return Err(self.refuse(FaultAction::Apiserver, "stopped")),
            Container::Paused => return Err(self.refuse(FaultAction::Apiserver, "paused")),
            Container::CutOff => return Err(self.refuse(FaultAction::Apiserver, "cut off")),
        }
        self.pace.sleep(ACT).await;
        self.container = Container::Headless;
        self.close_api().await.map_err(LabError::Listen)?;
        self.server.drain();
        let (server, pace) = (self.server.clone(), self.pace);
        tokio::spawn(self.life.clone().run_until_cancelled_owned(async move {
            pace.sleep(TO_LAST_STREAM).await;
            server.cut();
        }));
        Ok(())
    }

    async fn restore(&mut self) -> Result<(), LabError> {
        match self.container {
            Container::Running => {}
            Container::Exited => {
                self.restarts += 1;
                let boot = Boot::CONTAINER.varied(&mut self.dice);
                self.boot(boot);
                self.pace.sleep(TO_CONNECT).await;
                self.join_network().await?;
                self.pace.sleep(TO_STARTED).await;
                let started = self.engine.happened(&self.member, EngineAction::Start).await;
                self.engine.container(&self.member, RunState::Running, None, started, true).await;
            }
            Container::Paused => {
                self.pace.sleep(ACT).await;
                self.frozen.send_replace(false);
                let thawed = self.engine.happened(&self.member, EngineAction::Unpause).await;
                self.engine.container(&self.member, RunState::Running, None, thawed, true).await;
                self.run = self.life.child_token();
                // its controller manager has lost its lease meanwhile
                self.beside().start(ELECTION, self.restarts);
            }
            Container::CutOff => {
                self.pace.sleep(ACT).await;
                let boot = Boot::NETWORK.varied(&mut self.dice);
                self.boot(boot);
                self.frozen.send_replace(false);
                let since = self.pace.now();
                self.join_network().await?;
                self.engine.container(&self.member, RunState::Running, None, since, true).await;
            }
            Container::Headless => {
                self.pace.sleep(ACT).await;
                let boot = Boot::MANIFEST.varied(&mut self.dice);
                self.boot(boot);
            }
        }
        self.container = Container::Running;
        Ok(())
    }
}
