//! Moments of an outage, as the score card writes them.

use crate::{
    observation::Time,
    units,
    world::{Outage, World},
};

/// A moment as seconds since the outage began, `T+1.5 s`; before it began, `T-1.5 s`.
pub(super) fn t_plus(outage: &Outage, at: Time) -> String {
    format!("T{:+.1} s", units::seconds(at - outage.began))
}

/// True if it is the newest outage: only for that one the present state of sources and nodes means something.
pub(super) fn is_newest(outage: &Outage, world: &World) -> bool {
    world.last_outage().is_some_and(|last| last.began == outage.began)
}
