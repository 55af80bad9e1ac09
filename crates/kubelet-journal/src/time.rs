//! Times as journals write them, and the points in time that they stand for.

pub(crate) mod month;
pub(crate) mod resolver;
pub(crate) mod timestamp;
