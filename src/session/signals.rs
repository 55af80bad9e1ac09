//! Signals that end a session: all lead to the same orderly shutdown.

/// Name of the signal that a closed terminal sends.
pub(super) const HANG_UP: &str = "SIGHUP";

/// Listeners for SIGINT, SIGTERM and SIGHUP. Created before anything else, so that no signal has its default effect.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    streams: [(&'static str, tokio::signal::unix::Signal); 3],
}

#[cfg(unix)]
impl Signals {
    /// Starts to listen. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// A signal handler cannot be installed.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            streams: [
                ("SIGINT", signal(SignalKind::interrupt())?),
                ("SIGTERM", signal(SignalKind::terminate())?),
                (HANG_UP, signal(SignalKind::hangup())?),
            ],
        })
    }

    /// Waits for the next signal and returns its name.
    pub async fn next(&mut self) -> &'static str {
        let [(interrupt, on_interrupt), (terminate, on_terminate), (hang_up, on_hang_up)] = &mut self.streams;
        tokio::select! {
            _ = on_interrupt.recv() => interrupt,
            _ = on_terminate.recv() => terminate,
            _ = on_hang_up.recv() => hang_up,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Starts to listen. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// None on this platform.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next signal and returns its name.
    pub async fn next(&mut self) -> &'static str {
        // without a listener the default ends the program, and the next run finds the intent
        let _ended = tokio::signal::ctrl_c().await;
        "Ctrl-C"
    }
}
