//! State of the recording, as the header shows it.

/// State of the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordingStatus {
    /// Not recording (`--no-record`, or nothing to record yet).
    #[default]
    Off,
    /// The file is being opened.
    Opening,
    /// Recording without any loss.
    On,
    /// Recording, but the disk was too slow and observations were dropped.
    Gaps,
    /// The file cannot be written.
    Failed,
}
