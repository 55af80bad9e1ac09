//! The command line: what can be asked for, and how. It parses and documents; it does nothing.

pub(crate) mod tapes;

use std::{path::PathBuf, time::Duration};

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{analyze::Bound, world::LaneId};

pub use tapes::{Looks, Recording, Replay, Report, ReportFormat};

/// Shows what happens when the control plane of a Kubernetes cluster goes away.
#[derive(Debug, Parser)]
#[command(
    name = "blackout",
    version,
    about,
    long_about = "Shows what happens when the control plane of a Kubernetes cluster goes away: a key stops it, the \
                  workers' kubelets say what they miss and in which order, the workload goes on answering, and a key \
                  brings it back.\n\nWithout a command it watches the kind cluster of the container engine.",
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no cluster or engine.",
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to do; nothing watches.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to watch, without a command.
    #[command(flatten)]
    pub watch: Watch,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The same dashboard on a miniature cluster inside this process: no Docker, no kubeconfig, no network
    Lab(Lab),
    /// Tell the story of an outage from kubelet journals
    Analyze(Analyze),
    /// Play a recorded run on the same dashboard; without a tape: list those that are known
    Replay(Replay),
    /// Write the evidence of a recorded run
    Report(Report),
    /// Start a control plane that an earlier run left stopped, and wait until it is ready
    Restore(Restore),
    /// Bring the control plane back when the dashboard is gone; started by the dashboard itself
    #[command(hide = true)]
    Guard,
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which cluster.
#[derive(Debug, Clone, Default, Args)]
pub struct Cluster {
    /// kind's name of the cluster, where there are several
    #[arg(long, env = "BLACKOUT_CLUSTER", value_name = "NAME")]
    pub cluster: Option<String>,
}

/// Which control planes to bring back, and how long to wait.
#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// Which cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The kubeconfig with the context `kind-NAME` [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, env = "BLACKOUT_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// How long to wait for each control plane to be ready
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub timeout: Duration,
}

