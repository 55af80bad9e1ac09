//! A tape with a playhead: the world as it was at any position of the tape.
//!
//! Seeking forward folds the observations in between. Seeking backward starts at the last keyframe before the position,
//! or at the start of the tape. Knows no clock: the caller says where the playhead moves.

mod keyframes;

use chrono::Duration;

use self::keyframes::Keyframes;
use crate::{
    observation::{Stamped, Time},
    tape::{Tape, TapeHeader},
    world::World,
};

/// A tape that is played.
#[derive(Debug)]
pub struct Player {
    header: TapeHeader,
    stamped: Vec<Stamped>,
    keyframes: Keyframes,
    /// The world at the playhead.
    world: World,
    /// Number of observations that it has folded.
    folded: usize,
    playhead: Time,
    /// The world at the end of the tape.
    end_world: World,
}

impl Player {
    /// Loads a tape with keyframes. The playhead is at the start.
    pub fn new(tape: Tape) -> Self {
        let mut keyframes = Keyframes::new(tape.stamped.len());
        let mut player = Self::load(tape, |folded, world| keyframes.offer(folded, world));
        player.keyframes = keyframes;
        player
    }

    /// Loads a tape without keyframes, for playing forward: seeking backward folds it from the start.
    pub fn forward(tape: Tape) -> Self {
        Self::load(tape, |_, _| {})
    }

    /// Folds the whole tape once, and passes the world before each observation to `visit`.
    fn load(tape: Tape, mut visit: impl FnMut(usize, &World)) -> Self {
        let Tape { header, stamped, damage: _ } = tape;
        let mut end_world = World::new(header.started);
        for (folded, observation) in stamped.iter().enumerate() {
            visit(folded, &end_world);
            end_world.take(observation);
        }
        Self {
            playhead: header.started,
            world: World::new(header.started),
            folded: 0,
            keyframes: Keyframes::default(),
            header,
            stamped,
            end_world,
        }
    }

    /// Returns the tape's header.
    pub fn header(&self) -> &TapeHeader {
        &self.header
    }

    /// Returns the time at which the tape starts.
    pub fn start(&self) -> Time {
        self.header.started
    }

    /// Returns the time of the last observation.
    pub fn end(&self) -> Time {
        self.stamped.last().map_or(self.header.started, |last| last.at)
    }

    /// Returns the world at the end of the tape.
    pub fn end_world(&self) -> &World {
        &self.end_world
    }

    /// Returns the time of the playhead.
    pub fn at(&self) -> Time {
        self.playhead
    }

    /// Returns the world at the playhead.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Returns the number of observations up to the playhead.
    pub fn folded(&self) -> usize {
        self.folded
    }

    /// Returns whether the playhead is at the end.
    pub fn at_end(&self) -> bool {
        self.folded == self.stamped.len() && self.playhead >= self.end()
    }

    /// Moves the playhead to `at`, limited to the tape. Returns the number of observations that were folded.
    pub fn seek(&mut self, at: Time) -> usize {
        self.playhead = at.clamp(self.start(), self.end());
        self.fold_to(self.count_until(self.playhead))
    }

    /// Moves the playhead by a duration, backward if it is negative.
    pub fn seek_by(&mut self, by: Duration) {
        let at = self.playhead.checked_add_signed(by).unwrap_or(self.end());
        self.seek(at);
    }

    /// Moves the playhead to the time of the next observation, or of the one before; at the ends of the tape, to the
    /// end.
    pub fn step(&mut self, forward: bool) {
        let next = if forward {
            self.stamped.get(self.count_until(self.playhead))
        } else {
            let before = self.stamped.partition_point(|stamped| stamped.at < self.playhead);
            before.checked_sub(1).and_then(|last| self.stamped.get(last))
        };
        match next {
            Some(next) => self.seek(next.at),
            None => self.seek(if forward { self.end() } else { self.start() }),
        };
    }

    /// Returns the time of the first observation after the playhead. `None` at the end.
    pub fn next_observation_at(&self) -> Option<Time> {
        self.stamped.get(self.folded).map(|next| next.at)
    }

    /// Returns the world at `at`, without moving the playhead.
    pub fn world_at(&self, at: Time) -> World {
        let wanted = self.count_until(at);
        let (mut world, folded) = match self.keyframes.before(wanted) {
            Some(keyframe) => (keyframe.world.clone(), keyframe.folded),
            None => (World::new(self.start()), 0),
        };
        self.stamped.iter().take(wanted).skip(folded).for_each(|stamped| world.take(stamped));
        world
    }

    /// Returns the number of observations up to `at`.
    fn count_until(&self, at: Time) -> usize {
        self.stamped.partition_point(|stamped| stamped.at <= at)
    }

    /// Makes the world the one that has folded the first `wanted` observations. Returns how many were folded for it.
    fn fold_to(&mut self, wanted: usize) -> usize {
        let keyframe = self.keyframes.before(wanted);
        if let Some(keyframe) = keyframe.filter(|keyframe| wanted < self.folded || keyframe.folded > self.folded) {
            (self.world, self.folded) = (keyframe.world.clone(), keyframe.folded);
        } else if wanted < self.folded {
            (self.world, self.folded) = (World::new(self.start()), 0);
        }
        let missing = self.stamped.get(self.folded..wanted).unwrap_or_default();
        missing.iter().for_each(|stamped| self.world.take(stamped));
        self.folded = wanted;
        missing.len()
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

    fn folded_to(player: &Player, at: Time) -> World {
        let mut world = World::new(player.start());
        player.stamped.iter().take_while(|stamped| stamped.at <= at).for_each(|stamped| world.take(stamped));
        world
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn seeking_to_any_position_equals_folding_up_to_it(
            tape in 0usize..BuiltinTape::ALL.len(),
            moments in prop::collection::vec(0.0f64..1.1, 1..5),
        ) {
            let mut player = player(BuiltinTape::ALL[tape].name);
            let length = (player.end() - player.start()).num_milliseconds() as f64;
            for moment in moments {
                let at = player.start() + Duration::milliseconds((length * moment) as i64);
                player.seek(at);
                prop_assert_eq!(player.at(), at.min(player.end()));
                prop_assert!(player.world == folded_to(&player, at), "{} at {}", tape, at);
            }
        }
    }

    #[test]
    fn steps_visit_every_moment_forward_and_backward() {
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
        assert!(player.world == folded_to(&player, moments[0]));
    }

    #[test]
    fn a_player_without_keyframes_can_seek_backward() {
        let tape = BuiltinTape::ALL[0].tape().expect("it plays");
        let (mut forward, mut whole) = (Player::forward(tape.clone()), Player::new(tape));
        assert!(forward.keyframes.before(usize::MAX).is_none());
        for seconds in [100, 30, 150, 0] {
            let at = whole.start() + Duration::seconds(seconds);
            forward.seek(at);
            whole.seek(at);
            assert!(forward.world() == whole.world() && *whole.world() == whole.world_at(at));
        }
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
