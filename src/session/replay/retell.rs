//! A tape without a screen: the story's changes as JSON lines, the same ones each time.

use std::io::{self, ErrorKind, Write};

use crate::{
    observation::Stamped,
    output,
    report::story::{StoryBuilder, StoryLine},
    tape::Tape,
    world::World,
};

/// Every change of the story that these observations tell.
pub fn story<'a>(world: &mut World, stamped: impl IntoIterator<Item = &'a Stamped>) -> Vec<StoryLine> {
    let mut story_builder = StoryBuilder::new(world.started);
    stamped.into_iter().flat_map(|stamped| story_builder.take(world, stamped)).collect()
}

/// Writes the story of a tape.
pub fn write_story(tape: &Tape, out: impl Write) -> io::Result<()> {
    let mut out = output::json(out);
    let mut world = World::new(tape.header.started);
    let mut story_builder = StoryBuilder::new(tape.header.started);
    for stamped in &tape.stamped {
        for told in story_builder.take(&mut world, stamped) {
            let written = serde_json::to_writer(&mut out, &told).map_err(io::Error::from);
            match written.and_then(|()| out.write_all(b"\n")) {
                // whoever read it has seen enough
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            }
        }
    }
    match out.flush() {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        flushed => flushed,
    }
}
