//! Drawing primitives shared by panes, overlays and pages: text, symbols, colors and small graphs.

pub(crate) mod big_digits;
pub(crate) mod captions;
pub(crate) mod draw_context;
pub(crate) mod glyphs;
pub(crate) mod phase_badge;
pub(crate) mod rows;
pub(crate) mod source_freshness;
pub(crate) mod sparkline;
pub(crate) mod text;
pub(crate) mod theme;
