//! What a record means: what was being done, how it failed, and whether it was a call to the API server.

pub(crate) mod activity;
pub(crate) mod api;
pub(crate) mod cause;
pub(crate) mod component;
pub(crate) mod endpoint;
pub(crate) mod error_detail;
pub(crate) mod headed;
pub(crate) mod headerless;
pub(crate) mod known_message;
pub(crate) mod logrus;
pub(crate) mod prefilter;
pub(crate) mod reading;
pub(crate) mod reflector;
pub(crate) mod retry_after;
pub(crate) mod symptom;
