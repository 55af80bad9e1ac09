//! Wires the ends together: sources, world, screen, keeper and tape, and the one loop between them.
//!
//! It is the only writer of the world and of the model, and the only one that executes commands. Nothing in the loop
//! awaits I/O: keys and frames come before the firehose, so a dead backend or a storm of lines never freezes a key. It
//! decides nothing that `update` or the world can decide.

mod ending;
mod headless;
mod pace;
mod places;
mod plant;
mod signals;

use std::{panic::AssertUnwindSafe, time::Duration};

use crossterm::event::{Event, EventStream};
use futures_util::{FutureExt as _, StreamExt as _};
use ratatui::layout::Size;
use tokio::{sync::mpsc, task::JoinSet, time::sleep_until};

pub use ending::{Ending, farewell};
pub use headless::{HeadlessError, tell};
use pace::{Pace, Urgency};
pub use places::state_folder;
use plant::{News, Plant};
pub use signals::Signals;

use crate::{
    clock::Clock,
    engine::Engine,
    fault::{Fault, FaultError},
    feed::{self, Feed},
    keeper::Keeper,
    observation::{Deed, Observation, SourceHealth, SourceReport, Stamped},
    source::{access::ApiAccess, docker::Discovery},
    tape::{Header, Mode as TapeMode, Recorder, Recording, Shelf},
    tui::{self, Action, Command, Model, Overlay, Page, Screen, TerminalError, keymap},
    world::World,
};

/// Observations folded at a time, between two looks at the keyboard.
const BATCH: usize = 256;

/// What a session watches, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The container engine.
    pub engine: Engine,
    /// kind's name of the cluster; nothing for the only one.
    pub cluster: Option<String>,
    /// The way to the API server.
    pub access: ApiAccess,
    /// The workload's NodePort.
    pub node_port: u16,
    /// When to start the control plane again by itself; nothing for never, and not on the way out either.
    pub restore_after: Option<Duration>,
    /// How the screen looks.
    pub appearance: tui::Appearance,
    /// Whether the terminal sends the wheel.
    pub mouse: bool,
    /// Whether a tape is written.
    pub record: bool,
}

/// One run of the dashboard.
struct Session {
    options: Options,
    clock: Clock,
    feed: Feed,
    world: World,
    model: Model,
    pace: Pace,
    plant: Plant,
    keeper: Option<Keeper>,
    deeds: JoinSet<()>,
    leaving: JoinSet<Result<Option<String>, FaultError>>,
    /// What was said before there was a tape: its header needs the cluster's name.
    early: Vec<Stamped>,
    recorder: Option<Recorder>,
}

/// Shows the dashboard until the operator leaves or a signal comes, and brings the control plane back. The terminal
/// is as it was when this returns, also after a panic.
pub async fn watch(options: Options, mut signals: Signals) -> Result<Ending, TerminalError> {
    let clock = Clock::start();
    let (feed, received) = Feed::channel(clock, feed::CAPACITY);
    let mut screen = Screen::open()?;
    let size = screen.size();
    let mut session = Session::new(options, clock, feed, size);
    // a panic of a task ends that task; one of this loop ends the show, and must not leave the control plane down
    let shown = AssertUnwindSafe(session.show(&mut screen, received, &mut signals)).catch_unwind().await;
    drop(screen);
    session.plant.close().await;
    let keeper = session.keeper.take();
    let keeper = keeper.filter(|_| session.options.restore_after.is_some());
    Ok(Ending::new(shown, keeper, session.feed.clone()))
}

impl Session {
    fn new(options: Options, clock: Clock, feed: Feed, size: Size) -> Self {
        let plant = Plant::new(&options, feed.clone());
        let model = Model {
            appearance: options.appearance,
            mouse: options.mouse,
            recording: options.record,
            size,
            ..Model::default()
        };
        Self {
            clock,
            feed,
            world: World::new(clock.started()),
            model,
            pace: Pace::new(clock),
            plant,
            keeper: None,
            deeds: JoinSet::new(),
            leaving: JoinSet::new(),
            early: Vec::new(),
            recorder: None,
            options,
        }
    }

