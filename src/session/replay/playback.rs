//! The buttons of the player: whether the playhead moves, how fast, and where a key takes it.
//!
//! It knows no clock; how much time has passed since the show began is an argument.

use std::{sync::Arc, time::Duration};

use crate::{
    observation::Time,
    session::{export::Scene, player::Player},
    tape::TapeHeader,
    tui::{PlaybackControl, ReplayStatus, TapeOutline},
    world::World,
};

/// The slowest and the fastest.
pub(super) const SPEEDS: (f64, f64) = (0.125, 64.0);

/// A player and its buttons.
#[derive(Debug)]
pub(super) struct Playback {
    player: Player,
    outline: Arc<TapeOutline>,
    playing: bool,
    speed: f64,
    /// The playhead and the time that had passed when it was last moved by hand.
    anchor: (Time, Duration),
    /// What was last drawn of the passing time.
    beat: i64,
}

impl Playback {
    pub(super) fn new(mut player: Player, speed: f64, at: Duration) -> Self {
        let outline = Arc::new(TapeOutline::of(player.start(), player.end(), player.whole()));
        let at = chrono::Duration::from_std(at).ok().and_then(|at| player.start().checked_add_signed(at));
        player.seek(at.unwrap_or(player.end()));
        let anchor = (player.at(), Duration::ZERO);
        Self { player, outline, playing: true, speed: speed.clamp(SPEEDS.0, SPEEDS.1), anchor, beat: 0 }
    }

    /// The show begins.
    pub(super) fn begin(&mut self, passed: Duration) {
        self.anchor = (self.player.at(), passed);
    }

    pub(super) fn world(&self) -> &World {
        self.player.world()
    }

    pub(super) fn at(&self) -> Time {
        self.player.at()
    }

    /// Moves the playhead to a moment; how many observations its world has folded then.
    #[cfg(test)]
    pub(super) fn seek(&mut self, at: Time) -> usize {
        self.player.seek(at);
        self.player.taken()
    }

    /// When the tape ends.
    #[cfg(test)]
    pub(super) fn end(&self) -> Time {
        self.player.end()
    }

    /// What a picture shows instead of the playhead's moment, where nothing is wrong.
    pub(super) fn worst_scene(&self) -> Option<Scene> {
        Scene::of(&self.player)
    }

    pub(super) fn header(&self) -> &TapeHeader {
        self.player.header()
    }

    pub(super) fn playing(&self) -> bool {
        self.playing
    }

    /// What a person sees of it.
    pub(super) fn shown(&self) -> ReplayStatus {
        ReplayStatus {
            outline: Arc::clone(&self.outline),
            at: self.player.at(),
            playing: self.playing,
            speed: self.speed,
        }
    }

    /// Moves the playhead to where it is by now; whether there is something new to see.
    pub(super) fn advance(&mut self, passed: Duration) -> bool {
        if !self.playing {
            return false;
        }
        let (from, since) = self.anchor;
        let ms = passed.saturating_sub(since).as_secs_f64() * 1_000.0 * self.speed;
        let to = from.checked_add_signed(chrono::Duration::milliseconds(ms as i64)).unwrap_or(self.player.end());
        let taken = self.player.seek(to);
        self.playing = !self.player.at_end();
        // ages and progress are in quarters of a second
        let beat = (self.player.at() - self.player.start()).num_milliseconds() / 250;
        let moved = taken > 0 || beat != self.beat || !self.playing;
        self.beat = beat;
        moved
    }

