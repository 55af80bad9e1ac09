//! Arguments of `blackout analyze`.

use std::path::PathBuf;

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{
    analyze::{AnalysisFormat, TimeBound},
    world::LaneId,
};

/// Arguments of `blackout analyze`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Accepts any output format of journalctl, /var/log/messages, plain klog, CRI and docker logs, \
                  klog's JSON; k3s, RKE2, MicroK8s and OpenShift. Each file counts as one worker; the lines are merged \
                  by time.\n\n\
                  journalctl -u kubelet -o short-precise | blackout analyze\n\n\
                  Exit codes: 0 every input was read, even if the options select no line of it; 1 an input cannot be \
                  read, or is not a kubelet journal; 2 wrong usage.")]
pub struct AnalyzeArgs {
    /// Kubelet journals, plain or compressed (.gz, .zst); `-` or none: standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Output format of the analysis
    #[arg(long, value_enum, default_value_t = AnalysisFormat::Text)]
    pub format: AnalysisFormat,
    /// Print no story; write a tape for `blackout replay` that plays the lines at their own times (.zst: compressed;
    /// `-`: standard output)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "width", "color"])]
    pub tape: Option<PathBuf>,
    /// Overwrite the file of --tape if it exists
    #[arg(long, requires = "tape")]
    pub force: bool,
    /// Year of the first line, if the journal does not contain it [default: from the file's date]
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub year: Option<i32>,
    /// Skip lines before this time (2024-12-28T16:09:07, 2024-12-28, 16:09; with a zone: ...07Z)
    #[arg(long, value_name = "TIME", value_parser = TimeBound::parse)]
    pub since: Option<TimeBound>,
    /// Skip lines after this time
    #[arg(long, value_name = "TIME", value_parser = TimeBound::parse)]
    pub until: Option<TimeBound>,
    /// Keep only this worker's lines; may be repeated
    #[arg(long = "worker", value_name = "NAME", value_delimiter = ',')]
    pub workers: Vec<String>,
    /// Keep only lines of this lane; may be repeated
    #[arg(long = "lane", value_name = "LANE", value_delimiter = ',', value_parser = lane_parser())]
    pub lanes: Vec<LaneId>,
    /// Columns of the text format [default: the terminal's width, else 80]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: Option<u16>,
    /// Colors in the text format
    #[arg(long, value_enum, default_value_t = ColorMode::Auto)]
    pub color: ColorMode,
}

/// Selects whether the text format has colors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorMode {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Even if the output is not a terminal
    Always,
    /// Not even on a terminal
    Never,
}

/// Parses a lane's name, which is what `LaneId::name` returns.
fn lane_parser() -> impl TypedValueParser<Value = LaneId> {
    PossibleValuesParser::new(LaneId::ALL.map(LaneId::name))
        .map(|name| LaneId::ALL.into_iter().find(|lane| lane.name() == name).unwrap_or(LaneId::Refused))
}
