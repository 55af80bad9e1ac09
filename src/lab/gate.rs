//! A loopback port that stays the same: opened, closed and frozen as the lab's faults need it.
//!
//! While it is closed the port is refused, and kept from other programs by a socket that is bound and does not listen.
//! Who comes in is handed to the door of the moment; what happens behind it is no business of this file.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// Connections that the system holds for a gate that does not accept them yet.
const BACKLOG: u32 = 1024;
/// Tries to get the port back, in the unlikely case that someone took it in the moment between two sockets.
const TRIES: u32 = 20;

/// What becomes of a connection.
#[derive(Clone)]
pub(super) struct Door(Arc<dyn Fn(TcpStream) + Send + Sync>);

impl Door {
    pub(super) fn new(door: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self(Arc::new(door))
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}

#[derive(Debug)]
enum State {
    Closed { _reserved: Option<TcpSocket> },
    Open { task: JoinHandle<()>, door: watch::Sender<Door> },
}

/// A port.
#[derive(Debug)]
pub(super) struct Gate {
    address: SocketAddr,
    /// While it is true nobody is let in: connections wait in the system's queue.
    frozen: watch::Receiver<bool>,
    /// Closes it for good.
    life: CancellationToken,
    state: State,
}

impl Gate {
    /// A gate on a port that the system chooses; closed.
    pub(super) fn new(frozen: watch::Receiver<bool>, life: CancellationToken) -> io::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        Ok(Self { address, frozen, life, state: State::Closed { _reserved: Some(socket) } })
    }

    /// Where it is.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens it, or leads to another door if it is open.
    pub(super) async fn open(&mut self, door: Door) -> io::Result<()> {
        let mut tries = 0;
        loop {
            match self.open_now(door.clone()) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < TRIES => tries += 1,
                opened => return opened,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The same, without a second try.
    pub(super) fn open_now(&mut self, door: Door) -> io::Result<()> {
        if let State::Open { door: known, .. } = &self.state {
            known.send_replace(door);
            return Ok(());
        }
        self.state = State::Closed { _reserved: None };
        let listener = bound(self.address)?.listen(BACKLOG)?;
        let (door, doors) = watch::channel(door);
        let life = self.life.clone();
        let open = let_in(listener, doors, self.frozen.clone());
        let task = tokio::spawn(async move {
            let _over = life.run_until_cancelled_owned(open).await;
        });
        self.state = State::Open { task, door };
        Ok(())
    }

    /// Closes it: who comes is refused. Connections that were let in are not its business.
    pub(super) async fn close(&mut self) {
        let State::Open { task, .. } = std::mem::replace(&mut self.state, State::Closed { _reserved: None }) else {
            return;
        };
        task.abort();
        let _aborted = task.await;
        self.state = State::Closed { _reserved: bound(self.address).ok() };
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let State::Open { task, .. } = &self.state {
            task.abort();
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // old connections of the port may still be waiting out their time
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn let_in(listener: TcpListener, doors: watch::Receiver<Door>, mut frozen: watch::Receiver<bool>) {
    loop {
        if frozen.wait_for(|frozen| !frozen).await.is_err() {
            return;
        }
        tokio::select! {
            biased;
            changed = frozen.changed() => if changed.is_err() {
                return;
            },
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let door = doors.borrow().clone();
                    (door.0)(stream);
                }
                // out of files: others have to be closed first
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncReadExt as _, time::timeout};

    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    fn gate() -> (Gate, watch::Sender<bool>) {
        let (frozen, view) = watch::channel(false);
        (Gate::new(view, CancellationToken::new()).unwrap(), frozen)
    }

    /// What a connection is told: its first byte, or how it failed.
    async fn knock(gate: &Gate) -> io::Result<u8> {
        let mut stream = TcpStream::connect(gate.address()).await?;
        timeout(SOON, stream.read_u8()).await?
    }

    fn saying(byte: u8) -> Door {
        Door::new(move |stream| {
            let written = stream.try_write(&[byte]);
            assert!(written.is_ok());
        })
    }

    #[tokio::test]
    async fn a_closed_gate_refuses_and_opens_again_on_the_same_port() {
        let (mut gate, _frozen) = gate();
        let address = gate.address();
        for _ in 0..3 {
            assert_eq!(knock(&gate).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
            gate.open(saying(7)).await.unwrap();
            assert_eq!(knock(&gate).await.unwrap(), 7);
            gate.open(saying(8)).await.unwrap();
            assert_eq!(knock(&gate).await.unwrap(), 8);
            gate.close().await;
        }
        assert_eq!(gate.address(), address);
    }

    #[tokio::test]
    async fn a_frozen_gate_takes_connections_and_answers_when_it_thaws() {
        let (mut gate, frozen) = gate();
        gate.open(saying(7)).await.unwrap();
        assert_eq!(knock(&gate).await.unwrap(), 7);
        frozen.send_replace(true);
        let mut stream = TcpStream::connect(gate.address()).await.unwrap();
        assert!(timeout(Duration::from_millis(50), stream.read_u8()).await.is_err());
        frozen.send_replace(false);
        assert_eq!(timeout(SOON, stream.read_u8()).await.unwrap().unwrap(), 7);
    }
}
