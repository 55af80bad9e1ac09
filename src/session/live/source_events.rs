//! Events of the source tasks: the search for the cluster, and a source that has ended.

use super::state::LiveSession;
use crate::{
    observation::{Cluster, Observation, SourceHealth, SourceReport},
    session::{dirs::state_dir, fault_dispatcher::FaultDispatcher, frame_timer::Urgency, sources::TaskEvent},
    source::docker::Discovery,
    tui::{self, Action, ScreenPage},
};

impl LiveSession {
    pub(super) fn handle_task_event(&mut self, event: TaskEvent) {
        match event {
            TaskEvent::Discovery(discovery) => self.handle_discovery(discovery),
            TaskEvent::Ended { source: Some(source), panicked } => {
                let reason = if panicked { "it crashed; l shows the log" } else { "it has ended" };
                let health = SourceHealth::Ended { reason: reason.to_owned() };
                self.observe(Observation::Source(SourceReport { source, health }));
            }
            TaskEvent::Ended { source: None, .. } => {}
        }
    }

    /// Shows the page for the result of the search, and prepares a cluster that was found.
    fn handle_discovery(&mut self, discovery: Discovery) {
        let names = |clusters: Vec<Cluster>| clusters.into_iter().map(|cluster| cluster.name).collect();
        let page = match discovery {
            Discovery::Searching => return,
            Discovery::NoEngine(error) => ScreenPage::NoEngine { error: error.to_string() },
            Discovery::NoCluster => ScreenPage::NoCluster { wanted: None, found: Vec::new() },
            Discovery::NotFound { requested, available } => {
                ScreenPage::NoCluster { wanted: Some(requested), found: names(available) }
            }
            Discovery::Ambiguous(available) => ScreenPage::Choose { clusters: names(available), selected: 0 },
            Discovery::Found(cluster) => {
                self.set_up_cluster(&cluster);
                // sent again whenever the cluster changes: an overlay of the dashboard stays open
                if self.model.page == ScreenPage::Dashboard {
                    return;
                }
                ScreenPage::Dashboard
            }
        };
        let commands = tui::update(&mut self.model, &self.world, Action::ShowPage(page), self.clock.now());
        debug_assert!(commands.is_empty(), "showing a page needs no command");
        self.frame_timer.request(Urgency::Key);
    }

    /// Creates the dispatcher of faults and begins the tape, once.
    fn set_up_cluster(&mut self, cluster: &Cluster) {
        if self.dispatcher.is_some() {
            return;
        }
        let state = state_dir();
        let restore_after_s = self.options.restore_after.map(|after| after.as_secs().max(1));
        let mut dispatcher =
            FaultDispatcher::new(self.sources.backend(), cluster.clone(), state.clone(), restore_after_s);
        dispatcher.look_for_intent();
        self.dispatcher = Some(dispatcher);
        let mode = self.options.target.tape_mode();
        if let Some(error) = self.recording.begin(self.clock.started(), &cluster.name, mode, state.as_deref()) {
            self.show_recording_error(&error);
        }
    }
}
