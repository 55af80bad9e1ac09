//! Times as journals write them, and the points in time that they stand for.
//!
//! | file | subject |
//! |---|---|
//! | `timestamp` | the time in front of a line, in its written parts |
//! | `month` | month names in the languages of journals |
//! | `header_time` | the time in a klog header, which has no year |
//! | `resolver` | from both of them to one point in time |

pub(crate) mod header_time;
pub(crate) mod month;
pub(crate) mod resolver;
pub(crate) mod timestamp;
