//! Playback of a tape: whether the playhead moves, how fast, and where a key moves it.
//!
//! Knows no clock: the time since the replay began is an argument.

use std::{sync::Arc, time::Duration};

use crate::{
    observation::Time,
    session::{
        export::{RunInfo, Scene},
        player::Player,
    },
    tui::{PlaybackControl, ReplayStatus, TapeOutline},
    world::World,
};

/// Slowest and fastest speed, relative to the recorded run; `--speed` has the same limits.
const SPEED_LIMITS: (f64, f64) = (0.125, 64.0);

/// Shortest change of the playhead that is drawn without a new observation, in milliseconds: ages and progress are
/// shown in quarters of a second.
const DRAW_INTERVAL_MS: i64 = 250;

/// A player whose playhead moves with time.
#[derive(Debug)]
pub(super) struct Playback {
    player: Player,
    outline: Arc<TapeOutline>,
    playing: bool,
    speed: f64,
    /// Playhead, and time since the replay began, when the playhead was last moved by a key.
    anchor: (Time, Duration),
    /// Number of the interval that was last drawn.
    drawn_interval: i64,
}

impl Playback {
    /// Starts playback `start_at` after the start of the tape.
    pub(super) fn new(mut player: Player, speed: f64, start_at: Duration) -> Self {
        let outline = Arc::new(TapeOutline::of(player.start(), player.end(), player.end_world()));
        let at = chrono::Duration::from_std(start_at).ok().and_then(|at| player.start().checked_add_signed(at));
        player.seek(at.unwrap_or(player.end()));
        let anchor = (player.at(), Duration::ZERO);
        let speed = speed.clamp(SPEED_LIMITS.0, SPEED_LIMITS.1);
        Self { player, outline, playing: true, speed, anchor, drawn_interval: 0 }
    }

    /// Sets the time from which the playhead moves.
    pub(super) fn begin(&mut self, elapsed: Duration) {
        self.anchor = (self.player.at(), elapsed);
    }

    pub(super) fn world(&self) -> &World {
        self.player.world()
    }

    pub(super) fn at(&self) -> Time {
        self.player.at()
    }

    /// Moves the playhead, and returns the number of observations up to it.
    #[cfg(test)]
    pub(super) fn seek(&mut self, at: Time) -> usize {
        self.player.seek(at);
        self.player.folded()
    }

    /// Returns the time at which the tape ends.
    #[cfg(test)]
    pub(super) fn end(&self) -> Time {
        self.player.end()
    }

    /// Returns the scene that a picture shows in place of the playhead's, if the outage is over there.
    pub(super) fn worst_scene(&self) -> Option<Scene> {
        Scene::of(&self.player)
    }

    /// Returns the description of the recorded run.
    pub(super) fn run_info(&self) -> RunInfo {
        RunInfo::of(self.player.header(), self.player.world())
    }

    pub(super) fn is_playing(&self) -> bool {
        self.playing
    }

    /// Returns the state that the playback bar shows.
    pub(super) fn status(&self) -> ReplayStatus {
        ReplayStatus {
            outline: Arc::clone(&self.outline),
            at: self.player.at(),
            playing: self.playing,
            speed: self.speed,
        }
    }

    /// Moves the playhead to its position at `elapsed`. Returns whether there is something new to draw.
    pub(super) fn advance(&mut self, elapsed: Duration) -> bool {
        if !self.playing {
            return false;
        }
        let (from, since) = self.anchor;
        let ms = elapsed.saturating_sub(since).as_secs_f64() * 1_000.0 * self.speed;
        let to = from.checked_add_signed(chrono::Duration::milliseconds(ms as i64)).unwrap_or(self.player.end());
        let folded = self.player.seek(to);
        self.playing = !self.player.at_end();
        let interval = (self.player.at() - self.player.start()).num_milliseconds() / DRAW_INTERVAL_MS;
        let changed = folded > 0 || interval != self.drawn_interval || !self.playing;
        self.drawn_interval = interval;
        changed
    }

