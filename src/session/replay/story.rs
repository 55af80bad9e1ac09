//! The story of a tape as JSON lines, without a screen: the same lines for the same tape.

use std::io::{self, ErrorKind, Write};

use crate::{output, report::story::StoryBuilder, tape::Tape, world::World};

/// Writes each change of the story as a JSON object a line. A reader that has closed the pipe ends it without an error.
///
/// # Errors
/// The output cannot be written.
pub fn write_story(tape: &Tape, out: impl Write) -> io::Result<()> {
    match write_lines(tape, output::json(out)) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn write_lines(tape: &Tape, mut out: impl Write) -> io::Result<()> {
    let mut world = World::new(tape.header.started);
    let mut story = StoryBuilder::new(tape.header.started);
    for stamped in &tape.stamped {
        for change in story.take(&mut world, stamped) {
            serde_json::to_writer(&mut out, &change).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}
