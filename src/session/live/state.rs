//! State of a live session, and its two verbs: fold an observation, render a frame.

use std::path::PathBuf;

use ratatui::layout::Size;
use tokio::task::JoinSet;

use crate::{
    clock::Clock,
    feed::Feed,
    observation::{Observation, Stamped},
    session::{
        export::{self, ReportError, RunInfo, WorstMoment},
        fault_dispatcher::FaultDispatcher,
        frame_timer::{FrameTimer, Urgency},
        machine_sleep::MachineSleep,
        options::{SessionOptions, SessionTarget},
        recording::SessionRecording,
        sources::SourceTasks,
    },
    test_panic,
    tui::{self, Hint, Mode, Model, Screen, TerminalError},
    world::World,
};

/// State of a live session: everything that its loop may change.
pub(super) struct LiveSession {
    pub(super) options: SessionOptions,
    pub(super) clock: Clock,
    pub(super) feed: Feed,
    pub(super) world: World,
    pub(super) model: Model,
    pub(super) frame_timer: FrameTimer,
    pub(super) sources: SourceTasks,
    pub(super) machine_sleep: MachineSleep,
    /// `None` until the cluster is known.
    pub(super) dispatcher: Option<FaultDispatcher>,
    /// Whether the session ends once the control plane is ready again.
    pub(super) quit_when_ready: bool,
    /// Reports that are being written.
    pub(super) reports: JoinSet<Result<PathBuf, ReportError>>,
    /// Directory of the last report. `None` if none was written.
    pub(super) last_report: Option<PathBuf>,
    pub(super) recording: SessionRecording,
    pub(super) worst_moment: WorstMoment,
}

impl LiveSession {
    pub(super) fn new(options: SessionOptions, sources: SourceTasks, clock: Clock, feed: Feed, size: Size) -> Self {
        let model = Model {
            mode: match options.target {
                SessionTarget::Kind { .. } => Mode::Live,
                SessionTarget::Lab { .. } => Mode::Lab,
            },
            appearance: options.appearance,
            mouse: options.mouse,
            size,
            ..Model::default()
        };
        Self {
            clock,
            feed,
            world: World::new(clock.started()),
            model,
            frame_timer: FrameTimer::new(clock),
            machine_sleep: MachineSleep::new(clock, sources.woken()),
            sources,
            dispatcher: None,
            quit_when_ready: false,
            reports: JoinSet::new(),
            last_report: None,
            recording: SessionRecording::new(options.recording.clone()),
            worst_moment: WorstMoment::default(),
            options,
        }
    }

    /// Folds an observation into the world, and records it.
    pub(super) fn fold(&mut self, stamped: Stamped) {
        self.world.take(&stamped);
        self.worst_moment.update(&self.world);
        self.frame_timer.request(Urgency::of(&stamped.observation));
        if let Observation::Cluster(cluster) = &stamped.observation {
            self.sources.start_journals(cluster);
            if let Some(dispatcher) = &mut self.dispatcher {
                dispatcher.set_cluster(cluster.clone());
            }
        }
        if let Some(error) = self.recording.record(stamped) {
            self.show_recording_error(&error);
        }
    }

    /// Folds an observation of the session itself, with the time of now.
    pub(super) fn observe(&mut self, observation: Observation) {
        self.fold(Stamped { at: self.clock.now(), observation });
    }

    /// Shows a sentence in the hint row.
    pub(super) fn hint(&mut self, text: &str) {
        self.model.hint = Some(Hint { text: text.to_owned(), at: self.clock.now() });
        self.frame_timer.request(Urgency::Key);
    }

    pub(super) fn show_recording_error(&mut self, error: &str) {
        tracing::warn!("{error}");
        self.hint(&format!("not recording: {error}"));
    }

    /// Starts to write a report of the world as it is now.
    pub(super) fn start_report(&mut self) {
        let (world, model, now) = (self.world.clone(), self.model.clone(), self.clock.now());
        let scene = self.worst_moment.scene(&world);
        let run = RunInfo::live(&world);
        self.reports.spawn_blocking(move || export::write_bundle(&world, &model, now, &run, scene.as_ref()));
    }

    /// Shows where the report is, or why it was not written.
    pub(super) fn handle_report_written(&mut self, result: Result<PathBuf, ReportError>) {
        self.hint(&export::result_sentence(&result));
        self.last_report = result.ok().or(self.last_report.take());
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// The terminal cannot be written.
    pub(super) fn render(&mut self, screen: &mut Screen) -> Result<(), TerminalError> {
        let now = self.clock.now();
        self.model.recording = self.recording.state();
        let (world, model) = (&self.world, &self.model);
        test_panic::check("draw");
        screen.draw(|area, buffer| tui::view(world, model, now, area, buffer))?;
        let in_progress = self.world.operator.in_progress().is_some() || self.world.outage().is_some();
        self.frame_timer.set_drawn(in_progress);
        Ok(())
    }
}