    /// Executes a command of the playback keys. Returns the hint for the operator, if any.
    pub(super) fn control(&mut self, command: PlaybackControl, elapsed: Duration) -> Option<String> {
        let mut hint = None;
        match command {
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
            PlaybackControl::Landmark { forward } => hint = Some(self.seek_event(forward)),
            PlaybackControl::Start => {
                self.player.seek(self.player.start());
            }
            PlaybackControl::End => {
                self.playing = false;
                self.player.seek(self.player.end());
            }
            PlaybackControl::Faster => self.speed = (self.speed * 2.0).min(SPEED_LIMITS.1),
            PlaybackControl::Slower => self.speed = (self.speed / 2.0).max(SPEED_LIMITS.0),
        }
        self.anchor = (self.player.at(), elapsed);
        hint
    }

    /// Moves the playhead to the next event of the outline, or to the one before. Returns the names of the events
    /// there.
    fn seek_event(&mut self, forward: bool) -> String {
        let Some(at) = self.outline.adjacent_landmark(self.player.at(), forward).map(|event| event.at) else {
            return match forward {
                true => "no more events; $ jumps to the end".to_owned(),
                false => "no earlier events; 0 jumps to the start".to_owned(),
            };
        };
        self.player.seek(at);
        // one journal line can light several lanes
        let names: Vec<_> =
            self.outline.landmarks.iter().filter(|event| event.at == at).map(|event| event.name()).collect();
        names.join(", ")
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
    fn the_playhead_moves_with_time_and_speed() {
        let mut playback = playback(4.0);
        playback.begin(Duration::from_secs(100));
        playback.advance(Duration::from_secs(105));
        assert_eq!(seconds(&playback), 20.0);
        playback.control(PlaybackControl::Slower, Duration::from_secs(105));
        playback.advance(Duration::from_secs(110));
        assert_eq!(seconds(&playback), 30.0);
    }

    #[test]
    fn a_paused_playhead_stays_and_a_step_moves_it() {
        let mut playback = playback(1.0);
        playback.advance(Duration::from_secs(20));
        playback.control(PlaybackControl::Toggle, Duration::from_secs(20));
        assert!(!playback.advance(Duration::from_secs(50)));
        assert_eq!(seconds(&playback), 20.0);
        playback.control(PlaybackControl::Step { forward: true }, Duration::from_secs(50));
        assert!(seconds(&playback) > 20.0 && !playback.is_playing());
        playback.control(PlaybackControl::Toggle, Duration::from_secs(60));
        let before = seconds(&playback);
        playback.advance(Duration::from_secs(61));
        assert!((seconds(&playback) - before - 1.0).abs() < 0.002);
    }

    #[test]
    fn events_lead_from_the_start_to_the_end_and_back() {
        let mut playback = playback(1.0);
        let mut names = Vec::new();
        while let Some(name) = playback.control(PlaybackControl::Landmark { forward: true }, Duration::ZERO) {
            if name.starts_with("no more") {
                break;
            }
            names.push(name);
        }
        for lane in ["lane refused", "lane lease", "lane dns", "lane watch", "outage ends"] {
            assert!(names.iter().any(|name| name.split(", ").any(|one| one == lane)), "{names:?}");
        }
        assert!(names.iter().any(|name| name.starts_with("mark")), "{names:?}");
        let mut back = 0;
        while playback
            .control(PlaybackControl::Landmark { forward: false }, Duration::ZERO)
            .is_some_and(|s| !s.starts_with("no earlier"))
        {
            back += 1;
        }
        assert!(back > 3);
    }

    #[test]
    fn playback_stops_at_the_end_and_space_starts_again() {
        let mut playback = playback(1.0);
        playback.control(PlaybackControl::End, Duration::ZERO);
        assert!(!playback.is_playing());
        playback.control(PlaybackControl::Toggle, Duration::from_secs(5));
        assert_eq!(seconds(&playback), 0.0);
        assert!(playback.is_playing());
        playback.advance(Duration::from_secs(100_000));
        assert!(!playback.is_playing());
    }
}
