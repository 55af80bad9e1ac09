//! A message in the hint row.

use chrono::Duration;

use crate::observation::Time;

/// A message in the hint row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Text of the message.
    pub text: String,
    /// Time at which it was first shown.
    pub at: Time,
}

impl Hint {
    /// A hint is shown for 8 s, unless a key is pressed before that.
    pub(crate) const SHOWN_FOR: Duration = Duration::seconds(8);
}
