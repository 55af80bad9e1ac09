//! What can be taken home: the report of the run on the screen, and of a tape.
//!
//! Here the parts meet that must not know each other: the value of a report, and the screen that pictures are made of.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use ratatui::{buffer::Buffer, layout::Rect};

use super::{dirs::state_dir, player::Player};
pub(super) use crate::report::RunInfo;
use crate::{
    observation::Time,
    output,
    report::{self, Cast, Report, svg},
    tape::{Overwrite, Tape, TapeHeader, TapeMode, create_new_private_folder, create_private, create_state_folder},
    tui::{self, Appearance, Mode, Model, RecordingStatus, ThemeName},
    world::{Outage, World},
};

/// A frame of a cast takes at least this long: ten a second.
const FRAME: chrono::Duration = chrono::Duration::milliseconds(100);

/// While nothing is said: the ages on the screen are in seconds.
const BEAT: chrono::Duration = chrono::Duration::seconds(1);

/// A cast shows so much of a silence, and goes on with the next observation. A live run has two observations a second; an
/// incident's journal may be silent for months.
const SILENCE: chrono::Duration = chrono::Duration::seconds(report::IDLE_LIMIT_S);

/// The folder of the reports in the state folder.
const REPORTS: &str = "reports";

/// Reports that may be asked for in one second.
const MOST_A_SECOND: u32 = 99;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Markdown: the score card, the lanes, and every claim with its evidence
    #[value(name = "md")]
    Markdown,
    /// The same as JSON, described by assets/schema/report.schema.json
    Json,
    /// A picture of the dashboard at one moment
    Svg,
    /// The dashboard over the whole run, for asciinema
    Cast,
}

/// How a tape is reported.
#[derive(Debug, Clone, Copy)]
pub struct ReportOptions {
    /// The form.
    pub format: ReportFormat,
    /// The moment, since the tape's start; for a picture the most telling one, else the end.
    pub at: Option<Duration>,
    /// Columns and rows of the dashboard.
    pub size: (u16, u16),
    /// How it looks.
    pub appearance: Appearance,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It could not be written.
    #[error("the report cannot be written: {0}")]
    Write(#[from] io::Error),
    /// There is no state folder.
    #[error("there is no home folder for the report: set HOME or XDG_STATE_HOME")]
    NoHome,
    /// There is no folder for it.
    #[error("the report cannot be written: {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be turned into JSON.
    #[error("the report cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl ReportError {
    /// Whether nobody reads it any more.
    pub fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Write(error) | Self::Folder { source: error, .. } => error.kind() == io::ErrorKind::BrokenPipe,
            Self::NoHome => false,
            Self::Json(error) => error.io_error_kind() == Some(io::ErrorKind::BrokenPipe),
        }
    }
}

impl RunInfo {
    /// Of a run that is on.
    pub(super) fn live(world: &World) -> Self {
        let cluster = world.cluster.as_ref().map(|cluster| cluster.name.clone()).unwrap_or_default();
        Self::of(&TapeHeader::new(world.started, cluster, TapeMode::Live), world)
    }

    /// Of a tape.
    pub(super) fn of(header: &TapeHeader, world: &World) -> Self {
        let named = world.cluster.as_ref().map(|cluster| cluster.name.clone());
        Self {
            program: header.program.clone(),
            cluster: Some(header.cluster.clone()).filter(|name| !name.is_empty()).or(named).unwrap_or_default(),
            mode: match header.mode {
                TapeMode::Live => "live",
                TapeMode::Lab => "lab",
                TapeMode::Import => "import",
            },
            damage: None,
        }
    }
}

/// What is said of a report that was asked for by key.
pub(super) fn said(written: &Result<PathBuf, ReportError>) -> String {
    match written {
        Ok(folder) => format!("report: {}", folder.display()),
        Err(error) => error.to_string(),
    }
}

/// The moment that a picture shows.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    /// The world at that moment.
    pub(super) world: World,
    /// The moment.
    pub(super) at: Time,
}

/// Remembers the worst moment of the newest outage of a live run, for a picture that is asked for when all is well again:
/// the last second before the control plane was brought back.
#[derive(Debug, Default)]
pub(super) struct WorstMoment {
    scene: Option<Box<Scene>>,
}

