//! Kinds of lines: the lines that differ only in who wrote them and when have one kind.
//!
//! An outage has some dozen kinds and millions of lines. A kind is a number, the same on all threads, so a line costs
//! no memory of its own between the scan and the fold. The number of kinds is bounded: after [`MOST_KINDS`] new ones
//! lose their resource and wait, and keep what decides lanes and counts.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::Duration;

use crate::{
    analyze::input::continuation::LineTraits,
    kubelet::{
        Activity, DuplicateKey, ErrorDetail, MinorVersions, Reading, Record, ReflectorStage, Severity, Symptom,
        error_detail,
    },
};

/// Kinds that are distinguished by resource and wait. A kubelet has some hundred; hostile input has any number.
const MOST_KINDS: usize = 4_096;

/// The part of a reading that all lines of a kind share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineKind {
    pub(crate) control_plane: bool,
    pub(crate) activity: Activity,
    pub(crate) symptom: Symptom,
    /// Resource of a watch; `None` if the line names none.
    pub(crate) resource: Option<Arc<str>>,
    /// Wait that the line announces; `None` if it announces none.
    pub(crate) retry_in: Option<Duration>,
    /// Detail of the error; `None` if it has none of interest.
    pub(crate) error_detail: Option<ErrorDetail>,
}

impl LineKind {
    fn new(reading: &Reading<'_>, error_detail: Option<ErrorDetail>, is_named: bool) -> Self {
        let is_named = is_named && reading.control_plane;
        Self {
            control_plane: reading.control_plane,
            activity: reading.activity,
            symptom: reading.symptom,
            resource: reading.resource.as_deref().filter(|_| is_named).map(Arc::from),
            retry_in: announced_wait(reading).filter(|_| is_named),
            error_detail,
        }
    }

    fn is_of(&self, reading: &Reading<'_>, error_detail: Option<ErrorDetail>) -> bool {
        self.control_plane == reading.control_plane
            && self.activity == reading.activity
            && self.symptom == reading.symptom
            && self.error_detail == error_detail
            && (!self.control_plane
                || self.resource.as_deref() == reading.resource.as_deref() && self.retry_in == announced_wait(reading))
    }
}

fn announced_wait(reading: &Reading<'_>) -> Option<Duration> {
    reading.retry_in.and_then(|wait| Duration::from_std(wait).ok())
}

/// The number of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineKindId(u32);

impl LineKindId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Numbers the kinds, for all threads.
#[derive(Debug, Default)]
pub(crate) struct KindInterner {
    kinds: Mutex<Vec<Arc<LineKind>>>,
}

impl KindInterner {
    fn intern(&self, reading: &Reading<'_>, error_detail: Option<ErrorDetail>) -> (LineKindId, Arc<LineKind>) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = LineKind::new(reading, error_detail, kinds.len() < MOST_KINDS);
        let index = kinds.iter().position(|known| **known == kind).unwrap_or_else(|| {
            kinds.push(Arc::new(kind));
            kinds.len() - 1
        });
        (LineKindId(index as u32), Arc::clone(&kinds[index]))
    }

    /// Returns the kind with this number.
    pub(crate) fn get(&self, id: LineKindId) -> Arc<LineKind> {
        Arc::clone(&self.kinds.lock().unwrap_or_else(PoisonError::into_inner)[id.index()])
    }
}

/// Facts about a message that hold for every line with the same one; kept in a
/// [`ReadingCache`](crate::kubelet::bulk::ReadingCache).
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineFacts {
    pub(crate) kind: LineKindId,
    pub(crate) activity: Activity,
    /// Key and stage by which a failure that is logged twice is found; `None` if the line is not a reflector's.
    pub(crate) duplicate: Option<(DuplicateKey, ReflectorStage)>,
    /// Versions of Kubernetes that write this line; `None` if it is no clue.
    pub(crate) minor_versions: Option<MinorVersions>,
    pub(crate) traits: LineTraits,
    /// Whether the line is a warning or an error, or names a symptom.
    pub(crate) is_problem: bool,
    /// Whether the line shows that the input is a kubelet's journal: a call site, or a kubelet's failed call.
    pub(crate) is_journal_sign: bool,
    /// Whether the message has a word of a failure.
    pub(crate) is_candidate: bool,
}

/// Derives the facts of messages, for one thread, which asks the [`KindInterner`] once for each kind.
#[derive(Default)]
pub(crate) struct KindCache {
    kinds: Vec<(LineKindId, Arc<LineKind>)>,
}

impl KindCache {
    /// Returns the facts of a message.
    pub(crate) fn facts(
        &mut self,
        interner: &KindInterner,
        record: &Record<'_>,
        reading: &Reading<'_>,
        is_candidate: bool,
    ) -> LineFacts {
        LineFacts {
            kind: self.kind(interner, reading, error_detail(record, reading)),
            activity: reading.activity,
            duplicate: DuplicateKey::of(reading).zip(reading.stage).filter(|_| reading.control_plane),
            minor_versions: MinorVersions::of(record),
            traits: LineTraits::of(record, reading),
            is_problem: reading.symptom != Symptom::None
                || reading.severity.is_some_and(|severity| severity != Severity::Info),
            is_journal_sign: record.call_site.is_some() || reading.control_plane,
            is_candidate,
        }
    }

    fn kind(
        &mut self,
        interner: &KindInterner,
        reading: &Reading<'_>,
        error_detail: Option<ErrorDetail>,
    ) -> LineKindId {
        if let Some((id, _)) = self.kinds.iter().find(|(_, kind)| kind.is_of(reading, error_detail)) {
            return *id;
        }
        let (id, kind) = interner.intern(reading, error_detail);
        self.kinds.push((id, kind));
        id
    }
}
