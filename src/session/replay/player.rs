//! A tape and its playhead: the world as it was at any moment of the tape.
//!
//! Going forward folds what lies between; going anywhere else begins at the nearest keyframe, a clone of the world that
//! was made while the tape was loaded. It knows no clock and no screen: whoever plays it says how far.

use chrono::Duration;

use crate::{
    observation::{Stamped, Time},
    tape::{Header, Tape},
    world::World,
};

/// Observations between two keyframes: folding so many takes a few milliseconds.
const STRIDE: usize = 2_000;

/// Keyframes at most, for tapes of any length; each takes some 100 kB.
const KEYFRAMES: usize = 128;

#[derive(Debug)]
struct Keyframe {
    /// Observations that it has folded.
    taken: usize,
    world: World,
}

/// A tape that is played.
#[derive(Debug)]
pub struct Player {
    header: Header,
    stamped: Vec<Stamped>,
    keyframes: Vec<Keyframe>,
    world: World,
    taken: usize,
    at: Time,
    end: World,
}

impl Player {
    /// Loads a tape; the playhead stands at its start.
    pub fn new(tape: Tape) -> Self {
        let Tape { header, stamped, damage: _ } = tape;
        let stride = STRIDE.max(stamped.len().div_ceil(KEYFRAMES));
        let mut world = World::new(header.started);
        let mut keyframes = Vec::with_capacity(stamped.len() / stride + 1);
        for (taken, one) in stamped.iter().enumerate() {
            if taken % stride == 0 {
                keyframes.push(Keyframe { taken, world: world.clone() });
            }
            world.take(one);
        }
        let start = World::new(header.started);
        Self { at: header.started, header, stamped, keyframes, world: start, taken: 0, end: world }
    }

    /// The tape's first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// When the tape begins.
    pub fn start(&self) -> Time {
        self.header.started
    }

    /// When the last thing on it was said.
    pub fn end(&self) -> Time {
        self.stamped.last().map_or(self.header.started, |last| last.at)
    }

    /// The world after the whole tape.
    pub fn whole(&self) -> &World {
        &self.end
    }

    /// Where the playhead stands.
    pub fn at(&self) -> Time {
        self.at
    }

    /// The world as it was there.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// How many observations its world has folded.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Whether the playhead stands at the end.
    pub fn at_end(&self) -> bool {
        self.taken == self.stamped.len() && self.at >= self.end()
    }

    /// Moves the playhead to `at`, or to the nearer end of the tape; gives back how many observations it took.
    pub fn seek(&mut self, at: Time) -> usize {
        let at = at.clamp(self.start(), self.end());
        let wanted = self.stamped.partition_point(|stamped| stamped.at <= at);
        self.at = at;
        self.fold(wanted)
    }

    /// Moves the playhead by a time, backwards where negative.
    pub fn seek_by(&mut self, by: Duration) {
        let at = self.at.checked_add_signed(by).unwrap_or(self.end());
        self.seek(at);
    }

    /// Moves the playhead to the next moment at which something was said, or to the one before.
    pub fn step(&mut self, forward: bool) {
        let next = if forward {
            self.stamped.get(self.stamped.partition_point(|stamped| stamped.at <= self.at))
        } else {
            let earlier = self.stamped.partition_point(|stamped| stamped.at < self.at);
            earlier.checked_sub(1).and_then(|before| self.stamped.get(before))
        };
        match next {
            Some(next) => self.seek(next.at),
            None => self.seek(if forward { self.end() } else { self.start() }),
        };
    }

    /// Makes the world the one that has folded the first `wanted` observations.
    fn fold(&mut self, wanted: usize) -> usize {
        let nearest = self.keyframes.partition_point(|keyframe| keyframe.taken <= wanted).checked_sub(1);
        let nearest = nearest.and_then(|index| self.keyframes.get(index));
        if let Some(keyframe) = nearest.filter(|keyframe| wanted < self.taken || keyframe.taken > self.taken) {
            self.world = keyframe.world.clone();
            self.taken = keyframe.taken;
        }
        let fresh = self.stamped.get(self.taken..wanted).unwrap_or_default();
        fresh.iter().for_each(|stamped| self.world.take(stamped));
        self.taken = wanted;
        fresh.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tape::Builtin;

    fn player(name: &str) -> Player {
        Player::new(Builtin::find(name).expect("it is built in").tape().expect("it plays"))
    }

    fn played_to(player: &Player, at: Time) -> World {
        let mut world = World::new(player.start());
        player.stamped.iter().take_while(|stamped| stamped.at <= at).for_each(|stamped| world.take(stamped));
        world
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn seeking_anywhere_equals_playing_to_there(
            tape in 0usize..Builtin::ALL.len(),
            moments in prop::collection::vec(0.0f64..1.1, 1..5),
        ) {
            let mut player = player(Builtin::ALL[tape].name);
            let length = (player.end() - player.start()).num_milliseconds() as f64;
            for moment in moments {
                let at = player.start() + Duration::milliseconds((length * moment) as i64);
                player.seek(at);
                prop_assert_eq!(player.at(), at.min(player.end()));
                prop_assert!(player.world == played_to(&player, at), "{} at {}", tape, at);
            }
        }
    }

    #[test]
    fn steps_lead_through_every_moment_there_and_back() {
        let mut player = player("stop");
        let mut moments: Vec<Time> = player.stamped.iter().map(|stamped| stamped.at).collect();
        moments.dedup();
        moments.truncate(200);
        for moment in &moments {
            player.step(true);
            assert_eq!(player.at(), *moment);
        }
        for moment in moments.iter().rev().skip(1) {
            player.step(false);
            assert_eq!(player.at(), *moment);
        }
        assert!(player.world == played_to(&player, moments[0]));
    }

    #[test]
    fn an_empty_tape_has_one_moment() {
        let header = Builtin::ALL[0].tape().expect("it plays").header;
        let mut player = Player::new(Tape { header, stamped: Vec::new(), damage: Default::default() });
        player.step(true);
        player.seek_by(Duration::seconds(10));
        player.step(false);
        assert_eq!(player.at(), player.start());
        assert!(player.at_end());
    }
}