impl WorstMoment {
    /// Looks at the world after an observation; clones it once a second while the control plane is away.
    pub(super) fn watch(&mut self, world: &World) {
        let Some(outage) = world.outage() else { return };
        let steps = outage.steps();
        let back = steps.restore_requested.or(steps.container_up).or(steps.readyz).is_some();
        let known = self.scene.as_ref().filter(|scene| scene.at >= outage.began);
        if known.is_none_or(|scene| !back && world.now - scene.at >= BEAT) {
            self.scene = Some(Box::new(Scene { world: world.clone(), at: world.now }));
        }
    }

    /// The moment that a picture of `world` shows instead of now: none while there is an outage, or if there was none.
    pub(super) fn scene(&self, world: &World) -> Option<Scene> {
        let over = world.outage().is_none().then(|| world.last_outage()).flatten()?;
        self.scene.as_deref().filter(|scene| scene.at >= over.began).cloned()
    }
}

impl Scene {
    /// The worst moment of the last outage that is over at the playhead; `None` while there is an outage, or if there was
    /// none.
    pub(super) fn of(player: &Player) -> Option<Self> {
        let world = player.world();
        let over = world.outage().is_none().then(|| world.last_outage()).flatten()?;
        let at = worst(over, player.at()).clamp(player.start(), player.at());
        Some(Self { world: player.world_at(at), at })
    }
}

/// Writes the report of what is on the screen into a new folder among the state folder's reports, and returns that. The
/// picture shows `scene`, or the screen as it is now.
///
/// # Errors
///
/// If there is no state folder, or if something can't be written there.
pub(super) fn write(
    world: &World,
    model: &Model,
    now: Time,
    about: &RunInfo,
    scene: Option<&Scene>,
) -> Result<PathBuf, ReportError> {
    let state = state_dir().ok_or(ReportError::NoHome)?;
    write_into(&state, world, model, now, about, scene)
}

fn write_into(
    state: &Path,
    world: &World,
    model: &Model,
    now: Time,
    about: &RunInfo,
    scene: Option<&Scene>,
) -> Result<PathBuf, ReportError> {
    let wrong = |folder: &Path, source| ReportError::Folder { folder: folder.to_owned(), source };
    let reports = create_state_folder(state, REPORTS).map_err(|source| wrong(&state.join(REPORTS), source))?;
    let folder = new_folder(&reports, now).map_err(|source| wrong(&reports, source))?;
    let report = Report::of(world, now, about);
    let mut json = Vec::new();
    serde_json::to_writer_pretty(output::json(&mut json), &report)?;
    json.push(b'\n');
    let screen = Model { overlay: tui::Overlay::None, hint: None, ..model.clone() };
    let size = (model.size.width.max(80), model.size.height.max(24));
    let (shown, at) = scene.map_or((world, now), |scene| (&scene.world, scene.at));
    let files: [(&str, Vec<u8>); 3] = [
        ("report.md", report::markdown(&report, model.appearance.zone).into_bytes()),
        ("report.json", json),
        ("dashboard.svg", picture(shown, &screen, at, size).into_bytes()),
    ];
    for (name, bytes) in files {
        let path = folder.join(name);
        let written = create_private(&path, Overwrite::No).and_then(|mut file| file.write_all(&bytes));
        written.map_err(|source| wrong(&path, source))?;
    }
    Ok(folder)
}

/// Creates a folder that was not there before, named by the time: `20260105T120130Z`, then `20260105T120130Z-2`.
fn new_folder(reports: &Path, now: Time) -> io::Result<PathBuf> {
    let name = now.format("%Y%m%dT%H%M%SZ").to_string();
    let names = std::iter::once(name.clone()).chain((2..=MOST_A_SECOND).map(|number| format!("{name}-{number}")));
    let mut refused = io::Error::from(io::ErrorKind::AlreadyExists);
    for folder in names.map(|name| reports.join(name)) {
        match create_new_private_folder(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refused = error,
            Err(error) => return Err(error),
        }
    }
    Err(refused)
}

