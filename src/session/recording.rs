//! The tape of a session: begun once the cluster has a name, and given up, once and for all, at the first error. Nothing
//! here touches a file; the recorder's thread does.

use std::path::{Path, PathBuf};

use crate::{
    observation::{Stamped, Time},
    tape::{ClosingTape, Overwrite, Recorder, RecorderStatus, TapeFolder, TapeHeader, TapeMode},
    tui,
};

/// Observations kept until there is a tape.
const EARLY: usize = 256;

/// Where the tape goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingOptions {
    /// Nowhere.
    Off,
    /// Into the state folder, among the newest.
    Shelf,
    /// Into this new file.
    NewFile(PathBuf),
    /// Into this file, in the place of one that exists.
    Replace(PathBuf),
}

/// The tape of a session.
#[derive(Debug)]
pub(super) struct SessionRecording {
    wish: RecordingOptions,
    /// What was said before there was a tape: its header needs the cluster's name.
    early: Vec<Stamped>,
    recorder: Option<Recorder>,
    failed: bool,
}

impl SessionRecording {
    pub(super) fn new(wish: RecordingOptions) -> Self {
        Self { wish, early: Vec::new(), recorder: None, failed: false }
    }

    /// Begins the tape; gives back why there is none, if there should be one.
    pub(super) fn begin(
        &mut self,
        started: Time,
        cluster: &str,
        mode: TapeMode,
        state: Option<&Path>,
    ) -> Option<String> {
        let header = TapeHeader::new(started, cluster, mode);
        let begun = match (&self.wish, state) {
            (RecordingOptions::Off, _) => return None,
            (RecordingOptions::NewFile(file), _) => Recorder::start(file, &header, Overwrite::No),
            (RecordingOptions::Replace(file), _) => Recorder::start(file, &header, Overwrite::Yes),
            (RecordingOptions::Shelf, Some(state)) => Recorder::start_in(&TapeFolder::new(state), &header),
            (RecordingOptions::Shelf, None) => {
                self.give_up();
                return Some("there is no home folder for the tape".to_owned());
            }
        };
        match begun {
            Ok(mut recorder) => {
                self.early.drain(..).for_each(|stamped| recorder.record(stamped));
                self.recorder = Some(recorder);
                None
            }
            Err(error) => {
                self.give_up();
                Some(error.to_string())
            }
        }
    }

    /// Puts an observation on the tape; gives back why there is no tape any more, once.
    pub(super) fn take(&mut self, stamped: Stamped) -> Option<String> {
        match &mut self.recorder {
            Some(recorder) => {
                recorder.record(stamped);
                let RecorderStatus::Failed(error) = recorder.status() else { return None };
                self.give_up();
                Some(error)
            }
            None => {
                if self.wish != RecordingOptions::Off && self.early.len() < EARLY {
                    self.early.push(stamped);
                }
                None
            }
        }
    }

    /// How it is going, for the header.
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

    fn give_up(&mut self) {
        self.failed = true;
        self.wish = RecordingOptions::Off;
        self.early = Vec::new();
        // what its thread still does, nobody waits for
        let _given_up = self.close();
        self.recorder = None;
    }
}
