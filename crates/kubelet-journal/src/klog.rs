//! One record: its severity, time, call site, message and error.

pub(crate) mod json;
pub(crate) mod severity;
pub(crate) mod text;
