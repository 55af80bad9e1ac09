//! `blackout` without a command: the dashboard, or the headless story, of a kind cluster.

use std::process::ExitCode;

use blackout::{
    cli::WatchArgs,
    engine::Engine,
    session::{SessionOptions, SessionTarget},
    source::access::ApiAccess,
};

use super::{appearance::appearance, dashboard, output_file};

pub(super) fn run(args: WatchArgs) -> anyhow::Result<ExitCode> {
    let options = SessionOptions {
        target: SessionTarget::Kind {
            engine: Engine::from_environment(),
            cluster: args.cluster.cluster,
            access: ApiAccess::Kubeconfig { file: args.kubeconfig, context: None },
            node_port: args.node_port,
        },
        restore_after: (!args.leave).then_some(args.restore_after),
        appearance: appearance(&args.appearance),
        mouse: args.mouse,
        recording: output_file::recording(args.recording)?,
    };
    dashboard::run(options, args.headless)
}
