//! Controls of the tape player.

/// A control of the tape player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaybackControl {
    /// Pause or resume; at the end of the tape, play it again from the start.
    Toggle,
    /// Seek to the next or the previous observation, and pause there.
    Step {
        /// Next rather than previous.
        forward: bool,
    },
    /// Seek by this many seconds; backward if negative.
    Skip(i32),
    /// Seek to the next or the previous landmark.
    Landmark {
        /// Next rather than previous.
        forward: bool,
    },
    /// Seek to the start.
    Start,
    /// Seek to the end.
    End,
    /// Double the speed of playback.
    Faster,
    /// Halve the speed of playback.
    Slower,
}
