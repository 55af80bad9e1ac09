//! The keeper of promise 3: a control plane that was taken away comes back.
//!
//! It alone carries out deeds, one at a time, and knows whether a fault is outstanding. Before a fault it writes an
//! intent file, and deletes it when the fault is undone; a run that was killed leaves it behind for the next start. It
//! draws nothing and decides nothing: when to restore is the session's business.

mod hands;
mod intent;

use std::{path::PathBuf, sync::Arc};

pub use hands::{DeedError, Hands};
pub use intent::{Intent, IntentError};
use tokio::sync::Mutex;

use crate::{
    feed::Feed,
    observation::{Deed, Observation, Operator, OperatorPhase},
};

/// Tries of a restore before it is given up: an engine under load may refuse once.
const TRIES: u32 = 3;

/// Carries out deeds. Copies share one queue.
#[derive(Debug, Clone)]
pub struct Keeper {
    hands: Hands,
    cluster: String,
    folder: Option<PathBuf>,
    /// The fault that is outstanding; the lock is held while a deed is under way, so that deeds queue up.
    outstanding: Arc<Mutex<Option<Outstanding>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Outstanding {
    deed: Deed,
    container: String,
}

impl Keeper {
    /// A keeper of one cluster; intents go to `folder`, if there is one.
    pub fn new(hands: Hands, cluster: impl Into<String>, folder: Option<PathBuf>) -> Self {
        Self { hands, cluster: cluster.into(), folder, outstanding: Arc::default() }
    }

    /// The intent that an earlier run left behind, if it was not undone.
    pub fn left_behind(&self) -> Option<Intent> {
        Intent::read(self.folder.as_deref()?, &self.cluster)
    }

    /// Does `deed` to `container` and says what comes of it through `feed`. Waits for the deed under way.
    pub async fn carry_out(&self, deed: Deed, container: &str, feed: &Feed) {
        let mut outstanding = self.outstanding.lock().await;
        say(feed, deed, container, OperatorPhase::Requested).await;
        let done = self.perform(deed, container, &mut outstanding).await;
        say(feed, deed, container, phase(&done)).await;
    }

    async fn perform(
        &self,
        deed: Deed,
        container: &str,
        outstanding: &mut Option<Outstanding>,
    ) -> Result<(), DeedError> {
        if deed == Deed::Restore {
            self.hands.carry_out(Deed::Restore, container).await?;
            *outstanding = None;
            self.forget();
            return Ok(());
        }
        let intent = Intent { cluster: self.cluster.clone(), container: container.to_owned(), deed };
        if let Some(folder) = &self.folder
            && let Err(error) = intent.write(folder)
        {
            // the show goes on: only a kill of this very process would need the file
            tracing::warn!("{error}");
        }
        // outstanding from before the engine is asked: a stop that fails half-way still needs its restore
        *outstanding = Some(Outstanding { deed, container: container.to_owned() });
        let done = self.hands.carry_out(deed, container).await;
        if matches!(&done, Err(error) if error.touched_nothing()) {
            *outstanding = None;
            self.forget();
        }
        done
    }

    /// Undoes what is outstanding, after the deed under way is over, and says so through `feed`; gives back the
    /// container that was started, or nothing where nothing was outstanding.
    pub async fn restore(&self, feed: &Feed) -> Result<Option<String>, DeedError> {
        let mut outstanding = self.outstanding.lock().await;
        let Some(Outstanding { container, .. }) = outstanding.clone() else { return Ok(None) };
        say(feed, Deed::Restore, &container, OperatorPhase::Requested).await;
        let mut tries = 1;
        let mut done = self.perform(Deed::Restore, &container, &mut outstanding).await;
        while let Err(error) = &done
            && tries < TRIES
        {
            tracing::warn!("{error}; once more");
            tries += 1;
            done = self.perform(Deed::Restore, &container, &mut outstanding).await;
        }
        say(feed, Deed::Restore, &container, phase(&done)).await;
        done.map(|()| Some(container))
    }

    /// Whether there is something to undo, also while the deed is still under way.
    pub fn owes_a_restore(&self) -> bool {
        self.outstanding.try_lock().map_or(true, |outstanding| outstanding.is_some())
    }

    /// The operator leaves the control plane as it is, for good.
    pub async fn leave(&self) {
        *self.outstanding.lock().await = None;
        self.forget();
    }

    fn forget(&self) {
        if let Some(folder) = &self.folder {
            Intent::delete(folder, &self.cluster);
        }
    }
}

/// What came of a deed.
fn phase(done: &Result<(), DeedError>) -> OperatorPhase {
    match done {
        Ok(()) => OperatorPhase::Done,
        Err(error) => {
            tracing::error!("{error}");
            OperatorPhase::Failed { error: error.to_string() }
        }
    }
}

/// Says how far a deed is. Whoever listens may be gone, as after a signal; the deed is done all the same.
async fn say(feed: &Feed, deed: Deed, container: &str, phase: OperatorPhase) {
    let step = Operator { deed, container: container.to_owned(), phase };
    let _closed = feed.say(Observation::Operator(step)).await;
}