    /// The loop.
    async fn show(
        &mut self,
        screen: &mut Screen,
        mut received: mpsc::Receiver<Stamped>,
        signals: &mut Signals,
    ) -> Result<Shown, TerminalError> {
        let mut keys = EventStream::new();
        let mut batch = Vec::with_capacity(BATCH);
        if self.model.mouse {
            screen.set_mouse(true)?;
        }
        if self.options.restore_after.is_none() {
            self.hint("--leave: the control plane will NOT be started again by itself");
        }
        loop {
            tokio::select! {
                biased;
                signal = signals.next() => return Ok(Shown::Signalled(signal)),
                event = keys.next() => match event {
                    Some(Ok(event)) => {
                        if let Some(shown) = self.event(screen, event)? {
                            return Ok(shown);
                        }
                    }
                    // the terminal is gone
                    Some(Err(_)) | None => return Ok(Shown::Signalled("SIGHUP")),
                },
                () = sleep_until(self.pace.due()) => self.draw(screen)?,
                Some(left) = self.leaving.join_next() => {
                    // one that failed is shown, and the operator decides again
                    if let Ok(Ok(restored)) = left {
                        return Ok(Shown::Left(restored));
                    }
                }
                Some(_) = self.deeds.join_next() => {}
                news = self.plant.news() => self.news(news),
                taken = received.recv_many(&mut batch, BATCH) => {
                    debug_assert!(taken > 0, "the session holds a sender");
                    batch.drain(..).for_each(|stamped| self.take(stamped));
                    self.dead_man();
                }
            }
        }
    }

    /// Folds one observation, and puts it on the tape.
    fn take(&mut self, stamped: Stamped) {
        self.world.take(&stamped);
        self.pace.changed(pace::urgency(&stamped.observation));
        if let Observation::Cluster(cluster) = &stamped.observation {
            self.plant.journals(cluster);
        }
        match &mut self.recorder {
            Some(recorder) => {
                recorder.record(stamped);
                self.recording();
            }
            None if self.options.record && self.early.len() < BATCH => self.early.push(stamped),
            None => {}
        }
    }

    /// Says something of the session's own.
    fn say(&mut self, observation: Observation) {
        self.take(Stamped { at: self.clock.now(), observation });
    }

    fn hint(&mut self, text: &str) {
        self.model.hint = Some(tui::model::Hint { text: text.to_owned(), at: self.clock.now() });
        self.pace.changed(Urgency::Now);
    }

    /// One event of the terminal.
    fn event(&mut self, screen: &mut Screen, event: Event) -> Result<Option<Shown>, TerminalError> {
        let action = match event {
            Event::Key(key) => keymap::resolve(key, self.model.key_mode()),
            Event::Mouse(mouse) => keymap::wheel(mouse),
            Event::Resize(columns, rows) => {
                screen.resize(Size::new(columns, rows)).map_err(TerminalError::from)?;
                Some(Action::Resize(Size::new(columns, rows)))
            }
            Event::FocusGained | Event::FocusLost | Event::Paste(_) => None,
        };
        match action {
            Some(action) => self.act(screen, action),
            None => Ok(None),
        }
    }

    fn act(&mut self, screen: &mut Screen, action: Action) -> Result<Option<Shown>, TerminalError> {
        self.pace.changed(Urgency::Now);
        for command in tui::update(&mut self.model, &self.world, action, self.clock.now()) {
            match command {
                Command::Carry(deed) => self.carry(deed),
                Command::Quit { restore: false } => {
                    return Ok(Some(Shown::Left(None)));
                }
                Command::Quit { restore: true } => self.leave(),
                Command::SetMouse(on) => screen.set_mouse(on)?,
                Command::Mark { word } => self.say(Observation::Mark { word }),
                Command::Choose { cluster } => self.plant.choose(Some(cluster)),
                Command::Retry => self.plant.choose(self.options.cluster.clone()),
            }
        }
        Ok(None)
    }

    /// Has a deed done.
    fn carry(&mut self, deed: Deed) {
        let container = self.world.cluster.as_ref().and_then(|cluster| cluster.control_planes().next());
        let (Some(container), Some(keeper)) = (container.map(|node| node.name.clone()), self.keeper.clone()) else {
            self.hint("there is no control plane to do that to yet");
            return;
        };
        let feed = self.feed.clone();
        self.deeds.spawn(async move { keeper.carry_out(deed, &container, &feed).await });
    }

    /// Starts the control plane and leaves when it is up; what it says meanwhile is shown.
    fn leave(&mut self) {
        match self.keeper.clone() {
            Some(keeper) if self.leaving.is_empty() => {
                let feed = self.feed.clone();
                self.leaving.spawn(async move { keeper.restore(&feed).await });
            }
            Some(_) => {}
            None => {
                self.leaving.spawn(async { Ok(None) });
            }
        }
    }

