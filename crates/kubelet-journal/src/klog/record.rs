//! The types of a parsed record. How each form is parsed is in `text.rs`, `json.rs` and `logrus.rs`.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::klog::severity::Severity;
use crate::time::header_time::{HeaderTime, RecordTime};

/// The message with which `HandleError` of k8s.io/apimachinery's `util/runtime/runtime.go` logs any error since 1.31.
pub(crate) const UNHANDLED_ERROR: &str = "Unhandled Error";

/// The form in which a record is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// klog's text: `E1228 … file.go:1] text`.
    Text,
    /// klog's structured text: `E1228 … file.go:1] "message" key="value"`.
    Structured,
    /// klog's JSON, one object: `{"ts":…,"caller":"file.go:1","msg":"message"}`.
    Json,
    /// logrus, of k3s, RKE2 and containerd: `time="…" level=error msg="…"`.
    Logrus,
    /// A message without a header: a continuation, a line of another program, or a damaged line.
    #[default]
    Headerless,
}

/// The place in the source code that wrote a record; displayed and serialized as `file.go:123`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallSite<'a> {
    /// The file's name without its directory.
    pub file: Cow<'a, str>,
    /// The line number in the file.
    pub line: u32,
}

impl fmt::Display for CallSite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Serialize for CallSite<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A parsed record, borrowed from its message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// The form in which the record is written.
    pub form: Form,
    /// klog's severity; `None` for JSON, logrus and headerless records.
    pub severity: Option<Severity>,
    /// The time in the klog header; `None` if the record has no such header.
    pub header_time: Option<HeaderTime>,
    /// The time in klog's JSON or in logrus, in microseconds since 1970; `None` for the other forms.
    pub epoch_micros: Option<i64>,
    /// The process ID; `None` if the header has none (klog's JSON, logrus, headerless records).
    pub pid: Option<u32>,
    /// The call site; `None` for logrus and headerless records.
    pub call_site: Option<CallSite<'a>>,
    /// The program's name before the header; `None` if there is none, which is usual.
    ///
    /// Several components that share a process have one (MicroShift), and so does a record of a program that is not a
    /// kubelet.
    pub program: Option<&'a str>,
    /// The message; in the structured forms its value, still escaped.
    pub message: &'a str,
    /// The text after the message, which holds the keys and values; klog's JSON is here as a whole.
    pub pairs: &'a str,
    /// The error's value, still escaped; `None` if no key holds one, as in klog's text.
    pub error: Option<&'a str>,
    /// Whether the record was cut: its last value has no end, or a pager's mark (`>`) stands there.
    pub cut: bool,
}

impl<'a> Record<'a> {
    /// Returns the time inside the record.
    #[must_use]
    pub const fn time(&self) -> RecordTime {
        RecordTime { header: self.header_time, epoch_micros: self.epoch_micros }
    }

    /// Returns the message and the error; for an unhandled error its text, which holds both.
    pub(crate) fn message_and_error(&self) -> (&'a str, Option<&'a str>) {
        match self.error {
            Some(inner) if self.message == UNHANDLED_ERROR => (inner, None),
            error => (self.message, error),
        }
    }
}