/// Writes the report of a tape.
pub fn write_report(tape: Tape, options: &ReportOptions, mut out: impl Write) -> Result<(), ReportError> {
    let damage = tape.damage.sentence();
    let mut player = Player::forward(tape);
    let moment = options.at.map(|at| {
        let at = chrono::Duration::from_std(at).ok().and_then(|at| player.start().checked_add_signed(at));
        at.unwrap_or(player.end())
    });
    match options.format {
        ReportFormat::Markdown | ReportFormat::Json => {
            player.seek(moment.unwrap_or(player.end()));
            let about = RunInfo { damage, ..RunInfo::of(player.header(), player.whole()) };
            let report = Report::of(player.world(), player.at(), &about);
            if options.format == ReportFormat::Markdown {
                out.write_all(report::markdown(&report, options.appearance.zone).as_bytes())?;
            } else {
                serde_json::to_writer_pretty(output::json(&mut out), &report)?;
                out.write_all(b"\n")?;
            }
        }
        ReportFormat::Svg => {
            player.seek(moment.unwrap_or_else(|| telling(player.whole(), player.end())));
            let model = model(&player, options);
            out.write_all(picture(player.world(), &model, player.at(), options.size).as_bytes())?;
        }
        ReportFormat::Cast => {
            player.seek(moment.unwrap_or(player.start()));
            cast(&mut player, options, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

/// The model of the dashboard that recorded the tape.
fn model(player: &Player, options: &ReportOptions) -> Model {
    let mode = match player.header().mode {
        TapeMode::Live => Mode::Live,
        TapeMode::Lab => Mode::Lab,
        TapeMode::Import => Mode::Replay,
    };
    let (columns, rows) = options.size;
    Model {
        mode,
        recording: if mode == Mode::Replay { RecordingStatus::Off } else { RecordingStatus::On },
        appearance: options.appearance,
        size: ratatui::layout::Size::new(columns, rows),
        ..Model::default()
    }
}

/// The moment that shows most of what `world` has seen up to `end`: the last one before the control plane is brought back
/// in the longest outage.
fn telling(world: &World, end: Time) -> Time {
    world.outages.iter().max_by_key(|outage| outage.duration(end)).map_or(end, |outage| worst(outage, end))
}

/// The last moment of an outage before the control plane is brought back.
fn worst(outage: &Outage, end: Time) -> Time {
    let steps = outage.steps();
    let back = steps.restore_requested.or(steps.container_up).or(steps.readyz).or(outage.ended());
    back.unwrap_or(end) - chrono::Duration::milliseconds(500)
}

fn frame(world: &World, model: &Model, now: Time, (columns, rows): (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    tui::view(world, model, now, area, &mut buffer);
    buffer
}

fn picture(world: &World, model: &Model, now: Time, size: (u16, u16)) -> String {
    let palette = match model.appearance.theme {
        ThemeName::Light => svg::LIGHT,
        ThemeName::Dark | ThemeName::ColorBlind | ThemeName::Plain => svg::DARK,
    };
    let title = format!("blackout: {}", world.headline(now).text);
    svg::svg(&frame(world, model, now, size), &palette, &title)
}

/// Writes the frames of a tape: each moment at which something was said, on a grid of [`FRAME`], and while nothing is said
/// each [`BEAT`], up to [`SILENCE`]. The rest of a silence is one step, however long it is.
fn cast(player: &mut Player, options: &ReportOptions, out: &mut impl Write) -> io::Result<()> {
    let model = model(player, options);
    let title = format!("blackout: {}", player.header().cluster);
    let begin = player.at();
    let mut cast = Cast::begin(out, options.size, begin, &title)?;
    let seconds = |at: Time| (at - begin).num_milliseconds() as f64 / 1_000.0;
    let on_grid = |at: Time| {
        let frame = FRAME.num_milliseconds();
        let frames = ((at - begin).num_milliseconds() + frame - 1) / frame;
        begin + chrono::Duration::milliseconds(frames * frame)
    };
    cast.frame(0.0, &frame(player.world(), &model, begin, options.size))?;
    let mut said = begin;
    while !player.at_end() {
        let next = on_grid(player.next().unwrap_or(player.end())).max(player.at() + FRAME);
        let beat = player.at() + BEAT;
        let silent = beat < next && beat - said <= SILENCE;
        let taken = player.seek(if silent { beat } else { next });
        if taken > 0 {
            said = player.at();
        }
        cast.frame(seconds(player.at()), &frame(player.world(), &model, player.at(), options.size))?;
    }
    cast.end(seconds(player.end()))
}

#[cfg(test)]
mod tests;
