//! Wires the ends together: sources, world, screen, keeper and tape, and the one loop between them.
//!
//! It is the only writer of the world and of the model, and the only one that executes commands. Nothing in the loop
//! awaits I/O: keys and frames come before the firehose, so a dead backend or a storm of lines never freezes a key. It
//! decides nothing that `update` or the world can decide.

mod ending;
mod headless;
mod options;
mod pace;
mod places;
mod plant;
mod replay;
mod report;
mod signals;
mod taping;

use std::{panic::AssertUnwindSafe, path::PathBuf, time::Duration};

use crossterm::event::Event;
use futures_util::FutureExt as _;
use ratatui::layout::Size;
use tokio::{sync::mpsc, task::JoinSet, time::sleep_until};

pub use ending::{Ending, Next, farewell};
pub use headless::{HeadlessError, tell};
pub use options::{Options, Target, WatchError};
use pace::{Pace, Urgency};
pub use places::state_folder;
use plant::{News, Plant};
pub use replay::{Player, ReplayOptions, replay, retell, retell_tape};
pub use report::{Format, ReportError, ReportOptions, report};
pub use signals::Signals;
pub use taping::Record;
use taping::Taping;

use crate::{
    clock::Clock,
    feed::{self, Feed},
    keeper::{DeedError, Intent, Keeper},
    observation::{Deed, NodeRole, Observation, RunState, SourceHealth, SourceReport, Stamped},
    source::docker::Discovery,
    tui::{self, Action, Command, Keyboard, Model, Overlay, Page, Screen, TerminalError, keymap},
    world::World,
};

/// Observations folded at a time, between two looks at the keyboard.
const BATCH: usize = 256;

/// From a batch that had room to the next: what comes at once wakes this thread once. Less than a frame.
const COMPANY: Duration = Duration::from_millis(10);

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
    /// What an earlier run has left behind, until it is known whether it is still so.
    left_behind: Option<Intent>,
    deeds: JoinSet<()>,
    leaving: JoinSet<Result<Option<String>, DeedError>>,
    reports: JoinSet<Result<PathBuf, ReportError>>,
    taping: Taping,
    worst: report::WorstMoment,
}

/// Shows the dashboard until the operator leaves or a signal comes, and brings the control plane back. The terminal
/// is as it was when this returns, also after a panic.
pub async fn watch(options: Options, signals: &mut Signals) -> Result<Ending, WatchError> {
    let clock = Clock::start();
    let (feed, received) = Feed::channel(clock, feed::CAPACITY);
    let plant = Plant::new(&options.target, feed.clone())?;
    let mut screen = Screen::open()?;
    let size = screen.size();
    let mut session = Session::new(options, plant, clock, feed, size);
    // a panic of a task ends that task; one of this loop ends the show, and must not leave the control plane down
    let shown = AssertUnwindSafe(session.show(&mut screen, received, signals)).catch_unwind().await;
    drop(screen);
    session.plant.close().await;
    let keeper = session.keeper.take();
    // a lab ends with its process: there is nothing to bring back
    let real = matches!(session.options.target, Target::Kind { .. });
    let keeper = keeper.filter(|_| real && session.options.restore_after.is_some());
    Ok(Ending::new(shown, keeper, session.feed.clone()))
}

