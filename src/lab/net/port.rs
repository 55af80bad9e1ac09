//! A loopback port with a fixed number that can be opened, closed and frozen.
//!
//! A closed port refuses connections and stays reserved by a socket that is bound but does not listen, so that no other
//! program takes it. An open port passes each connection to its current handler and knows nothing of what happens
//! there.

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

/// Length of the system's accept queue: the connections that a frozen port holds.
const BACKLOG: u32 = 1024;
/// Attempts to bind the port again, in case another program took it between two sockets.
const BIND_ATTEMPTS: u32 = 20;
/// Wait between two attempts to bind.
const BIND_RETRY: Duration = Duration::from_millis(50);
/// Wait after a failed `accept`, which mostly means that the process has no file descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// A function that takes over an accepted connection.
#[derive(Clone)]
pub(in crate::lab) struct ConnectionHandler(Arc<dyn Fn(TcpStream) + Send + Sync>);

impl ConnectionHandler {
    pub(in crate::lab) fn new(handler: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self(Arc::new(handler))
    }
}

impl fmt::Debug for ConnectionHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionHandler")
    }
}

#[derive(Debug)]
enum ListenerState {
    Closed { _reserved: Option<TcpSocket> },
    Open { task: JoinHandle<()>, handler: watch::Sender<ConnectionHandler> },
}

/// A loopback port. Dropping it closes it.
#[derive(Debug)]
pub(in crate::lab) struct LoopbackPort {
    address: SocketAddr,
    /// While true, nothing is accepted: connections wait in the accept queue.
    frozen: watch::Receiver<bool>,
    /// Stops listening for good.
    shutdown: CancellationToken,
    state: ListenerState,
}

impl LoopbackPort {
    /// Reserves a port that the system chooses, closed.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub(in crate::lab) fn new(frozen: watch::Receiver<bool>, shutdown: CancellationToken) -> io::Result<Self> {
        let socket = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        Ok(Self { address, frozen, shutdown, state: ListenerState::Closed { _reserved: Some(socket) } })
    }

    /// Returns the address, which never changes.
    pub(in crate::lab) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens the port, or replaces the handler of an open one. An address in use is tried again for one second.
    ///
    /// # Errors
    ///
    /// If the port can't be bound or listened on.
    pub(in crate::lab) async fn open(&mut self, handler: ConnectionHandler) -> io::Result<()> {
        let mut attempts = 0;
        loop {
            match self.open_now(handler.clone()) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts < BIND_ATTEMPTS => attempts += 1,
                opened => return opened,
            }
            tokio::time::sleep(BIND_RETRY).await;
        }
    }

    /// Opens the port, or replaces the handler of an open one, in a single attempt.
    ///
    /// # Errors
    ///
    /// If the port can't be bound or listened on.
    pub(in crate::lab) fn open_now(&mut self, handler: ConnectionHandler) -> io::Result<()> {
        if let ListenerState::Open { handler: current, .. } = &self.state {
            current.send_replace(handler);
            return Ok(());
        }
        self.state = ListenerState::Closed { _reserved: None };
        let listener = bind(self.address)?.listen(BACKLOG)?;
        let (handler, current) = watch::channel(handler);
        let accepting = accept_all(listener, current, self.frozen.clone());
        let shutdown = self.shutdown.clone();
        let task = tokio::spawn(async move {
            let _ended = shutdown.run_until_cancelled_owned(accepting).await;
        });
        self.state = ListenerState::Open { task, handler };
        Ok(())
    }

    /// Closes the port: new connections are refused. Connections accepted before are not affected.
    pub(in crate::lab) async fn close(&mut self) {
        let ListenerState::Open { task, .. } =
            std::mem::replace(&mut self.state, ListenerState::Closed { _reserved: None })
        else {
            return;
        };
        task.abort();
        let _aborted = task.await;
        self.state = ListenerState::Closed { _reserved: bind(self.address).ok() };
    }
}

impl Drop for LoopbackPort {
    fn drop(&mut self) {
        if let ListenerState::Open { task, .. } = &self.state {
            task.abort();
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // earlier connections of the port may still be in TIME_WAIT
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn accept_all(
    listener: TcpListener,
    handler: watch::Receiver<ConnectionHandler>,
    mut frozen: watch::Receiver<bool>,
) {
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
                    let current = handler.borrow().clone();
                    (current.0)(stream);
                }
                Err(_) => tokio::time::sleep(ACCEPT_RETRY).await,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncReadExt as _, time::timeout};

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(5);

    fn port() -> (LoopbackPort, watch::Sender<bool>) {
        let (frozen, view) = watch::channel(false);
        (LoopbackPort::new(view, CancellationToken::new()).unwrap(), frozen)
    }

    async fn first_byte(port: &LoopbackPort) -> io::Result<u8> {
        let mut stream = TcpStream::connect(port.address()).await?;
        timeout(TIMEOUT, stream.read_u8()).await?
    }

    fn sending(byte: u8) -> ConnectionHandler {
        ConnectionHandler::new(move |stream| {
            let written = stream.try_write(&[byte]);
            assert!(written.is_ok());
        })
    }

    #[tokio::test]
    async fn a_closed_port_refuses_and_opens_again_with_the_same_number() {
        let (mut port, _frozen) = port();
        let address = port.address();
        for _ in 0..3 {
            assert_eq!(first_byte(&port).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
            port.open(sending(7)).await.unwrap();
            assert_eq!(first_byte(&port).await.unwrap(), 7);
            port.open(sending(8)).await.unwrap();
            assert_eq!(first_byte(&port).await.unwrap(), 8);
            port.close().await;
        }
        assert_eq!(port.address(), address);
    }

    #[tokio::test]
    async fn a_frozen_port_queues_connections_and_serves_them_when_it_thaws() {
        let (mut port, frozen) = port();
        port.open(sending(7)).await.unwrap();
        assert_eq!(first_byte(&port).await.unwrap(), 7);
        frozen.send_replace(true);
        let mut stream = TcpStream::connect(port.address()).await.unwrap();
        assert!(timeout(Duration::from_millis(50), stream.read_u8()).await.is_err());
        frozen.send_replace(false);
        assert_eq!(timeout(TIMEOUT, stream.read_u8()).await.unwrap().unwrap(), 7);
    }
}
