//! One line of a journal: who wrote it, when, and the message inside its wrapping.
//!
//! ```text
//! short      Dec 28 16:08:57 worker2 kubelet[228]: E1228 16:08:57.706942     228 controller.go:145] "Failed …
//! short-iso  2024-12-28T16:08:57+0000 worker2 kubelet[228]: E1228 …
//! syslog     <30>1 2024-12-28T16:08:57Z worker2 kubelet 228 - - E1228 …
//! json       {"__REALTIME_TIMESTAMP":"1735402137706942","_HOSTNAME":"worker2","MESSAGE":"E1228 …"}
//! CRI        2024-12-28T16:08:57.706942Z stderr F E1228 …
//! docker     {"log":"E1228 …\n","stream":"stderr","time":"2024-12-28T16:08:57.706942Z"}
//! ```
//!
//! Each line is recognized by itself, so that files of mixed forms need no option. `parse.rs` dispatches; text and JSON
//! know each other only through it. The exception is `-o export`, whose records have many lines:
//! [`ExportParser`](crate::ExportParser).
//!
//! Sources: `src/shared/logs-show.c` of systemd (the forms of `journalctl -o`), RFC 3164 and RFC 5424 (syslog),
//! `pkg/kubelet/kuberuntime/logs/logs.go` of Kubernetes (CRI), `daemon/logger/jsonfilelog` of moby (docker).

pub(crate) mod entry;
pub(crate) mod export;
pub(crate) mod json_line;
pub(crate) mod parse;
pub(crate) mod printable;
pub(crate) mod program;
pub(crate) mod text_line;
