//! For journals of gigabytes: finds candidate lines, and parses and reads what differs only.
//!
//! [`find_candidate`] skips the lines that cannot report a failed call. [`PrefixMatcher`] recognizes what stands in
//! front of a message, which is nearly the same in all lines of a file. [`ReadingCache`] keeps what was made of a
//! message, because a kubelet repeats itself in an outage. All three give what [`entry`](crate::entry),
//! [`record`](crate::record) and [`read`](crate::read) give for the same line, or nothing.

mod prefix_matcher;
mod reading_cache;

pub use crate::classify::prefilter::find_candidate;
pub use prefix_matcher::{MatchedLine, PrefixMatcher};
pub use reading_cache::ReadingCache;
