//! The limits of a tape: what may be read into memory, whatever a file holds.
//!
//! The limits keep a replay and a report under 500 MB of memory together with the world that is folded from the tape.
//! They are counted, not measured, so that one tape is cut at one line on every machine.

use std::{collections::HashSet, fmt, hash::BuildHasher as _};

use foldhash::fast::FixedState;

use crate::observation::{Observation, Stamped, Time};

/// Bytes of memory for the observations of a tape, as [`Observation::heap_bytes`] counts them. A day of a kind cluster
/// with three workers takes 150 MB, an incident's journal some 500 bytes a line.
const MEMORY: usize = 240 << 20;

/// Bytes of text that are read, unpacked; 70 kB of zstd can unpack to gigabytes of nothing.
pub(super) const TEXT: u64 = 1 << 30;

/// Nodes and workers; Kubernetes supports 5,000 nodes in a cluster.
const NODES: usize = 5_000;

/// Marks; a person sets some dozens.
const MARKS: usize = 10_000;

/// Bytes that a world keeps for each node beside the observations: two minutes of traffic slots, lanes, twins.
const NODE: usize = 8 << 10;

/// The limit at which a tape was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The memory of its observations.
    Memory,
    /// The text, unpacked.
    Text,
    /// The number of different nodes and workers.
    Nodes,
    /// The number of marks.
    Marks,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => write!(f, "{} MB of memory", MEMORY >> 20),
            Self::Text => write!(f, "{} MB of text, unpacked", TEXT >> 20),
            Self::Nodes => write!(f, "{NODES} nodes and workers"),
            Self::Marks => write!(f, "{MARKS} marks"),
        }
    }
}

/// Where a tape was cut, and at which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The first line that does not play, counted from 1.
    pub line: u64,
    /// The time of the last line that plays.
    pub at: Time,
    /// The limit.
    pub limit: Limit,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, at, limit } = self;
        let at = at.format("%Y-%m-%dT%H:%M:%SZ");
        write!(f, "the tape is cut at line {line} ({at}): it has more than {limit}, the most that is played")
    }
}

/// What has been read so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    memory: usize,
    nodes: HashSet<u64>,
    hasher: FixedState,
    marks: usize,
}

impl Budget {
    /// Takes an observation into account.
    ///
    /// # Errors
    ///
    /// The limit that it goes beyond.
    pub(super) fn take(&mut self, observation: &Observation) -> Result<(), Limit> {
        let before = self.nodes.len();
        observation.for_each_node_name(|node| {
            if self.nodes.len() <= NODES {
                self.nodes.insert(self.hasher.hash_one(node));
            }
        });
        self.marks += usize::from(matches!(observation, Observation::Mark { .. }));
        let lasting = (self.nodes.len() - before) * NODE + observation.heap_bytes() * copies(observation);
        self.memory += size_of::<Stamped>() + observation.heap_bytes() + lasting;
        if self.nodes.len() > NODES {
            Err(Limit::Nodes)
        } else if self.marks > MARKS {
            Err(Limit::Marks)
        } else if self.memory > MEMORY {
            Err(Limit::Memory)
        } else {
            Ok(())
        }
    }
}

/// How often the world may keep a fact, in its parts and in its outages.
fn copies(observation: &Observation) -> usize {
    match observation {
        // what ended and what was started
        Observation::Runtime(_) => 2,
        // its key and the fact, in the world of the playhead and in that of the end
        Observation::Pod(_) => 5,
        Observation::Cluster(_) | Observation::Source(_) | Observation::Mark { .. } => 1,
        Observation::Container(_)
        | Observation::EngineEvent(_)
        | Observation::Journal(_)
        | Observation::JournalDropped { .. }
        | Observation::Node(_)
        | Observation::Lease { .. }
        | Observation::Gone { .. }
        | Observation::Listed(_)
        | Observation::Health(_)
        | Observation::Write(_)
        | Observation::Leader(_)
        | Observation::Traffic(_)
        | Observation::Operator(_)
        | Observation::TimeJump(_) => 0,
    }
}
