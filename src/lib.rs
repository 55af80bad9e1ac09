//! The map of the crate: one direction, one writer.
//!
//! ```text
//! source/ (docker, journal, kubernetes, health, traffic) \
//! lab/    (a cluster in this process)                     >-- feed --> world (fold) --> tui, report
//! tape/   (a recording)                                  /      |                          |
//!                                                               +--> tape    Action --> update --> Command --> guard
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`observation`] | the vocabulary of facts |
//! | [`kubelet`] | the package `kubelet-journal`: journal entry, klog record, reading: pure |
//! | [`world`] | the fold of all observations, and the story of an outage: pure |
//! | [`clock`], [`feed`] | the session's time, and the one way into it |
//! | [`engine`], [`source`] | the container engine, and the live adapters |
//! | [`small_file`], [`file_name`] | bounded reads of the user's files; names for files of ours |
//! | [`fault`], [`guard`] | what is done to the control plane, and the promise that it comes back |
//! | [`lab`] | a whole cluster in this process |
//! | [`tape`] | record and read |
//! | [`tui`] | model, update, view: pure but for the terminal itself |
//! | [`analyze`] | the story of an outage from journals that somebody brings |
//! | [`report`] | what can be taken home |
//! | [`output`] | what leaves the program outside the dashboard, with hostile characters made visible |
//! | [`units`], [`error_chain`] | durations, counts and causes of errors as text |
//! | [`session`] | wires the ends together; the loop |
//! | [`cli`], [`logging`] | the command line; the program's own log |
//!
//! ARCHITECTURE.md says which of these may import which, and what never happens.

pub mod analyze;
pub mod cli;
pub mod clock;
pub mod engine;
pub mod error_chain;
pub mod fault;
pub mod feed;
pub mod file_name;
#[doc(hidden)]
pub mod fuzzing;
pub mod guard;
pub mod lab;
pub mod logging;
pub mod observation;
pub mod output;
pub mod report;
pub mod session;
pub mod small_file;
pub mod source;
pub mod tape;
pub mod test_panic;
pub mod tui;
pub mod units;
pub mod world;

pub use kubelet_journal as kubelet;
