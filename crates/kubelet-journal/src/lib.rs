//! What a kubelet writes, and what it means: journal entry, klog record, reading.
//!
//! Pure: no clock, no I/O, nothing else of this crate. Total: any bytes give an answer, and nothing panics. A caller goes
//!
//! ```
//! use kubelet_journal::{Activity, Symptom, entry, read, record};
//!
//! let line = br#"Dec 28 16:08:57 worker2 kubelet[228]: E1228 16:08:57.706942     228 controller.go:145] "Failed to ensure lease exists, will retry" err="Get \"https://cp:6443/x\": dial tcp 172.18.0.2:6443: connect: connection refused" interval="200ms""#;
//! let entry = entry(line);
//! let reading = read(&record(&entry.message));
//! assert_eq!((reading.activity, reading.symptom), (Activity::Lease, Symptom::ConnectionRefused));
//! ```
//!
//! | step | file | question |
//! |---|---|---|
//! | entry | `entry`, `prefix`, `wrapper`, `stamp`, `month`, `export` | who wrote it, when? |
//! | record | `klog`, `jsonlog`, `process` | which program, which call site, which message, which error? |
//! | reading | `judge`, `desk`, `phrase`, `cause`, `api`, `bare`, `supervisor`, `reflector`, `target`, `retry` | what was done, how did it fail, is it the control plane? |
//! | read once | `lead`, `memory` | was this line read before? |
//! | beside | `calendar`, `twin`, `tally`, `rhythm`, `version`, `explain`, `printable` | when, once or twice, only counted, how often, which version, in plain words, safe to show? |

mod bulk;
mod classify;
mod explain;
mod klog;
mod line;
mod retry;
mod scan;
mod tally;
mod time;
mod version;

pub use bulk::prefix_matcher::{Lead, Led};
pub use bulk::reading_cache::{Memory, Written};
pub use classify::activity::Activity;
pub use classify::error_detail::{Nuance, nuance};
pub use classify::headed::read;
pub use classify::prefilter::sift;
pub use classify::reading::Reading;
pub use classify::reflector::Stage;
pub use classify::symptom::Symptom;
pub use explain::{Explanation, explain};
pub use klog::severity::Severity;
pub use klog::text::{Clock, Form, Record, Site, Source, has_header, record};
pub use line::entry::{Entry, LONGEST_LINE, entry};
pub use line::export::{Export, is_export};
pub use line::printable::printable;
pub use retry::duplicate::{TwinFold, TwinKey};
pub use retry::schedule::{Rhythm, expected_gap};
pub use tally::tally;
pub use time::resolver::{Calendar, Moment, YearHint};
pub use time::timestamp::Stamp;
pub use version::{Minors, VersionClues};
