//! One line of a journal: who wrote it, when, and the message inside its wrapping.

pub(crate) mod entry;
pub(crate) mod export;
pub(crate) mod json_line;
pub(crate) mod printable;
pub(crate) mod program;
pub(crate) mod text_line;
