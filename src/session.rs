//! Sessions: connect sources, world, screen, guard and tape, and run the loop between them.
//!
//! A session is the only writer of its world and its model, and the only one that executes commands. Nothing in a loop
//! awaits I/O. A session decides nothing that `update` or the world can decide.
//!
//! | file | is |
//! |---|---|
//! | `live` | the dashboard on a cluster or the lab |
//! | `headless` | the same without a screen: the story as JSON lines |
//! | `replay` | the dashboard on a tape |
//! | `export` | reports: of a tape, and by key |
//! | `sources`, `backend`, `batch`, `machine_sleep` | what feeds a live or headless session |
//! | `fault_dispatcher` | requests of the operator, on their way to the guard or the lab |
//! | `terminal_events`, `frame_timer` | keys in, frames out |
//! | `recording`, `player` | the tape of a session, and a tape that is played |
//! | `shutdown`, `signals` | the ways out |

mod backend;
mod batch;
mod dirs;
mod export;
mod fault_dispatcher;
mod frame_timer;
mod headless;
mod live;
mod machine_sleep;
mod options;
mod player;
mod recording;
mod replay;
mod shutdown;
mod signals;
mod sources;
mod terminal_events;

pub use dirs::state_dir;
pub use export::{ReportError, ReportFormat, ReportOptions, write_report};
pub use headless::{HeadlessError, run_headless};
pub use live::run_live;
pub use options::{SessionError, SessionOptions, SessionTarget};
pub use player::Player;
pub use recording::RecordingOptions;
pub use replay::{ReplayOptions, run_replay, write_story};
pub use shutdown::{NextStep, SessionEnd, ShutdownError, restore_and_report};
pub use signals::Signals;
