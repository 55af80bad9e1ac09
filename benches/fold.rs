//! Time to fold 1,000,000 observations (budget 2 s), and to seek in a tape of two hours (budget 200 ms).
//!
//! Prints a table and asserts nothing: a measurement is not a test.

use std::{
    hint::black_box,
    io::{self, Write as _},
    time::{Duration, Instant},
};

use blackout::{
    observation::{Observation, Stamped},
    session::Player,
    tape::{BuiltinTape, Tape},
    world::World,
};

const MILLION: usize = 1_000_000;

/// Repeats the tape of a stop until `is_long_enough`, which gets the number of observations and the length.
fn repeated_tape(is_long_enough: impl Fn(usize, chrono::Duration) -> bool) -> Tape {
    let mut tape = BuiltinTape::ALL[0].tape().expect("a built-in tape is not damaged");
    let once = std::mem::take(&mut tape.stamped);
    let length =
        once.last().expect("a built-in tape is not empty").at - tape.header.started + chrono::Duration::seconds(5);
    let mut round = 0;
    while !is_long_enough(tape.stamped.len(), length * round) {
        let moved = once.iter().map(|stamped| moved(stamped, length * round));
        tape.stamped.extend(moved);
        round += 1;
    }
    tape
}

/// Moves an observation to a later time, together with the time in a journal line.
fn moved(stamped: &Stamped, by: chrono::Duration) -> Stamped {
    let mut observation = stamped.observation.clone();
    if let Observation::Journal(journal) = &mut observation {
        const FIELD: &str = "\"__REALTIME_TIMESTAMP\":\"";
        if let Some(at) = journal.line.find(FIELD).map(|at| at + FIELD.len()) {
            let end = at + journal.line[at..].find('"').unwrap_or(0);
            if let Ok(micros) = journal.line[at..end].parse::<i64>() {
                let later = micros + by.num_microseconds().unwrap_or(0);
                journal.line.replace_range(at..end, &later.to_string());
            }
        }
    }
    Stamped { at: stamped.at + by, observation }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let done = work();
    (begun.elapsed(), done)
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let million = repeated_tape(|len, _| len >= MILLION);
    let (took, world) = timed(|| {
        let mut world = World::new(million.header.started);
        million.stamped.iter().take(MILLION).for_each(|stamped| world.take(stamped));
        world
    });
    let lines = black_box(world).journal.lines();
    writeln!(out, "| what | time | budget |\n|---|---:|---:|")?;
    writeln!(out, "| fold of 1,000,000 observations ({lines} journal lines) | {took:.2?} | 2 s |")?;
    let mut bytes = Vec::new();
    million.write(&mut bytes)?;
    drop(million);
    let (took, tape) = timed(|| Tape::decode(bytes.as_slice()));
    let tape = tape.map_err(io::Error::other)?;
    writeln!(out, "| read of those {} observations, {} MB | {took:.2?} | |", tape.stamped.len(), bytes.len() >> 20)?;
    drop((tape, bytes));
    let hours = repeated_tape(|_, length| length >= chrono::Duration::hours(2));
    let count = hours.stamped.len();
    let (took, mut player) = timed(|| Player::new(hours));
    writeln!(out, "| load of a tape of two hours, {count} observations | {took:.2?} | |")?;
    let mut worst = Duration::ZERO;
    for step in 0..200i32 {
        // 7,919 is prime, so that each step jumps far, forward and back
        let share = i64::from(step * 7_919 % 200);
        let at = player.start() + (player.end() - player.start()) * i32::try_from(share).unwrap_or(0) / 200;
        worst = worst.max(timed(|| player.seek(at)).0);
    }
    writeln!(out, "| seek in it, the worst of 200 | {worst:.2?} | 200 ms |")
}
