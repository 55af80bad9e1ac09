//! Wires the ends together: sources, world, screen, guard and tape, and the one loop between them.
//!
//! It is the only writer of the world and of the model, and the only one that executes commands. Nothing in the loop
//! awaits I/O: keys and frames come before the firehose, so a dead backend or a storm of lines never freezes a key. It
//! decides nothing that `update` or the world can decide.

mod dirs;
mod export;
mod fault_dispatcher;
mod frame_timer;
mod headless;
mod machine_sleep;
mod options;
mod outcomes;
mod player;
mod recording;
mod replay;
mod shutdown;
mod signals;
mod sources;

use std::{panic::AssertUnwindSafe, path::PathBuf, time::Duration};

use crossterm::event::Event;
use futures_util::FutureExt as _;
use ratatui::layout::Size;
use tokio::{sync::mpsc, task::JoinSet, time::sleep_until};

pub use dirs::state_dir;
pub use export::{ReportError, ReportFormat, ReportOptions, write_report};
use fault_dispatcher::FaultDispatcher;
use frame_timer::{FrameTimer, Urgency};
pub use headless::{HeadlessError, run_headless};
use machine_sleep::MachineSleep;
pub use options::{SessionError, SessionOptions, SessionTarget};
pub use player::Player;
pub use recording::RecordingOptions;
use recording::SessionRecording;
pub use replay::{ReplayOptions, run_replay, story, write_story};
use shutdown::Exit;
pub use shutdown::{NextStep, SessionEnd, restore_and_report};
pub use signals::Signals;
use sources::{SourceTasks, TaskEvent};

use crate::{
    clock::Clock,
    feed::{self, Feed},
    observation::{Cluster, FaultAction, Observation, SourceHealth, SourceReport, Stamped},
    source::docker::Discovery,
    test_panic,
    tui::{
        self, Action, Command, KeyMode, Keyboard, Model, Screen, ScreenPage, SuspendScope, TerminalError, TerminalEvent,
    },
    world::World,
};

/// Observations folded at a time, between two looks at the keyboard.
const BATCH: usize = 256;

/// From a batch that had room to the next: what comes at once wakes this thread once. Less than a frame.
const COMPANY: Duration = Duration::from_millis(10);

/// One run of the dashboard.
struct Session {
    options: SessionOptions,
    clock: Clock,
    feed: Feed,
    world: World,
    model: Model,
    frame_timer: FrameTimer,
    plant: SourceTasks,
    sleep: MachineSleep,
    /// `None` until the cluster is known.
    fault_dispatcher: Option<FaultDispatcher>,
    /// Whether the operator leaves once the control plane is ready again.
    leaving: bool,
    reports: JoinSet<Result<PathBuf, ReportError>>,
    /// Where the last report is.
    written: Option<PathBuf>,
    recording: SessionRecording,
    worst: export::WorstMoment,
}

/// Shows the dashboard until the operator leaves or a signal comes, and brings the control plane back. The terminal
/// is as it was when this returns, also after a panic.
pub async fn run_live(options: SessionOptions, signals: &mut Signals) -> Result<SessionEnd, SessionError> {
    let clock = Clock::start();
    let (feed, received) = Feed::channel(clock, feed::CAPACITY);
    let plant = SourceTasks::new(&options.target, feed.clone())?;
    let mut screen = Screen::open()?;
    let size = screen.size();
    let mut session = Session::new(options, plant, clock, feed, size);
    // a panic of a task ends that task; one of this loop ends the show, and must not leave the control plane down
    let shown = AssertUnwindSafe(session.show(&mut screen, received, signals)).catch_unwind().await;
    // first of all: from here on the guard brings the control plane back
    let guard = session.fault_dispatcher.take().and_then(FaultDispatcher::detach);
    // all at once, so that what does not answer takes no longer together than alone
    let asked = clock.instant(clock.now());
    session.plant.cancel();
    let tape = session.recording.close();
    drop(screen);
    session.plant.close(asked).await;
    let away = shutdown::ApiDowntime::of(&session.world, clock);
    let summary = session.world.cluster.is_some().then_some(shutdown::SessionSummary { away, report: session.written });
    Ok(SessionEnd::new(shown, guard, summary, tape))
}