/// Which journals to read, and how to answer.
#[derive(Debug, Clone, Default, Args)]
#[command(
    after_help = "Any form of journalctl, /var/log/messages, bare klog, CRI and docker logs, klog's JSON; k3s, RKE2, MicroK8s and \
                        OpenShift. Several files are several workers; they are merged by time.\n\n\
                        journalctl -u kubelet -o short-precise | blackout analyze\n\n\
                        Exit codes: 0 every input was read, also where the options leave no line of it; 1 an input cannot be \
                        read, or is no kubelet journal; 2 wrong usage."
)]
pub struct Analyze {
    /// Kubelet journals, plain or packed (.gz, .zst); `-` or none: standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Tell nothing; write a tape for `blackout replay`, on which the lines come when they were written (.zst: packed; `-`: standard output)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "width", "color"])]
    pub tape: Option<PathBuf>,
    /// Replace the file of --tape if it exists
    #[arg(long, requires = "tape")]
    pub force: bool,
    /// The year of the first line, where the journal does not say it [default: by the file's date]
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub year: Option<i32>,
    /// Leave out lines before this time (2024-12-28T16:09:07, 2024-12-28, 16:09; with a zone: ...07Z)
    #[arg(long, value_name = "TIME", value_parser = Bound::parse)]
    pub since: Option<Bound>,
    /// Leave out lines after this time
    #[arg(long, value_name = "TIME", value_parser = Bound::parse)]
    pub until: Option<Bound>,
    /// Only this worker's lines; may be given several times
    #[arg(long = "worker", value_name = "NAME", value_delimiter = ',')]
    pub workers: Vec<String>,
    /// Only lines of this lane; may be given several times
    #[arg(long = "lane", value_name = "LANE", value_delimiter = ',', value_parser = lane())]
    pub lanes: Vec<LaneId>,
    /// Columns of the text form [default: the terminal's, else 80]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: Option<u16>,
    /// Colours in the text form
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// The form of an analysis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
    /// One JSON object for each line of the input
    Jsonl,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The lanes by their names.
fn lane() -> impl TypedValueParser<Value = LaneId> {
    PossibleValuesParser::new(LaneId::ALL.map(LaneId::name))
        .map(|name| LaneId::ALL.into_iter().find(|lane| lane.name() == name).unwrap_or(LaneId::Refused))
}

/// The lab.
#[derive(Debug, Clone, Args)]
pub struct Lab {
    /// Workers, 1 to 50
    #[arg(long, env = "BLACKOUT_WORKERS", value_name = "N", default_value_t = 3)]
    pub workers: usize,
    /// Makes a run repeatable: the same seed, the same jitter
    #[arg(long, env = "BLACKOUT_SEED", value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How much faster than real time
    #[arg(long, env = "BLACKOUT_SPEED", value_name = "N", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// The Kubernetes version whose log lines the kubelets write [default: the newest that is known]
    #[arg(long, env = "BLACKOUT_KUBERNETES", value_name = "VERSION")]
    pub kubernetes: Option<crate::lab::Version>,
    /// Write a kubeconfig of the lab's API server to this file; one that the lab did not write is never replaced
    #[arg(long, value_name = "FILE")]
    pub write_kubeconfig: Option<PathBuf>,
    /// The old name of `--write-kubeconfig`
    #[arg(long, value_name = "FILE", hide = true, conflicts_with = "write_kubeconfig")]
    pub kubeconfig: Option<PathBuf>,
    /// Print each change of the story as a line of JSON instead of drawing
    #[arg(long)]
    pub headless: bool,
    /// Whether and where the run is recorded.
    #[command(flatten)]
    pub recording: Recording,
    /// How it looks.
    #[command(flatten)]
    pub looks: Looks,
    /// Scroll with the mouse; takes the terminal's text selection away
    #[arg(long, env = "BLACKOUT_MOUSE")]
    pub mouse: bool,
}

/// How to watch a cluster.
#[derive(Debug, Clone, Args)]
pub struct Watch {
    /// Which cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The kubeconfig with the context `kind-NAME` [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, env = "BLACKOUT_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The NodePort of the workload, as it is mapped on the workers
    #[arg(long, env = "BLACKOUT_NODE_PORT", value_name = "PORT", default_value_t = 30090)]
    pub node_port: u16,
    /// Start the control plane again by itself after this long
    #[arg(long, env = "BLACKOUT_RESTORE_AFTER", value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub restore_after: Duration,
    /// Never start the control plane again by itself: not on quit, not on a signal, not after a time
    #[arg(long, env = "BLACKOUT_LEAVE")]
    pub leave: bool,
    /// Print each change of the story as a line of JSON instead of drawing
    #[arg(long)]
    pub headless: bool,
    /// Whether and where the run is recorded.
    #[command(flatten)]
    pub recording: Recording,
    /// How it looks.
    #[command(flatten)]
    pub looks: Looks,
    /// Scroll with the mouse; takes the terminal's text selection away
    #[arg(long, env = "BLACKOUT_MOUSE")]
    pub mouse: bool,
}

/// The colours of the screen. `NO_COLOR` in the environment overrides them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    /// For a dark background
    Dark,
    /// For a light background
    Light,
    /// Blue and orange instead of green and red
    ColourBlind,
    /// No colours
    None,
}

/// The language of the captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English
    En,
    /// Korean
    Ko,
}

pub(crate) fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && (0.1..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("must be a number from 0.1 to 1000, such as 4".to_owned()),
    }
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err("must be longer than nothing; `--leave` turns it off".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; write it like 90s, 10m or 1h30m")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_watches() {
        let cli = Cli::try_parse_from(["blackout", "--cluster", "demo", "--restore-after", "90s"]).expect("it parses");
        assert!(cli.command.is_none());
        assert_eq!(cli.watch.cluster.cluster.as_deref(), Some("demo"));
        assert_eq!(cli.watch.restore_after, Duration::from_secs(90));
    }

    #[test]
    fn a_dead_man_timer_of_nothing_is_refused_with_the_way_out() {
        let error = Cli::try_parse_from(["blackout", "--restore-after", "0s"]).expect_err("it is refused").to_string();
        assert!(error.contains("--leave"), "{error}");
    }
}
