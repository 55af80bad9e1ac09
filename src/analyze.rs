//! `blackout analyze`: reads kubelet journals from files and pipes, and describes the outages in them.
//!
//! ```text
//!          +--> scan/ (threads) --> fold/ (in order) --> analysis --> output/text, output/json
//! input/ --+
//!          +--> fold/line_reader (line by line) ---------------------> output/jsonl, output/to_tape
//! ```
//!
//! Lines are parsed by the parser of the dashboard (`kubelet`) and folded by its fold (`world`), so that both say the
//! same about an outage. Memory does not grow with the input. Damaged input is analyzed as far as it can be read.
//! Nothing here reads a clock: the day and the elapsed time are in the [`AnalyzeContext`].
//!
//! | room | subject |
//! |---|---|
//! | `options` | what is asked for, and the streams of the program |
//! | `run` | opens the inputs, reads them and writes the answer |
//! | `input` | from files to chunks of whole lines |
//! | `scan` | from chunks to the lines that matter, on threads |
//! | `fold` | from lines to outages, in order |
//! | `output` | from outages to text, JSON and tapes |
//! | `progress`, `messages` | lines on standard error |

mod fold;
mod input;
mod messages;
mod options;
mod output;
mod progress;
mod run;
mod scan;

pub use self::{
    fold::{filter::LineFilter, time_bound::TimeBound},
    options::{AnalysisFormat, AnalyzeContext, AnalyzeOptions, AnalyzeOutcome, OutputStyle},
    output::to_tape::{MOST_TAPE_LINES, TapeLines},
    run::{run, tape_lines},
};
