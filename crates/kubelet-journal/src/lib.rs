#![doc = include_str!("../README.md")]
//!
//! # Steps
//!
//! | step | function | result | room |
//! |---|---|---|---|
//! | 1. unwrap the line | [`entry`] | [`Entry`]: host, time, program, message | `line`, `time` |
//! | 2. parse the record | [`record`] | [`Record`]: severity, call site, message, error | `klog` |
//! | 3. classify it | [`read`] | [`Reading`]: activity, symptom, endpoint, wait | `classify` |
//!
//! Beside the steps: [`ExportParser`] for `journalctl -o export`, [`TimeResolver`] for years and zones,
//! [`DuplicateFilter`] and [`RetrySchedule`] for retries, [`VersionClues`] for the kubelet's version, [`explain`] for
//! plain words, [`printable`] for terminals, and [`bulk`] for journals of gigabytes. The grammar of records and sample
//! lines of all forms are on top of the source files `klog.rs` and `line.rs`.

pub mod bulk;
mod classify;
mod explain;
mod klog;
mod line;
mod retry;
mod scan;
mod time;
mod version;

pub use classify::activity::Activity;
pub use classify::error_detail::{ErrorDetail, error_detail};
pub use classify::read::read;
pub use classify::reading::Reading;
pub use classify::reflector::ReflectorStage;
pub use classify::symptom::Symptom;
pub use explain::{Explanation, explain};
pub use klog::header::has_header;
pub use klog::parse::record;
pub use klog::record::{CallSite, Form, Record};
pub use klog::severity::Severity;
pub use line::entry::{Entry, LONGEST_LINE};
pub use line::export::{ExportParser, is_export};
pub use line::parse::entry;
pub use line::printable::{printable, visible_symbol};
pub use line::program::is_kubelet;
pub use retry::duplicate::{DuplicateFilter, DuplicateKey};
pub use retry::schedule::RetrySchedule;
pub use time::header_time::{HeaderTime, RecordTime};
pub use time::resolver::{Moment, TimeResolver, YearHint};
pub use time::timestamp::Timestamp;
pub use version::{MinorVersions, VersionClues};