impl Session {
    fn new(options: SessionOptions, plant: SourceTasks, clock: Clock, feed: Feed, size: Size) -> Self {
        let model = Model {
            mode: match options.target {
                SessionTarget::Kind { .. } => tui::Mode::Live,
                SessionTarget::Lab { .. } => tui::Mode::Lab,
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
            sleep: MachineSleep::new(clock, plant.woken()),
            plant,
            fault_dispatcher: None,
            leaving: false,
            reports: JoinSet::new(),
            written: None,
            recording: SessionRecording::new(options.recording.clone()),
            worst: export::WorstMoment::default(),
            options,
        }
    }

    /// The loop.
    async fn show(
        &mut self,
        screen: &mut Screen,
        mut received: mpsc::Receiver<Stamped>,
        signals: &mut Signals,
    ) -> Result<Exit, TerminalError> {
        let mut keys = Keyboard::open().map_err(TerminalError::from)?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut rests_until = None;
        if self.model.mouse {
            screen.set_mouse(true);
        }
        let real = matches!(self.options.target, SessionTarget::Kind { .. });
        if real && self.options.restore_after.is_none() {
            self.hint("--leave: the control plane will NOT be started again by itself");
        }
        loop {
            test_panic::check("loop");
            tokio::select! {
                biased;
                signal = signals.next() => return Ok(Exit::Signalled(signal)),
                event = keys.next() => match event {
                    Some(event) => {
                        if let Some(exit) = self.event(screen, event)? {
                            return Ok(exit);
                        }
                    }
                    // the terminal is gone
                    None => return Ok(Exit::Signalled("SIGHUP")),
                },
                () = sleep_until(self.frame_timer.due()) => self.draw(screen)?,
                outcome = outcomes::outcome(&mut self.fault_dispatcher) => {
                    if let Some(exit) = self.came_of(outcome) {
                        return Ok(exit);
                    }
                }
                Some(Ok(written)) = self.reports.join_next() => {
                    self.hint(&export::said(&written));
                    self.written = written.ok().or(self.written.take());
                }
                jumps = self.sleep.look() => machine_sleep::observations(jumps).for_each(|jump| self.say(jump)),
                task_event = self.plant.task_event() => self.task_event(task_event),
                () = sleep_until(rests_until.unwrap_or_else(|| self.frame_timer.due())), if rests_until.is_some() => rests_until = None,
                taken = received.recv_many(&mut batch, BATCH), if rests_until.is_none() => {
                    debug_assert!(taken > 0, "the session holds a sender");
                    rests_until = (taken < BATCH).then(|| self.clock.instant(self.clock.now()) + COMPANY);
                    batch.drain(..).for_each(|stamped| self.take(stamped));
                }
            }
        }
    }

    /// Folds one observation, and puts it on the tape.
    fn take(&mut self, stamped: Stamped) {
        self.world.take(&stamped);
        self.worst.watch(&self.world);
        self.frame_timer.changed(frame_timer::urgency(&stamped.observation));
        if let Observation::Cluster(cluster) = &stamped.observation {
            self.plant.journals(cluster);
            if let Some(fault_dispatcher) = &mut self.fault_dispatcher {
                fault_dispatcher.describe(cluster);
            }
        }
        if let Some(failed) = self.recording.take(stamped) {
            self.not_recording(&failed);
        }
    }

    /// Says something of the session's own.
    fn say(&mut self, observation: Observation) {
        self.take(Stamped { at: self.clock.now(), observation });
    }

    fn hint(&mut self, text: &str) {
        self.model.hint = Some(tui::Hint { text: text.to_owned(), at: self.clock.now() });
        self.frame_timer.changed(Urgency::Now);
    }

    /// One event of the terminal.
    fn event(&mut self, screen: &mut Screen, input: TerminalEvent) -> Result<Option<Exit>, TerminalError> {
        let action = match input {
            TerminalEvent::Event(Event::Key(key)) => tui::resolve(key, KeyMode::of(&self.model)),
            TerminalEvent::Event(Event::Mouse(mouse)) => tui::wheel(mouse),
            TerminalEvent::Event(Event::Resize(columns, rows)) => {
                screen.resize(Size::new(columns, rows));
                Some(Action::Resize(Size::new(columns, rows)))
            }
            TerminalEvent::Event(Event::FocusGained | Event::FocusLost | Event::Paste(_)) => None,
            TerminalEvent::Suspend => {
                screen.suspend(SuspendScope::Process)?;
                Some(Action::Resize(screen.size()))
            }
            TerminalEvent::Continue => {
                screen.resume()?;
                Some(Action::Resize(screen.size()))
            }
        };
        match action {
            Some(action) => self.act(screen, action),
            None => Ok(None),
        }
    }

    fn act(&mut self, screen: &mut Screen, action: Action) -> Result<Option<Exit>, TerminalError> {
        self.frame_timer.changed(Urgency::Now);
        for command in tui::update(&mut self.model, &self.world, action, self.clock.now()) {
            match command {
                Command::StartGuard => self.start_guard(),
                Command::DismissGuard => self.dismiss_guard(),
                Command::Execute { action, without_intent } => self.carry_out(action, without_intent),
                Command::LeaveDown => {
                    if let Some(fault_dispatcher) = &mut self.fault_dispatcher {
                        fault_dispatcher.release();
                    }
                    return Ok(Some(Exit::Left));
                }
                Command::Quit { restore: false } => return Ok(Some(Exit::Left)),
                Command::Quit { restore: true } => {
                    self.leaving = true;
                    self.carry_out(FaultAction::Restore, false);
                }
                Command::SetMouse(on) => screen.set_mouse(on),
                Command::Suspend => {
                    screen.suspend(SuspendScope::Group)?;
                    self.model.size = screen.size();
                }
                Command::Mark { word } => self.say(Observation::Mark { word }),
                Command::Report => self.report(),
                // only a tape can be played
                Command::Playback(_) => {}
                Command::ChooseCluster { cluster } => self.plant.choose(Some(cluster)),
                Command::Retry => {
                    if let SessionTarget::Kind { cluster, .. } = &self.options.target {
                        self.plant.choose(cluster.clone());
                    }
                }
                Command::OpenLab => return Ok(Some(Exit::WantsLab)),
            }
        }
        // a question that was closed was not answered
        self.leaving &= matches!(self.model.overlay, tui::Overlay::Quit | tui::Overlay::Leaving { .. });
        Ok(None)
    }

    fn task_event(&mut self, task_event: TaskEvent) {
        match task_event {
            TaskEvent::Discovery(discovery) => self.discovered(discovery),
            TaskEvent::Ended { source: Some(source), crashed } => {
                let reason = if crashed { "it crashed; l shows the log" } else { "it has ended" };
                let health = SourceHealth::Ended { reason: reason.to_owned() };
                self.say(Observation::Source(SourceReport { source, health }));
            }
            TaskEvent::Ended { source: None, .. } => {}
        }
    }

    /// The search for the cluster has come further.
    fn discovered(&mut self, discovery: Discovery) {
        let names = |clusters: Vec<crate::observation::Cluster>| clusters.into_iter().map(|c| c.name).collect();
        let page = match discovery {
            Discovery::Searching => return,
            Discovery::NoEngine(error) => ScreenPage::NoEngine { error: error.to_string() },
            Discovery::NoCluster => ScreenPage::NoCluster { wanted: None, found: Vec::new() },
            Discovery::NotFound { requested, available } => {
                ScreenPage::NoCluster { wanted: Some(requested), found: names(available) }
            }
            Discovery::Ambiguous(there) => ScreenPage::Choose { clusters: names(there), selected: 0 },
            Discovery::Found(cluster) => {
                self.found(&cluster);
                // the search tells again whenever the cluster changes; what is open on the dashboard stays open
                if self.model.page == ScreenPage::Dashboard {
                    return;
                }
                ScreenPage::Dashboard
            }
        };
        let now = self.clock.now();
        // a page asks for nothing that only the session can do
        let _none = tui::update(&mut self.model, &self.world, Action::ShowPage(page), now);
        self.frame_timer.changed(Urgency::Now);
    }

    /// There is a cluster: it can be operated on, and its tape can begin.
    fn found(&mut self, cluster: &Cluster) {
        if self.fault_dispatcher.is_some() {
            return;
        }
        let state = state_dir();
        let restore_after_s = self.options.restore_after.map(|after| after.as_secs().max(1));
        let mut fault_dispatcher =
            FaultDispatcher::new(self.plant.backend(), cluster.clone(), state.clone(), restore_after_s);
        fault_dispatcher.look_for_intent();
        self.fault_dispatcher = Some(fault_dispatcher);
        if let Some(failed) =
            self.recording.begin(self.clock.started(), &cluster.name, self.options.target.mode(), state.as_deref())
        {
            self.not_recording(&failed);
        }
    }

    fn not_recording(&mut self, error: &str) {
        tracing::warn!("{error}");
        self.hint(&format!("not recording: {error}"));
    }

    /// Has the report written, of the world as it is now.
    fn report(&mut self) {
        let (world, model, now) = (self.world.clone(), self.model.clone(), self.clock.now());
        let scene = self.worst.scene(&world);
        let about = export::RunInfo::live(&world);
        self.reports.spawn_blocking(move || export::write(&world, &model, now, &about, scene.as_ref()));
    }

    fn draw(&mut self, screen: &mut Screen) -> Result<(), TerminalError> {
        let now = self.clock.now();
        self.model.recording = self.recording.state();
        let (world, model) = (&self.world, &self.model);
        test_panic::check("draw");
        screen.draw(|area, buffer| tui::view(world, model, now, area, buffer))?;
        let moving = self.world.operator.in_progress().is_some() || self.world.outage().is_some();
        self.frame_timer.drawn(moving);
        Ok(())
    }
}