    /// Undoes a fault that nobody has undone in time.
    fn dead_man(&mut self) {
        let Some(patience) = self.options.restore_after else { return };
        let Some(since) = self.world.deeds.fault_since() else { return };
        let waited = (self.world.now - since).to_std().unwrap_or_default();
        if waited >= patience && self.world.deeds.in_progress().is_none() && self.deeds.is_empty() {
            let minutes = patience.as_secs() / 60;
            self.hint(&format!("{minutes} min have passed: starting the control plane again (--restore-after)"));
            self.carry(Deed::Restore);
        }
    }

    fn news(&mut self, news: News) {
        match news {
            News::Discovery(discovery) => self.discovered(discovery),
            News::Ended { source: Some(source), crashed } => {
                let reason = if crashed { "it crashed; l shows the log" } else { "it has ended" };
                let health = SourceHealth::Ended { reason: reason.to_owned() };
                self.say(Observation::Source(SourceReport { source, health }));
            }
            News::Ended { source: None, .. } => {}
        }
    }

    /// The search for the cluster has come further.
    fn discovered(&mut self, discovery: Discovery) {
        let names = |clusters: Vec<crate::observation::Cluster>| clusters.into_iter().map(|c| c.name).collect();
        let page = match discovery {
            Discovery::Looking => return,
            Discovery::NoEngine(error) => Page::NoEngine { error: error.to_string() },
            Discovery::NoCluster => Page::NoCluster { wanted: None, found: Vec::new() },
            Discovery::NotThere { wanted, there } => Page::NoCluster { wanted: Some(wanted), found: names(there) },
            Discovery::Choose(there) => Page::Choose { clusters: names(there), selected: 0 },
            Discovery::Found(cluster) => {
                self.found(&cluster.name);
                Page::Dashboard
            }
        };
        let now = self.clock.now();
        // a page asks for nothing that only the session can do
        let _none = tui::update(&mut self.model, &self.world, Action::Show(page), now);
        self.pace.changed(Urgency::Now);
    }

    /// There is a cluster: someone has to keep it, and its tape can begin.
    fn found(&mut self, cluster: &str) {
        if self.keeper.is_some() {
            return;
        }
        let state = state_folder();
        let keeper = Keeper::new(Fault::for_cluster(self.options.engine.clone(), cluster), cluster, state.clone());
        if let Some(intent) = keeper.left_behind() {
            self.hint(&format!("an earlier run was ended while {} was down", intent.container));
            self.model.overlay = Overlay::Confirm(Deed::Restore);
        }
        self.keeper = Some(keeper);
        if let (true, Some(state)) = (self.options.record, state) {
            self.begin_tape(&Shelf::new(&state), cluster);
        }
    }

    fn begin_tape(&mut self, shelf: &Shelf, cluster: &str) {
        let started = self.clock.started();
        let begun = Recorder::start(&shelf.place(started, cluster), &Header::new(started, cluster, TapeMode::Live));
        match begun {
            Ok(mut recorder) => {
                self.early.drain(..).for_each(|stamped| recorder.record(stamped));
                self.recorder = Some(recorder);
                if let Err(error) = shelf.tidy() {
                    tracing::warn!("an old tape cannot be deleted: {error}");
                }
            }
            Err(error) => self.not_recording(&error.to_string()),
        }
    }

    /// Looks after the tape: its end is said once, and the show goes on.
    fn recording(&mut self) {
        if let Some(Recording::Failed(error)) = self.recorder.as_ref().map(Recorder::state) {
            self.recorder = None;
            self.not_recording(&error);
        }
    }

    fn not_recording(&mut self, error: &str) {
        tracing::warn!("{error}");
        self.model.recording = false;
        self.options.record = false;
        self.hint(&format!("not recording: {error}"));
    }

    fn draw(&mut self, screen: &mut Screen) -> Result<(), TerminalError> {
        let now = self.clock.now();
        let (world, model) = (&self.world, &self.model);
        screen.draw(|area, buffer| tui::view(world, model, now, area, buffer))?;
        let moving = self.world.deeds.in_progress().is_some() || self.world.outage().is_some();
        self.pace.drawn(moving);
        Ok(())
    }
}

/// How the show ended.
#[derive(Debug)]
pub(crate) enum Shown {
    /// The operator left; with the container that was started, if one was.
    Left(Option<String>),
    /// A signal, or a terminal that went away.
    Signalled(&'static str),
}
