//! The signals that end a session: each leads to the same orderly end.

/// The listeners. Made before anything else, so that no signal finds the default (a sudden end).
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    streams: [(&'static str, tokio::signal::unix::Signal); 3],
}

#[cfg(unix)]
impl Signals {
    /// Listens; needs a tokio runtime.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            streams: [
                ("SIGINT", signal(SignalKind::interrupt())?),
                ("SIGTERM", signal(SignalKind::terminate())?),
                ("SIGHUP", signal(SignalKind::hangup())?),
            ],
        })
    }

    /// Waits for the next signal; gives back its name.
    pub async fn next(&mut self) -> &'static str {
        let [(int, on_int), (term, on_term), (hup, on_hup)] = &mut self.streams;
        tokio::select! {
            _ = on_int.recv() => int,
            _ = on_term.recv() => term,
            _ = on_hup.recv() => hup,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Listens; needs a tokio runtime.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next signal; gives back its name.
    pub async fn next(&mut self) -> &'static str {
        // without a listener the default ends the program, and the intent file tells the next run
        let _ended = tokio::signal::ctrl_c().await;
        "Ctrl-C"
    }
}
