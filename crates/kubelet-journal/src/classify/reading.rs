//! The type of a reading: the meaning of one line. How it is found is in `read.rs`.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::classify::activity::Activity;
use crate::classify::reflector::ReflectorStage;
use crate::classify::symptom::Symptom;
use crate::klog::record::CallSite;
use crate::klog::severity::Severity;
use crate::scan::owned;
use crate::time::header_time::HeaderTime;

/// The meaning of one line of a kubelet's journal; it borrows from the line and allocates nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading<'a> {
    /// Whether the line reports a failed call of a kubelet to its API server, or sums several up.
    pub control_plane: bool,
    /// The work that the line is about.
    pub activity: Activity,
    /// The way in which the call failed.
    pub symptom: Symptom,
    /// The Go type of the object, as client-go writes it: `*v1.Pod`; `None` if the line names none.
    pub resource: Option<Cow<'a, str>>,
    /// The endpoint of the failed call: `host:port`, or the name that was looked up; `None` if the error names none.
    pub endpoint: Option<Cow<'a, str>>,
    /// The wait before the next try; `None` if the line does not announce it.
    pub retry_in: Option<Duration>,
    /// klog's severity; `None` if the record has no klog header.
    pub severity: Option<Severity>,
    /// The call site; `None` if the record names none.
    #[serde(rename = "source")]
    pub call_site: Option<CallSite<'a>>,
    /// The reflector's name (`object-"ns"/"name"`, `k8s.io/client-go/informers/factory.go:160`), escaped as in the
    /// line; `None` if the line is not a reflector's.
    #[serde(skip)]
    pub reflector: Option<Cow<'a, str>>,
    /// The stage of its loop at which a reflector failed; `None` if the line is not a reflector's.
    #[serde(skip)]
    pub stage: Option<ReflectorStage>,
    /// The time in the klog header; `None` if the record has no such header.
    #[serde(skip)]
    pub header_time: Option<HeaderTime>,
}

impl Reading<'_> {
    /// Copies the reading, so that it borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Reading<'static> {
        let Self {
            control_plane,
            activity,
            symptom,
            resource,
            endpoint,
            retry_in,
            severity,
            call_site,
            reflector,
            stage,
            header_time,
        } = self;
        Reading {
            control_plane,
            activity,
            symptom,
            resource: resource.map(owned),
            endpoint: endpoint.map(owned),
            retry_in,
            severity,
            call_site: call_site.map(|CallSite { file, line }| CallSite { file: owned(file), line }),
            reflector: reflector.map(owned),
            stage,
            header_time,
        }
    }
}
