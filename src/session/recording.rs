//! The tape of a session: begun once the cluster's name is known, and ended for good by the first error.
//!
//! Touches no file: the recorder's thread does.

use std::path::{Path, PathBuf};

use crate::{
    observation::{Stamped, Time},
    tape::{ClosingTape, Overwrite, Recorder, RecorderStatus, TapeFolder, TapeHeader, TapeMode},
    tui,
};

/// Observations that are kept until the tape begins; a session has a few dozen before it knows the cluster.
const MAX_EARLY: usize = 256;

/// Whether and where a session is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingOptions {
    /// The run is not recorded.
    Off,
    /// Recorded into the state directory, which keeps the newest tapes.
    Shelf,
    /// Recorded into this file, which must not exist.
    NewFile(PathBuf),
    /// Recorded into this file, which is overwritten if it exists.
    Replace(PathBuf),
}

/// The tape of a session.
#[derive(Debug)]
pub(super) struct SessionRecording {
    options: RecordingOptions,
    /// Observations from before the tape began, whose header contains the cluster's name.
    early: Vec<Stamped>,
    recorder: Option<Recorder>,
    failed: bool,
}

impl SessionRecording {
    pub(super) fn new(options: RecordingOptions) -> Self {
        Self { options, early: Vec::new(), recorder: None, failed: false }
    }

    /// Begins the tape. Returns why there is none, unless recording is off.
    pub(super) fn begin(
        &mut self,
        started: Time,
        cluster: &str,
        mode: TapeMode,
        state: Option<&Path>,
    ) -> Option<String> {
        let header = TapeHeader::new(started, cluster, mode);
        let recorder = match (&self.options, state) {
            (RecordingOptions::Off, _) => return None,
            (RecordingOptions::NewFile(file), _) => Recorder::start(file, &header, Overwrite::No),
            (RecordingOptions::Replace(file), _) => Recorder::start(file, &header, Overwrite::Yes),
            (RecordingOptions::Shelf, Some(state)) => Recorder::start_in(&TapeFolder::new(state), &header),
            (RecordingOptions::Shelf, None) => {
                self.stop();
                return Some("there is no home directory for the tape".to_owned());
            }
        };
        match recorder {
            Ok(mut recorder) => {
                self.early.drain(..).for_each(|stamped| recorder.record(stamped));
                self.recorder = Some(recorder);
                None
            }
            Err(error) => {
                self.stop();
                Some(error.to_string())
            }
        }
    }

    /// Records an observation. Returns why the tape has ended, once.
    pub(super) fn record(&mut self, stamped: Stamped) -> Option<String> {
        let Some(recorder) = &mut self.recorder else {
            if self.options != RecordingOptions::Off && self.early.len() < MAX_EARLY {
                self.early.push(stamped);
            }
            return None;
        };
        recorder.record(stamped);
        let RecorderStatus::Failed(error) = recorder.status() else { return None };
        self.stop();
        Some(error)
    }

    /// Returns the state that the header shows.
    pub(super) fn state(&self) -> tui::RecordingStatus {
        match (&self.recorder, self.failed) {
            (_, true) => tui::RecordingStatus::Failed,
            (None, false) => tui::RecordingStatus::Off,
            (Some(recorder), false) => match recorder.status() {
                RecorderStatus::Opening => tui::RecordingStatus::Opening,
                RecorderStatus::On { lost: 0 } => tui::RecordingStatus::On,
                RecorderStatus::On { .. } => tui::RecordingStatus::Gaps,
                RecorderStatus::Failed(_) => tui::RecordingStatus::Failed,
            },
        }
    }

    /// Ends the tape. `None` if there is none.
    pub(super) fn close(&mut self) -> Option<ClosingTape> {
        self.recorder.as_mut().and_then(Recorder::close)
    }

    /// Ends the tape for good, without waiting for the recorder's thread.
    fn stop(&mut self) {
        self.failed = true;
        self.options = RecordingOptions::Off;
        self.early = Vec::new();
        let _not_waited_for = self.close();
        self.recorder = None;
    }
}
