//! The report that a key writes: a new directory with Markdown, JSON and a picture, in the state directory.

use std::{
    io::{self, Write as _},
    iter,
    path::{Path, PathBuf},
};

use super::{error::ReportError, picture::picture, scene::Scene};
use crate::{
    observation::Time,
    output,
    report::{self, Report, RunInfo},
    session::dirs::state_dir,
    tape::{Overwrite, create_new_private_folder, create_private, create_state_folder},
    tui::{Model, Overlay},
    world::World,
};

/// Name of the directory of the reports, in the state directory.
const REPORTS: &str = "reports";

/// Maximum number of reports with the same time to the second.
const MAX_PER_SECOND: u32 = 99;

/// Smallest size of the picture, in columns and rows, if the terminal is smaller.
const MIN_PICTURE_SIZE: (u16, u16) = (80, 24);

/// Returns the hint for the operator: the directory of a report, or why it was not written.
pub(in crate::session) fn result_sentence(result: &Result<PathBuf, ReportError>) -> String {
    match result {
        Ok(folder) => format!("report: {}", folder.display()),
        Err(error) => error.to_string(),
    }
}

/// Writes the report of what is on the screen into a new directory, and returns its path. The picture shows `scene`, or
/// the screen as it is now.
///
/// # Errors
/// There is no state directory, or a file or directory cannot be created or written.
pub(in crate::session) fn write_bundle(
    world: &World,
    model: &Model,
    now: Time,
    run: &RunInfo,
    scene: Option<&Scene>,
) -> Result<PathBuf, ReportError> {
    let state = state_dir().ok_or(ReportError::NoHome)?;
    write_bundle_into(&state, world, model, now, run, scene)
}

pub(super) fn write_bundle_into(
    state: &Path,
    world: &World,
    model: &Model,
    now: Time,
    run: &RunInfo,
    scene: Option<&Scene>,
) -> Result<PathBuf, ReportError> {
    let error = |path: &Path, source| ReportError::File { path: path.to_owned(), source };
    let reports = create_state_folder(state, REPORTS).map_err(|source| error(&state.join(REPORTS), source))?;
    let folder = create_folder(&reports, now).map_err(|source| error(&reports, source))?;
    let report = Report::of(world, now, run);
    let mut json = Vec::new();
    serde_json::to_writer_pretty(output::json(&mut json), &report)?;
    json.push(b'\n');
    let files: [(&str, Vec<u8>); 3] = [
        ("report.md", report::markdown(&report, model.appearance.zone).into_bytes()),
        ("report.json", json),
        ("dashboard.svg", dashboard_picture(world, model, now, scene).into_bytes()),
    ];
    for (name, bytes) in files {
        let path = folder.join(name);
        let written = create_private(&path, Overwrite::No).and_then(|mut file| file.write_all(&bytes));
        written.map_err(|source| error(&path, source))?;
    }
    Ok(folder)
}

/// Draws the dashboard without an overlay or a hint.
fn dashboard_picture(world: &World, model: &Model, now: Time, scene: Option<&Scene>) -> String {
    let model = Model { overlay: Overlay::None, hint: None, ..model.clone() };
    let size = (model.size.width.max(MIN_PICTURE_SIZE.0), model.size.height.max(MIN_PICTURE_SIZE.1));
    let (world, at) = scene.map_or((world, now), |scene| (&scene.world, scene.at));
    picture(world, &model, at, size)
}

/// Creates a new directory, named by the time: `20260105T120130Z`, then `20260105T120130Z-2`.
fn create_folder(reports: &Path, now: Time) -> io::Result<PathBuf> {
    let name = now.format("%Y%m%dT%H%M%SZ").to_string();
    let names = iter::once(name.clone()).chain((2..=MAX_PER_SECOND).map(|number| format!("{name}-{number}")));
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