impl Session {
    fn new(options: Options, plant: Plant, clock: Clock, feed: Feed, size: Size) -> Self {
        let model = Model {
            mode: match options.target {
                Target::Kind { .. } => tui::Mode::Live,
                Target::Lab { .. } => tui::Mode::Lab,
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
            pace: Pace::new(clock),
            plant,
            keeper: None,
            left_behind: None,
            deeds: JoinSet::new(),
            leaving: JoinSet::new(),
            reports: JoinSet::new(),
            taping: Taping::new(options.record.clone()),
            worst: report::WorstMoment::default(),
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
        let mut keys = Keyboard::open().map_err(TerminalError::from)?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut rests_until = None;
        if self.model.mouse {
            screen.set_mouse(true)?;
        }
        let real = matches!(self.options.target, Target::Kind { .. });
        if real && self.options.restore_after.is_none() {
            self.hint("--leave: the control plane will NOT be started again by itself");
        }
        loop {
            tokio::select! {
                biased;
                signal = signals.next() => return Ok(Shown::Signalled(signal)),
                event = keys.next() => match event {
                    Some(event) => {
                        if let Some(shown) = self.event(screen, event)? {
                            return Ok(shown);
                        }
                    }
                    // the terminal is gone
                    None => return Ok(Shown::Signalled("SIGHUP")),
                },
                () = sleep_until(self.pace.due()) => self.draw(screen)?,
                Some(left) = self.leaving.join_next() => {
                    // one that failed is shown, and the operator decides again
                    if let Ok(Ok(restored)) = left {
                        return Ok(Shown::Left(restored));
                    }
                }
                Some(_) = self.deeds.join_next() => {}
                Some(Ok(written)) = self.reports.join_next() => self.hint(&report::said(&written)),
                news = self.plant.news() => self.news(news),
                () = sleep_until(rests_until.unwrap_or_else(|| self.pace.due())), if rests_until.is_some() => rests_until = None,
                taken = received.recv_many(&mut batch, BATCH), if rests_until.is_none() => {
                    debug_assert!(taken > 0, "the session holds a sender");
                    rests_until = (taken < BATCH).then(|| self.clock.instant(self.clock.now()) + COMPANY);
                    batch.drain(..).for_each(|stamped| self.take(stamped));
                    self.dead_man();
                }
            }
        }
    }

    /// Folds one observation, and puts it on the tape.
    fn take(&mut self, stamped: Stamped) {
        self.world.take(&stamped);
        self.worst.watch(&self.world);
        self.pace.changed(pace::urgency(&stamped.observation));
        if let Observation::Cluster(cluster) = &stamped.observation {
            self.plant.journals(cluster);
        }
        if let Observation::Container(state) = &stamped.observation
            && state.role == NodeRole::ControlPlane
        {
            self.offer(state.state);
        }
        if let Some(failed) = self.taping.take(stamped) {
            self.not_recording(&failed);
        }
    }

    /// Offers to undo what an earlier run has left behind, now that the engine says how the control plane is.
    fn offer(&mut self, state: RunState) {
        let Some(intent) = self.left_behind.take() else { return };
        if state != RunState::Running {
            self.hint(&format!("an earlier run was ended while {} was down", intent.container));
            self.model.overlay = Overlay::Confirm(Deed::Restore);
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
                Command::Report => self.report(),
                // only a tape can be played
                Command::Play(_) => {}
                Command::Choose { cluster } => self.plant.choose(Some(cluster)),
                Command::Retry => {
                    if let Target::Kind { cluster, .. } = &self.options.target {
                        self.plant.choose(cluster.clone());
                    }
                }
                Command::OpenLab => return Ok(Some(Shown::WantsLab)),
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
                // the search tells again whenever the cluster changes; what is open on the dashboard stays open
                if self.model.page == Page::Dashboard {
                    return;
                }
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
        let (hands, folder) = self.plant.hands(cluster);
        let keeper = Keeper::new(hands, cluster, folder.then(|| state.clone()).flatten());
        self.left_behind = keeper.left_behind();
        self.keeper = Some(keeper);
        if let Some(failed) =
            self.taping.begin(self.clock.started(), cluster, self.options.target.mode(), state.as_deref())
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
        let about = report::About::live(&world);
        self.reports.spawn_blocking(move || report::write(&world, &model, now, &about, scene.as_ref()));
    }

    fn draw(&mut self, screen: &mut Screen) -> Result<(), TerminalError> {
        let now = self.clock.now();
        self.model.recording = self.taping.state();
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
    /// The operator wants the lab instead.
    WantsLab,
    /// A signal, or a terminal that went away.
    Signalled(&'static str),
}
