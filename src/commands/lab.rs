//! `blackout lab`: the dashboard, or the headless story, of a miniature cluster in this process.

use std::{io::Write as _, process::ExitCode};

use blackout::{
    cli::LabArgs,
    lab::LabOptions,
    session::{SessionOptions, SessionTarget},
};

use super::{appearance::appearance, dashboard, output_file};

pub(super) fn run(args: LabArgs) -> anyhow::Result<ExitCode> {
    if args.kubeconfig.is_some() {
        let warning = "`blackout lab --kubeconfig` is now `--write-kubeconfig`; the old name will be removed";
        writeln!(std::io::stderr(), "blackout: {warning}")?;
    }
    let defaults = LabOptions::default();
    let lab = LabOptions {
        workers: args.workers,
        seed: args.seed,
        speed: args.speed,
        kubernetes: args.kubernetes.unwrap_or(defaults.kubernetes),
    };
    let options = SessionOptions {
        target: SessionTarget::Lab { options: lab, kubeconfig: args.write_kubeconfig.or(args.kubeconfig) },
        restore_after: None,
        appearance: appearance(&args.appearance),
        mouse: args.mouse,
        recording: output_file::recording(args.recording)?,
    };
    dashboard::run(options, args.headless)
}
