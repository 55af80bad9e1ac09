//! The description of a run in its report.

use crate::{
    report::RunInfo,
    tape::{TapeHeader, TapeMode},
    world::World,
};

impl RunInfo {
    /// Describes the run on the screen.
    pub(in crate::session) fn live(world: &World) -> Self {
        let cluster = world.cluster.as_ref().map(|cluster| cluster.name.clone()).unwrap_or_default();
        Self::of(&TapeHeader::new(world.started, cluster, TapeMode::Live), world)
    }

    /// Describes the run on a tape. The cluster's name is that of the header, or of `world` if the header has none.
    pub(in crate::session) fn of(header: &TapeHeader, world: &World) -> Self {
        let in_world = world.cluster.as_ref().map(|cluster| cluster.name.clone());
        Self {
            program: header.program.clone(),
            cluster: Some(header.cluster.clone()).filter(|name| !name.is_empty()).or(in_world).unwrap_or_default(),
            mode: match header.mode {
                TapeMode::Live => "live",
                TapeMode::Lab => "lab",
                TapeMode::Import => "import",
            },
            damage: None,
        }
    }
}
