//! What a kubelet writes, and what it means: journal entry, klog record, reading.
//!
//! Pure: no clock, no I/O, nothing else of this crate. Total: any bytes give an answer, and nothing panics. A caller goes
//!
//! ```
//! use blackout::kubelet::{Activity, Symptom, entry, read, record};
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

mod activity;
mod api;
mod bare;
mod calendar;
mod cause;
mod desk;
mod entry;
mod explain;
mod export;
mod jsonlog;
mod judge;
mod klog;
mod lead;
mod memory;
mod month;
mod nuance;
mod phrase;
mod prefix;
mod printable;
mod process;
mod reading;
mod reflector;
mod retry;
mod rhythm;
mod scan;
mod severity;
mod sieve;
mod stamp;
mod supervisor;
mod symptom;
mod tally;
mod target;
mod twin;
mod version;
mod wrapper;

pub use activity::Activity;
pub use calendar::{Calendar, Moment, YearHint};
pub use entry::{Entry, LONGEST_LINE, entry};
pub use explain::{Explanation, explain};
pub use export::{Export, is_export};
pub use judge::read;
pub use klog::{Clock, Form, Record, Site, Source, has_header, record};
pub use lead::{Lead, Led};
pub use memory::{Memory, Written};
pub use nuance::{Nuance, nuance};
pub use printable::{printable, visible_symbol};
pub use reading::Reading;
pub use reflector::Stage;
pub use rhythm::{Rhythm, expected_gap};
pub use severity::Severity;
pub use sieve::sift;
pub use stamp::Stamp;
pub use symptom::Symptom;
pub use tally::tally;
pub use twin::{TwinFold, TwinKey};
pub use version::{Minors, VersionClues};
