//! What can be taken home: the report of the run on the screen, and of a tape.
//!
//! Here the parts meet that must not know each other: the value of a report, and the screen that pictures are made of.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Player, state_folder};
pub(super) use crate::report::About;
use crate::{
    observation::Time,
    output,
    report::{self, Cast, Report, svg},
    tape::{Header, Mode as TapeMode, Tape},
    tui::{self, Appearance, Mode, Model, Recording, ThemeName},
    world::World,
};

/// A frame of a cast takes at least this long: ten a second.
const FRAME: chrono::Duration = chrono::Duration::milliseconds(100);

/// While nothing is said: the ages on the screen are in seconds.
const BEAT: chrono::Duration = chrono::Duration::seconds(1);

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The score card, the ladder and every claim, for a person.
    Markdown,
    /// The same, for a program: `assets/schema/report.schema.json`.
    Json,
    /// The dashboard at one moment.
    Svg,
    /// The dashboard over the whole run, for asciinema.
    Cast,
}

/// How a tape is reported.
#[derive(Debug, Clone, Copy)]
pub struct ReportOptions {
    /// The form.
    pub format: Format,
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
            Self::Json(error) => error.io_error_kind() == Some(io::ErrorKind::BrokenPipe),
        }
    }
}

impl About {
    /// Of a run that is on.
    pub(super) fn live(world: &World) -> Self {
        let cluster = world.cluster.as_ref().map(|cluster| cluster.name.clone()).unwrap_or_default();
        Self::of(&Header::new(world.started, cluster, TapeMode::Live), world)
    }

    /// Of a tape.
    pub(super) fn of(header: &Header, world: &World) -> Self {
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
        Ok(folder) => format!("the report is in {}", folder.display()),
        Err(error) => error.to_string(),
    }
}

/// Writes the report of what is on the screen into a new folder, and gives that back: here, or else in the state
/// folder.
pub(super) fn write(world: &World, model: &Model, now: Time, about: &About) -> Result<PathBuf, ReportError> {
    let name = format!("blackout-report-{}", now.format("%Y%m%dT%H%M%SZ"));
    let here = std::env::current_dir().unwrap_or_default().join(&name);
    let elsewhere = state_folder().map(|state| state.join("reports").join(&name));
    match write_into(&here, world, model, now, about) {
        Err(error) => match elsewhere {
            Some(folder) => write_into(&folder, world, model, now, about),
            None => Err(error),
        },
        written => written,
    }
}

fn write_into(folder: &Path, world: &World, model: &Model, now: Time, about: &About) -> Result<PathBuf, ReportError> {
    let wrong = |source| ReportError::Folder { folder: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(wrong)?;
    let report = Report::of(world, now, about);
    let mut json = Vec::new();
    serde_json::to_writer_pretty(output::json(&mut json), &report)?;
    json.push(b'\n');
    let screen = Model { overlay: tui::Overlay::None, hint: None, ..model.clone() };
    let size = (model.size.width.max(80), model.size.height.max(24));
    let files: [(&str, Vec<u8>); 3] = [
        ("report.md", report::markdown(&report, model.appearance.zone).into_bytes()),
        ("report.json", json),
        ("dashboard.svg", picture(world, &screen, now, size).into_bytes()),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).map_err(wrong)?;
    }
    Ok(folder.to_owned())
}

/// Writes the report of a tape.
pub fn report(tape: Tape, options: &ReportOptions, mut out: impl Write) -> Result<(), ReportError> {
    let damage = tape.damage.sentence();
    let mut player = Player::new(tape);
    let moment = options.at.map(|at| player.start() + chrono::Duration::from_std(at).unwrap_or(chrono::Duration::MAX));
    match options.format {
        Format::Markdown | Format::Json => {
            player.seek(moment.unwrap_or(player.end()));
            let about = About { damage, ..About::of(player.header(), player.whole()) };
            let report = Report::of(player.world(), player.at(), &about);
            if options.format == Format::Markdown {
                out.write_all(report::markdown(&report, options.appearance.zone).as_bytes())?;
            } else {
                serde_json::to_writer_pretty(output::json(&mut out), &report)?;
                out.write_all(b"\n")?;
            }
        }
        Format::Svg => {
            player.seek(moment.unwrap_or_else(|| telling(&player)));
            let model = model(&player, options);
            out.write_all(picture(player.world(), &model, player.at(), options.size).as_bytes())?;
        }
        Format::Cast => {
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
        recording: if mode == Mode::Live { Recording::On } else { Recording::Off },
        appearance: options.appearance,
        size: ratatui::layout::Size::new(columns, rows),
        ..Model::default()
    }
}

/// The moment that shows most: the last one before the control plane is brought back.
fn telling(player: &Player) -> Time {
    let Some(outage) = player.whole().outages.iter().max_by_key(|outage| outage.duration(player.end())) else {
        return player.end();
    };
    let back = outage.steps.restore_asked.or(outage.steps.container_up).or(outage.steps.readyz).or(outage.ended);
    back.unwrap_or(player.end()) - chrono::Duration::milliseconds(500)
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
        ThemeName::Dark | ThemeName::ColourBlind | ThemeName::Plain => svg::DARK,
    };
    let title = format!("blackout: {}", world.verdict(now).text);
    svg::svg(&frame(world, model, now, size), &palette, &title)
}

fn cast(player: &mut Player, options: &ReportOptions, out: &mut impl Write) -> io::Result<()> {
    let model = model(player, options);
    let title = format!("blackout: {}", player.header().cluster);
    let begin = player.at();
    let mut cast = Cast::begin(out, options.size, begin, &title)?;
    let seconds = |at: Time| (at - begin).num_milliseconds() as f64 / 1_000.0;
    let mut drawn = begin;
    cast.frame(0.0, &frame(player.world(), &model, begin, options.size))?;
    while !player.at_end() {
        let taken = player.seek(player.at() + FRAME);
        if taken > 0 || player.at() - drawn >= BEAT || player.at_end() {
            drawn = player.at();
            cast.frame(seconds(drawn), &frame(player.world(), &model, drawn, options.size))?;
        }
    }
    cast.end(seconds(player.end()))
}

#[cfg(test)]
mod tests;
