//! Origin of the facts on the screen.

/// Origin of the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// A kind cluster in a container engine.
    #[default]
    Live,
    /// The miniature cluster inside this process.
    Lab,
    /// A tape: nothing can be changed.
    Replay,
}
