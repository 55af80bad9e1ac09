//! The limits of a tape, which bound the memory of a replay whatever the file holds.
//!
//! The limits keep a replay or report, with the world folded from the tape, under 500 MB of memory. They are counted,
//! not measured, so that a tape is cut at the same line on every machine.

use std::{collections::HashSet, fmt, hash::BuildHasher as _};

use foldhash::fast::FixedState;

use crate::observation::{Observation, Stamped, Time};

/// Memory of a tape's observations in bytes, as [`Observation::heap_bytes`] counts it. A day of a kind cluster with
/// three workers takes 150 MB, an incident's journal some 500 bytes a line.
const MAX_MEMORY: usize = 240 << 20;

/// Text that is read, in bytes after decompression; 70 kB of zstd can decompress to gigabytes.
pub(super) const MAX_TEXT: u64 = 1 << 30;

/// Number of nodes and workers; Kubernetes supports 5,000 nodes in a cluster.
const MAX_NODES: usize = 5_000;

/// Number of marks; a person sets some dozens.
const MAX_MARKS: usize = 10_000;

/// Memory that a world takes for each node, in bytes: two minutes of traffic slots, lanes, lines to find duplicates of.
const NODE_MEMORY: usize = 8 << 10;

/// A limit of a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapeLimit {
    /// The memory of the observations.
    Memory,
    /// The length of the text after decompression.
    Text,
    /// The number of different nodes and workers.
    Nodes,
    /// The number of marks.
    Marks,
}

impl fmt::Display for TapeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => write!(f, "{} MB of memory", MAX_MEMORY >> 20),
            Self::Text => write!(f, "{} MB of text after decompression", MAX_TEXT >> 20),
            Self::Nodes => write!(f, "{MAX_NODES} nodes and workers"),
            Self::Marks => write!(f, "{MAX_MARKS} marks"),
        }
    }
}

/// Where a tape was cut, and the limit that it exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapeCut {
    /// The first line that does not play, counted from 1.
    pub line: u64,
    /// The time of the last line that plays.
    pub at: Time,
    /// The limit that the tape exceeds.
    pub limit: TapeLimit,
}

impl fmt::Display for TapeCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, at, limit } = self;
        let at = at.format("%Y-%m-%dT%H:%M:%SZ");
        write!(f, "the tape is cut at line {line} ({at}): it exceeds the limit of {limit}")
    }
}

/// The part of the limits that the observations read so far use.
#[derive(Debug, Default)]
pub(super) struct TapeBudget {
    memory: usize,
    nodes: HashSet<u64>,
    hasher: FixedState,
    marks: usize,
}

impl TapeBudget {
    /// Adds an observation.
    ///
    /// # Errors
    ///
    /// The limit that it exceeds.
    pub(super) fn add(&mut self, observation: &Observation) -> Result<(), TapeLimit> {
        let before = self.nodes.len();
        observation.for_each_node_name(|node| {
            if self.nodes.len() <= MAX_NODES {
                self.nodes.insert(self.hasher.hash_one(node));
            }
        });
        self.marks += usize::from(matches!(observation, Observation::Mark { .. }));
        let lasting = (self.nodes.len() - before) * NODE_MEMORY + observation.heap_bytes() * copies(observation);
        self.memory += size_of::<Stamped>() + observation.heap_bytes() + lasting;
        if self.nodes.len() > MAX_NODES {
            Err(TapeLimit::Nodes)
        } else if self.marks > MAX_MARKS {
            Err(TapeLimit::Marks)
        } else if self.memory > MAX_MEMORY {
            Err(TapeLimit::Memory)
        } else {
            Ok(())
        }
    }
}

/// Returns how many copies of an observation the world may keep.
fn copies(observation: &Observation) -> usize {
    match observation {
        // the containers that ended, and those that were started
        Observation::Runtime(_) => 2,
        // key and value, in the world at the playhead and in the one at the end
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
