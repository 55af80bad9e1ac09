//! The meaning of a record: what was being done, how it failed, and whether it was a call to the API server.
//!
//! `read.rs` asks three questions in this order, and the order is what makes the answers right:
//!
//! 1. What was being done? By the file that wrote the record (`component`) and the beginning of its message
//!    (`known_message`).
//! 2. How did it fail? By the error part alone (`cause`), never by a word somewhere in the line.
//! 3. If the message is none of a kubelet's own: does the error name the API server at all (`api`)?
//!
//! `headed`, `headerless` and `logrus` answer them for their forms with a
//! [`Classification`](classification::Classification). `reflector`, `endpoint` and `retry_after` extract the rest of a
//! [`Reading`](crate::Reading). The messages and errors are those of Kubernetes 1.5 to 1.36; `tests/fixtures/corpus`
//! has lines of all of them.

pub(crate) mod activity;
pub(crate) mod api;
pub(crate) mod cause;
pub(crate) mod classification;
pub(crate) mod component;
pub(crate) mod endpoint;
pub(crate) mod error_detail;
pub(crate) mod headed;
pub(crate) mod headerless;
pub(crate) mod known_message;
pub(crate) mod logrus;
pub(crate) mod prefilter;
pub(crate) mod read;
pub(crate) mod reading;
pub(crate) mod refine;
pub(crate) mod reflector;
pub(crate) mod retry_after;
pub(crate) mod symptom;
