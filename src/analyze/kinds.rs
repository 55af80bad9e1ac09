//! The kinds of lines there are: what is the same in all lines that differ only in who wrote them and when.
//!
//! An outage has some dozen kinds and millions of lines. Each kind has a number, the same for all threads; so a line needs no memory of its
//! own between reading and folding. Their number is bounded: what comes after [`MOST`] loses its names, never its meaning.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::Duration;

use super::wrapped::Alone;
use crate::kubelet::{
    Activity, DuplicateKey, ErrorDetail, MinorVersions, Reading, Record, ReflectorStage, Severity, Symptom,
    error_detail,
};

/// Kinds that are told apart.
const MOST: usize = 4_096;

/// What is the same in all lines of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) control_plane: bool,
    pub(super) activity: Activity,
    pub(super) symptom: Symptom,
    pub(super) resource: Option<Arc<str>>,
    pub(super) retry_in: Option<Duration>,
    pub(super) nuance: Option<ErrorDetail>,
}

impl Kind {
    fn is_of(&self, reading: &Reading<'_>, nuance: Option<ErrorDetail>) -> bool {
        self.control_plane == reading.control_plane
            && self.activity == reading.activity
            && self.symptom == reading.symptom
            && self.nuance == nuance
            && (!self.control_plane
                || self.resource.as_deref() == reading.resource.as_deref()
                    && self.retry_in == reading.retry_in.and_then(|wait| Duration::from_std(wait).ok()))
    }

    fn of(reading: &Reading<'_>, nuance: Option<ErrorDetail>, named: bool) -> Self {
        let named = named && reading.control_plane;
        Self {
            control_plane: reading.control_plane,
            activity: reading.activity,
            symptom: reading.symptom,
            resource: reading.resource.as_deref().filter(|_| named).map(Arc::from),
            retry_in: reading.retry_in.filter(|_| named).and_then(|wait| Duration::from_std(wait).ok()),
            nuance,
        }
    }
}

/// The number of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KindId(u32);

impl KindId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// All kinds met so far.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    all: Mutex<Vec<Arc<Kind>>>,
}

impl Kinds {
    fn id(&self, reading: &Reading<'_>, nuance: Option<ErrorDetail>) -> (KindId, Arc<Kind>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let named = all.len() < MOST;
        let kind = Kind::of(reading, nuance, named);
        let found = all.iter().position(|known| **known == kind);
        let index = found.unwrap_or_else(|| {
            all.push(Arc::new(kind));
            all.len() - 1
        });
        (KindId(index as u32), Arc::clone(&all[index]))
    }

    pub(super) fn get(&self, id: KindId) -> Arc<Kind> {
        Arc::clone(&self.all.lock().unwrap_or_else(PoisonError::into_inner)[id.index()])
    }
}

/// What is made of a line when it is read, and kept for the next line like it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) kind: KindId,
    pub(super) activity: Activity,
    pub(super) twin: Option<(DuplicateKey, ReflectorStage)>,
    pub(super) minors: Option<MinorVersions>,
    pub(super) alone: Alone,
    /// It tells of something that went wrong.
    pub(super) trouble: bool,
    /// It has a call site, or speaks of a kubelet's failed call: a sign of a kubelet's journal.
    pub(super) is_sign: bool,
    /// Its message has a word of a failure.
    pub(super) speaks: bool,
}

/// Makes lines into kinds, for one thread.
#[derive(Default)]
pub(super) struct Sorter {
    known: Vec<(KindId, Arc<Kind>)>,
}

impl Sorter {
    pub(super) fn make(&mut self, kinds: &Kinds, record: &Record<'_>, reading: &Reading<'_>) -> Made {
        let nuance = error_detail(record, reading);
        let known = self.known.iter().find(|(_, kind)| kind.is_of(reading, nuance)).map(|(id, _)| *id);
        let kind = known.unwrap_or_else(|| {
            let (id, kind) = kinds.id(reading, nuance);
            self.known.push((id, kind));
            id
        });
        Made {
            kind,
            activity: reading.activity,
            twin: DuplicateKey::of(reading).zip(reading.stage).filter(|_| reading.control_plane),
            minors: MinorVersions::of(record),
            alone: Alone::of(record, reading),
            trouble: reading.symptom != Symptom::None
                || reading.severity.is_some_and(|severity| severity != Severity::Info),
            is_sign: record.call_site.is_some() || reading.control_plane,
            speaks: false,
        }
    }
}
