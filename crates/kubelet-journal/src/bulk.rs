//! For journals of gigabytes: what lets a reader pass over lines, or read each different line once.

pub(crate) mod prefix_matcher;
pub(crate) mod reading_cache;
