//! Raw lines of kubelet journals.

use serde::{Deserialize, Serialize};

/// One line of a kubelet's journal, in the form in which it was read (`journalctl -o json`, `-o short`, plain klog, …).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// Name of the worker.
    pub worker: String,
    /// The line without its line end; invalid UTF-8 is replaced by U+FFFD.
    pub line: String,
}
