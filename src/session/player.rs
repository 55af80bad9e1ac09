//! A tape and its playhead: the world as it was at any moment of the tape.
//!
//! Going forward folds what lies between; going anywhere else begins at the nearest keyframe, a clone of the world that
//! was made while the tape was loaded, or at the start of a player that has none. It knows no clock and no screen: whoever
//! plays it says how far.

use chrono::Duration;

use crate::{
    observation::{Stamped, Time},
    tape::{Tape, TapeHeader},
    world::World,
};

/// Observations between two keyframes: folding so many takes a few milliseconds.
const STRIDE: usize = 2_000;

/// Keyframes at most, for tapes of any length; each takes some 100 kB.
const KEYFRAMES: usize = 128;

/// Bytes that all keyframes may take, as [`World::footprint`] counts them. A world of thousands of workers takes tens of
/// megabytes: it has few keyframes, and a seek folds more.
const MEMORY: usize = 64 << 20;

#[derive(Debug)]
struct Keyframe {
    /// Observations that it has folded.
    taken: usize,
    world: World,
}

/// The keyframes of a tape that is being loaded: as many as fit, evenly spaced.
#[derive(Debug)]
struct Keyframes {
    kept: Vec<Keyframe>,
    /// Observations between two.
    stride: usize,
    /// Bytes that they take.
    bytes: usize,
}

impl Keyframes {
    fn new(observations: usize) -> Self {
        Self { kept: Vec::new(), stride: STRIDE.max(observations.div_ceil(KEYFRAMES)), bytes: 0 }
    }

    /// Keeps `world`, which has folded `taken` observations, if it is its turn; makes room by dropping every second.
    fn offer(&mut self, taken: usize, world: &World) {
        if !taken.is_multiple_of(self.stride) {
            return;
        }
        let bytes = world.footprint();
        while self.bytes + bytes > MEMORY && !self.kept.is_empty() {
            self.stride *= 2;
            self.kept.retain(|keyframe| keyframe.taken.is_multiple_of(self.stride));
            self.bytes = self.kept.iter().map(|keyframe| keyframe.world.footprint()).sum();
            // the first is that of the start, which costs nothing and is all that is left at last
            if self.kept.len() == 1 {
                break;
            }
        }
        if taken.is_multiple_of(self.stride) && (self.bytes + bytes <= MEMORY || self.kept.is_empty()) {
            self.bytes += bytes;
            self.kept.push(Keyframe { taken, world: world.clone() });
        }
    }
}

/// A tape that is played.
#[derive(Debug)]
pub struct Player {
    header: TapeHeader,
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
        let mut keyframes = Keyframes::new(tape.stamped.len());
        let mut player = Self::fold_once(tape, |taken, world| keyframes.offer(taken, world));
        player.keyframes = keyframes.kept;
        player
    }

    /// Loads a tape that is played forward: going back folds it from its start.
    pub fn forward(tape: Tape) -> Self {
        Self::fold_once(tape, |_, _| {})
    }

    fn fold_once(tape: Tape, mut visit: impl FnMut(usize, &World)) -> Self {
        let Tape { header, stamped, damage: _ } = tape;
        let mut world = World::new(header.started);
        for (taken, one) in stamped.iter().enumerate() {
            visit(taken, &world);
            world.take(one);
        }
        let start = World::new(header.started);
        Self { at: header.started, header, stamped, keyframes: Vec::new(), world: start, taken: 0, end: world }
    }

    /// The tape's first line.
    pub fn header(&self) -> &TapeHeader {
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

    /// When the next observation after the playhead was made; `None` at the end.
    pub fn next(&self) -> Option<Time> {
        self.stamped.get(self.taken).map(|next| next.at)
    }

    /// The world as it was at `at`; the playhead stays.
    pub fn world_at(&self, at: Time) -> World {
        let wanted = self.stamped.partition_point(|stamped| stamped.at <= at);
        let (mut world, taken) = match self.keyframe(wanted) {
            Some(keyframe) => (keyframe.world.clone(), keyframe.taken),
            None => (World::new(self.start()), 0),
        };
        self.stamped.iter().take(wanted).skip(taken).for_each(|stamped| world.take(stamped));
        world
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

    /// The newest keyframe that has folded no more than `wanted` observations.
    fn keyframe(&self, wanted: usize) -> Option<&Keyframe> {
        let newest = self.keyframes.partition_point(|keyframe| keyframe.taken <= wanted).checked_sub(1)?;
        self.keyframes.get(newest)
    }

    /// Makes the world the one that has folded the first `wanted` observations.
    fn fold(&mut self, wanted: usize) -> usize {
        let nearest = self.keyframe(wanted).filter(|keyframe| wanted < self.taken || keyframe.taken > self.taken);
        if let Some(keyframe) = nearest {
            (self.world, self.taken) = (keyframe.world.clone(), keyframe.taken);
        } else if wanted < self.taken {
            (self.world, self.taken) = (World::new(self.start()), 0);
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
    use crate::tape::BuiltinTape;

    fn player(name: &str) -> Player {
        Player::new(BuiltinTape::find(name).expect("it is built in").tape().expect("it plays"))
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
            tape in 0usize..BuiltinTape::ALL.len(),
            moments in prop::collection::vec(0.0f64..1.1, 1..5),
        ) {
            let mut player = player(BuiltinTape::ALL[tape].name);
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
    fn a_player_that_goes_forward_can_go_back() {
        let tape = BuiltinTape::ALL[0].tape().expect("it plays");
        let (mut forward, mut whole) = (Player::forward(tape.clone()), Player::new(tape));
        assert!(forward.keyframes.is_empty());
        for seconds in [100, 30, 150, 0] {
            let at = whole.start() + Duration::seconds(seconds);
            forward.seek(at);
            whole.seek(at);
            assert!(forward.world() == whole.world() && *whole.world() == whole.world_at(at));
        }
    }

    #[test]
    fn keyframes_of_a_large_world_are_few_and_evenly_spaced() {
        let at = Time::UNIX_EPOCH;
        let mut world = World::new(at);
        let word = "x".repeat(8 << 20);
        world.apply(at, &crate::observation::Observation::Mark { word });
        let mut keyframes = Keyframes::new(100 * STRIDE);
        (0..100).for_each(|stride| keyframes.offer(stride * STRIDE, &world));
        let taken: Vec<usize> = keyframes.kept.iter().map(|keyframe| keyframe.taken).collect();
        assert!((4..=8).contains(&taken.len()) && taken[0] == 0, "{taken:?}");
        assert!(taken.windows(2).all(|pair| pair[1] - pair[0] == taken[1]), "{taken:?}");
        assert!(keyframes.bytes <= MEMORY);
    }

    #[test]
    fn an_empty_tape_has_one_moment() {
        let header = BuiltinTape::ALL[0].tape().expect("it plays").header;
        let mut player = Player::new(Tape { header, stamped: Vec::new(), damage: Default::default() });
        player.step(true);
        player.seek_by(Duration::seconds(10));
        player.step(false);
        assert_eq!(player.at(), player.start());
        assert!(player.at_end());
    }
}
