//! Lines that are quoted as evidence: the first of each symptom in each outage.

use std::{collections::VecDeque, sync::Arc};

use crate::{observation::Time, world::LaneId};

/// Excerpts of one input that are kept; the oldest is dropped first.
const MOST_EXCERPTS: usize = 4_000;

/// Bytes of a message that are kept: what two rows of a wide terminal show, and the end of the error.
const LONGEST_EXCERPT: usize = 600;

/// A line that was the first of a symptom in an outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) time: Time,
    pub(crate) worker: Arc<str>,
    pub(crate) lane: LaneId,
    /// Number of the line in its input, from 1.
    pub(crate) line: u64,
    /// Beginning of the message, which may contain control characters.
    pub(crate) message: Box<str>,
}

/// The excerpts of one input.
#[derive(Debug, Default)]
pub(crate) struct Excerpts {
    excerpts: VecDeque<Excerpt>,
}

impl Excerpts {
    /// Adds a line; `message` is cut to [`LONGEST_EXCERPT`] bytes.
    pub(crate) fn add(&mut self, time: Time, worker: &Arc<str>, lane: LaneId, line: u64, message: &str) {
        if self.excerpts.len() == MOST_EXCERPTS {
            self.excerpts.pop_front();
        }
        let message = message[..message.floor_char_boundary(LONGEST_EXCERPT)].into();
        self.excerpts.push_back(Excerpt { time, worker: Arc::clone(worker), lane, line, message });
    }
}

impl IntoIterator for Excerpts {
    type Item = Excerpt;
    type IntoIter = std::collections::vec_deque::IntoIter<Excerpt>;

    fn into_iter(self) -> Self::IntoIter {
        self.excerpts.into_iter()
    }
}
