//! The moment that a picture shows: the worst of an outage, once the outage is over.

use crate::{
    observation::Time,
    session::player::Player,
    world::{Outage, World},
};

/// Interval between two clones of the world of a live run.
const CLONE_INTERVAL: chrono::Duration = chrono::Duration::seconds(1);

/// Time from the worst moment of an outage to the begin of its recovery.
const BEFORE_RECOVERY: chrono::Duration = chrono::Duration::milliseconds(500);

/// A moment that a picture shows.
#[derive(Debug, Clone)]
pub(in crate::session) struct Scene {
    /// The world at that moment.
    pub(super) world: World,
    pub(super) at: Time,
}

/// Keeps the worst moment of the newest outage of a live run: the last second before the control plane was restored.
#[derive(Debug, Default)]
pub(in crate::session) struct WorstMoment {
    scene: Option<Box<Scene>>,
}

impl WorstMoment {
    /// Updates the moment after an observation. Clones the world once a second until the restore begins.
    pub(in crate::session) fn update(&mut self, world: &World) {
        let Some(outage) = world.outage() else { return };
        let steps = outage.steps();
        let recovering = steps.restore_requested.or(steps.container_up).or(steps.readyz).is_some();
        let of_this_outage = self.scene.as_ref().filter(|scene| scene.at >= outage.began);
        if of_this_outage.is_none_or(|scene| !recovering && world.now - scene.at >= CLONE_INTERVAL) {
            self.scene = Some(Box::new(Scene { world: world.clone(), at: world.now }));
        }
    }

    /// Returns the moment that a picture shows in place of `world`. `None` during an outage, or if there was none.
    pub(in crate::session) fn scene(&self, world: &World) -> Option<Scene> {
        let outage = past_outage(world)?;
        self.scene.as_deref().filter(|scene| scene.at >= outage.began).cloned()
    }
}

impl Scene {
    /// Returns the worst moment of the last outage before the playhead. `None` during an outage, or if there was none.
    pub(in crate::session) fn of(player: &Player) -> Option<Self> {
        let outage = past_outage(player.world())?;
        let at = worst(outage, player.at()).clamp(player.start(), player.at());
        Some(Self { world: player.world_at(at), at })
    }
}

/// Returns the last outage. `None` if it is not over, or there was none.
fn past_outage(world: &World) -> Option<&Outage> {
    world.outage().is_none().then(|| world.last_outage()).flatten()
}

/// Returns the worst moment of the longest outage up to `end`; `end` if there was none.
pub(super) fn worst_of_longest_outage(world: &World, end: Time) -> Time {
    world.outages.iter().max_by_key(|outage| outage.duration(end)).map_or(end, |outage| worst(outage, end))
}

/// Returns the last moment of an outage before its recovery begins.
fn worst(outage: &Outage, end: Time) -> Time {
    let steps = outage.steps();
    let recovery = steps.restore_requested.or(steps.container_up).or(steps.readyz).or(outage.ended());
    recovery.unwrap_or(end) - BEFORE_RECOVERY
}