    /// Presses a button; gives back what is to be said about it.
    pub(super) fn play(&mut self, transport: PlaybackControl, passed: Duration) -> Option<String> {
        let mut said = None;
        match transport {
            PlaybackControl::Toggle if self.player.at_end() => {
                self.player.seek(self.player.start());
                self.playing = true;
            }
            PlaybackControl::Toggle => self.playing = !self.playing,
            PlaybackControl::Step { forward } => {
                self.playing = false;
                self.player.step(forward);
            }
            PlaybackControl::Skip(seconds) => self.player.seek_by(chrono::Duration::seconds(i64::from(seconds))),
            PlaybackControl::Landmark { forward } => {
                match self.outline.adjacent_landmark(self.player.at(), forward).cloned() {
                    Some(landmark) => {
                        self.player.seek(landmark.at);
                        // lanes may be lit by one and the same line
                        let here = self.outline.landmarks.iter().filter(|other| other.at == landmark.at);
                        said = Some(here.map(|landmark| landmark.name()).collect::<Vec<_>>().join(", "));
                    }
                    None if forward => said = Some("nothing to see after this; $ leads to the end".to_owned()),
                    None => said = Some("nothing to see before this; 0 leads to the start".to_owned()),
                }
            }
            PlaybackControl::Start => {
                self.player.seek(self.player.start());
            }
            PlaybackControl::End => {
                self.playing = false;
                self.player.seek(self.player.end());
            }
            PlaybackControl::Faster => self.speed = (self.speed * 2.0).min(SPEEDS.1),
            PlaybackControl::Slower => self.speed = (self.speed / 2.0).max(SPEEDS.0),
        }
        self.anchor = (self.player.at(), passed);
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::BuiltinTape;

    fn playback(speed: f64) -> Playback {
        Playback::new(Player::new(BuiltinTape::ALL[0].tape().expect("it plays")), speed, Duration::ZERO)
    }

    fn seconds(playback: &Playback) -> f64 {
        (playback.at() - playback.player.start()).num_milliseconds() as f64 / 1_000.0
    }

    #[test]
    fn the_playhead_moves_with_the_time_and_the_speed() {
        let mut playback = playback(4.0);
        playback.begin(Duration::from_secs(100));
        playback.advance(Duration::from_secs(105));
        assert_eq!(seconds(&playback), 20.0);
        playback.play(PlaybackControl::Slower, Duration::from_secs(105));
        playback.advance(Duration::from_secs(110));
        assert_eq!(seconds(&playback), 30.0);
    }

    #[test]
    fn a_pause_holds_it_and_a_step_goes_on_from_there() {
        let mut playback = playback(1.0);
        playback.advance(Duration::from_secs(20));
        playback.play(PlaybackControl::Toggle, Duration::from_secs(20));
        assert!(!playback.advance(Duration::from_secs(50)));
        assert_eq!(seconds(&playback), 20.0);
        playback.play(PlaybackControl::Step { forward: true }, Duration::from_secs(50));
        assert!(seconds(&playback) > 20.0 && !playback.playing());
        playback.play(PlaybackControl::Toggle, Duration::from_secs(60));
        let before = seconds(&playback);
        playback.advance(Duration::from_secs(61));
        assert!((seconds(&playback) - before - 1.0).abs() < 0.002);
    }

    #[test]
    fn landmarks_lead_from_the_start_to_the_end_and_back() {
        let mut playback = playback(1.0);
        let mut names = Vec::new();
        while let Some(name) = playback.play(PlaybackControl::Landmark { forward: true }, Duration::ZERO) {
            if name.starts_with("nothing") {
                break;
            }
            names.push(name);
        }
        for lane in ["lane refused", "lane lease", "lane dns", "lane watch", "outage is over"] {
            assert!(names.iter().any(|name| name.split(", ").any(|one| one == lane)), "{names:?}");
        }
        assert!(names.iter().any(|name| name.starts_with("mark")), "{names:?}");
        let mut back = 0;
        while playback
            .play(PlaybackControl::Landmark { forward: false }, Duration::ZERO)
            .is_some_and(|s| !s.starts_with("nothing"))
        {
            back += 1;
        }
        assert!(back > 3);
    }

    #[test]
    fn at_its_end_the_tape_stops_and_space_begins_again() {
        let mut playback = playback(1.0);
        playback.play(PlaybackControl::End, Duration::ZERO);
        assert!(!playback.playing());
        playback.play(PlaybackControl::Toggle, Duration::from_secs(5));
        assert_eq!(seconds(&playback), 0.0);
        assert!(playback.playing());
        playback.advance(Duration::from_secs(100_000));
        assert!(!playback.playing());
    }
}
