//! What worked during an outage and what did not, each claim with its evidence.
//!
//! What was not probed, or could not be, is unknown, and the claim gives the reason.

mod api_probes;
mod claim;
mod containers;
mod requests;

pub use claim::{Claim, Finding};

use crate::{
    observation::Time,
    world::{Outage, World},
};

/// All claims about `outage` at `now`, in the order of the report.
pub(super) fn claims(outage: &Outage, world: &World, now: Time) -> Vec<Claim> {
    let mut claims =
        vec![requests::reads(outage), api_probes::writes(outage, world), api_probes::scheduling(outage, world)];
    claims.extend(requests::node_ports(outage, world));
    claims.extend(containers::running(outage, world));
    claims.push(containers::restarts(outage, world, now));
    claims
}

#[cfg(test)]
mod tests;
