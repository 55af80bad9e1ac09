//! The command line: commands, arguments and their help. Parses and documents; runs nothing.

mod analyze;
mod lab;
mod replay;
mod report;
mod restore;
mod shared;
pub(crate) mod values;
mod watch;

use clap::{Parser, Subcommand};

pub use analyze::{AnalyzeArgs, ColorMode};
pub use lab::LabArgs;
pub use replay::ReplayArgs;
pub use report::ReportArgs;
pub use restore::RestoreArgs;
pub use shared::{AppearanceArgs, ClusterArgs, RecordingArgs};
pub use watch::WatchArgs;

/// Shows what happens when the control plane of a Kubernetes cluster goes away.
#[derive(Debug, Parser)]
#[command(
    name = "blackout",
    version,
    about,
    long_about = "Shows what happens when the control plane of a Kubernetes cluster goes away: one key stops it, the \
                  kubelets' journals show which calls fail and in which order, the workload keeps answering, and \
                  another key starts it again.\n\nWithout a command it watches the kind cluster of the container \
                  engine.",
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no cluster or engine.",
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// Command to run; watches the kind cluster if none is given.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
    /// Arguments of the dashboard, if there is no command.
    #[command(flatten)]
    pub watch: WatchArgs,
}

/// A command of the program.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// The same dashboard on a miniature cluster inside this process: no Docker, no kubeconfig, no network
    Lab(LabArgs),
    /// Tell the story of an outage from kubelet journals
    Analyze(AnalyzeArgs),
    /// Play a recorded run on the same dashboard; without a tape: list the known tapes
    Replay(ReplayArgs),
    /// Write the evidence of a recorded run
    Report(ReportArgs),
    /// Start a control plane that an earlier run left stopped, and wait until it is ready
    Restore(RestoreArgs),
    /// Bring the control plane back when the dashboard is gone; started by the dashboard itself
    #[command(hide = true)]
    Guard,
    /// Print the completion script of a shell
    Completions {
        /// Shell to generate completions for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn clap_accepts_the_definition_of_the_command_line() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_arguments_of_the_dashboard_need_no_command() {
        let cli = Cli::try_parse_from(["blackout", "--cluster", "demo", "--restore-after", "90s"]).expect("it parses");
        assert!(cli.command.is_none());
        assert_eq!(cli.watch.cluster.cluster.as_deref(), Some("demo"));
        assert_eq!(cli.watch.restore_after, Duration::from_secs(90));
    }

    #[test]
    fn a_restore_timer_of_zero_is_refused_with_the_flag_that_turns_it_off() {
        let error = Cli::try_parse_from(["blackout", "--restore-after", "0s"]).expect_err("it is refused").to_string();
        assert!(error.contains("--leave"), "{error}");
        let error = Cli::try_parse_from(["blackout", "restore", "--timeout", "0s"]).expect_err("it is refused");
        assert!(!error.to_string().contains("--leave"), "{error}");
    }

    #[test]
    fn the_british_spelling_of_a_theme_is_still_accepted() {
        for name in ["color-blind", "colour-blind"] {
            let cli = Cli::try_parse_from(["blackout", "--theme", name]).expect("it parses");
            assert_eq!(cli.watch.appearance.theme, crate::tui::ThemeName::ColorBlind);
        }
    }
}
