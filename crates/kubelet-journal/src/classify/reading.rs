//! What a line means: the answer that all this module is for.
//!
//! A reading borrows from its line and allocates nothing; [`Reading::into_owned`] is for those who keep it. How it is found is in
//! `judge.rs`.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::classify::activity::Activity;
use crate::classify::reflector::Stage;
use crate::classify::symptom::Symptom;
use crate::klog::severity::Severity;
use crate::klog::text::{Clock, Source};
use crate::line::entry::owned;

/// What one line of a kubelet's journal means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading<'a> {
    /// The line reports a failed call of a kubelet to its API server, or sums such failures up.
    pub control_plane: bool,
    /// What the kubelet was doing.
    pub activity: Activity,
    /// How it failed.
    pub symptom: Symptom,
    /// The Go type of the object, as client-go writes it: `*v1.Pod`.
    pub resource: Option<Cow<'a, str>>,
    /// Whom the call wanted to reach: `host:port`, or the name that was looked up.
    pub target: Option<Cow<'a, str>>,
    /// The wait until the next try, where the line says it.
    pub retry_in: Option<Duration>,
    /// klog's severity.
    pub severity: Option<Severity>,
    /// The call site.
    pub source: Option<Source<'a>>,
    /// The reflector's name (`object-"ns"/"name"`, `k8s.io/client-go/informers/factory.go:160`), escaped as in the line.
    #[serde(skip)]
    pub reflector: Option<Cow<'a, str>>,
    /// Where in its loop a reflector failed.
    #[serde(skip)]
    pub stage: Option<Stage>,
    /// klog's own time.
    #[serde(skip)]
    pub clock: Option<Clock>,
}

impl Reading<'_> {
    /// The same reading, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Reading<'static> {
        let Self {
            control_plane,
            activity,
            symptom,
            resource,
            target,
            retry_in,
            severity,
            source,
            reflector,
            stage,
            clock,
        } = self;
        Reading {
            control_plane,
            activity,
            symptom,
            resource: resource.map(owned),
            target: target.map(owned),
            retry_in,
            severity,
            source: source.map(|Source { file, line }| Source { file: owned(file), line }),
            reflector: reflector.map(owned),
            stage,
            clock,
        }
    }
}
