//! The end of a session: what is still owed, and the words on the way out.

use std::{any::Any, io::Write, panic::resume_unwind, time::Duration};

use super::Shown;
use crate::{
    feed::Feed,
    keeper::{DeedError, Keeper},
    tape::TapeEnd,
    tui::TerminalError,
};

/// Time that the tape's disk gets after everything else is done.
pub(super) const TAPE: Duration = Duration::from_millis(750);

/// How a session ended, and who has to make good for it.
#[derive(Debug)]
pub struct Ending {
    shown: Result<Result<Shown, TerminalError>, Box<dyn Any + Send>>,
    keeper: Option<Keeper>,
    feed: Feed,
    tape: Option<TapeEnd>,
}

/// What comes after a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Done,
    /// The operator wants the lab.
    Lab,
}

/// What was left undone.
#[derive(Debug, thiserror::Error)]
pub enum EndingError {
    /// The terminal failed.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// The control plane could not be started.
    #[error("the control plane is still down: {0}; `blackout restore` tries again")]
    Restore(#[from] DeedError),
}

impl Ending {
    pub(super) fn new(
        shown: Result<Result<Shown, TerminalError>, Box<dyn Any + Send>>,
        keeper: Option<Keeper>,
        feed: Feed,
        tape: Option<TapeEnd>,
    ) -> Self {
        Self { shown, keeper, feed, tape }
    }
}

/// Starts the control plane where this session has taken it away and the operator did not decide otherwise; says so on
/// `out`. A panic goes on after that.
pub async fn farewell(ending: Ending, mut out: impl Write) -> Result<Next, EndingError> {
    let Ending { shown, keeper, feed, tape } = ending;
    // the operator was asked on the way out; a signal, a panic and a lost terminal ask nobody
    let decided = matches!(shown, Ok(Ok(Shown::Left(_))));
    let restored = match keeper.filter(|keeper| !decided && keeper.owes_a_restore()) {
        Some(keeper) => {
            // the terminal may be gone: nobody to read it is no reason not to restore
            let _unread = writeln!(out, "Starting the control plane again ...");
            keeper.restore(&feed).await
        }
        None => Ok(None),
    };
    // last of all: a disk that does not answer holds up nothing else
    if let Some(Err(error)) = tape.map(|tape| tape.wait(TAPE)) {
        let _unread = writeln!(out, "{error}");
    }
    let shown = match shown {
        Ok(shown) => shown,
        Err(panic) => resume_unwind(panic),
    };
    let restored = match shown? {
        Shown::Left(started) => Ok(started),
        Shown::WantsLab => return Ok(Next::Lab),
        Shown::Signalled(signal) => {
            let _unread = writeln!(out, "Ended by {signal}.");
            restored
        }
    };
    if let Some(container) = restored? {
        let _unread = writeln!(out, "{container} runs again.");
    }
    Ok(Next::Done)
}
