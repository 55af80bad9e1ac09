//! `blackout restore`: brings every control plane of the cluster back, and waits until each is ready.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    process::ExitCode,
};

use blackout::{
    cli::RestoreArgs,
    engine::Engine,
    fault::FaultInjector,
    guard::{self, NodeRestore},
    output, session,
    source::{access::ApiAccess, docker, health::Readiness},
};

use super::{
    exit_code::NO_CLUSTER,
    runtime::{SOURCE_THREADS, block_on},
    stderr,
};

/// The exit code is 1 unless every control plane became ready, and 3 if there is no cluster.
pub(super) fn run(args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let engine = Engine::from_environment();
    block_on(SOURCE_THREADS, async {
        let discovery = docker::discover(&engine, args.cluster.cluster.as_deref(), 0).await;
        let Some(cluster) = discovery.cluster() else {
            stderr::print_error(discovery);
            return Ok(ExitCode::from(NO_CLUSTER));
        };
        let access = ApiAccess::Kubeconfig { file: args.kubeconfig.clone(), context: None };
        let assignment = guard::Assignment { cluster: cluster.clone(), access, restore_after_s: 0 };
        let fault = FaultInjector::new(engine.clone(), cluster);
        let state = session::state_dir();
        let result = |container: &str, result: &NodeRestore| print_result(container, result, args);
        let all_ready =
            guard::restore_all(fault, assignment, state.as_deref(), args.timeout, progress_printer(), result).await;
        Ok(if all_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Returns a callback that prints a container's progress message unless only its counter differs from the one before,
/// as in `started, not ready yet (3 s): …`.
fn progress_printer() -> impl FnMut(&str, &str) {
    let mut printed = HashMap::new();
    move |container, message| {
        let without_counter = message.split(['(', ';']).next().unwrap_or_default().to_owned();
        let last = printed.insert(container.to_owned(), without_counter.clone());
        if last.is_none_or(|last| last != without_counter) {
            let _closed = writeln!(output::text(io::stderr()), "{container}: {message}");
        }
    }
}

fn print_result(container: &str, result: &NodeRestore, args: &RestoreArgs) {
    match result {
        NodeRestore::Ready(readiness) => {
            // without a kubeconfig only the port can be checked, which does not mean ready
            let state = if *readiness == Readiness::Ready { "is ready" } else { "was started" };
            let _closed = writeln!(output::text(io::stdout()), "{container} {state}: {readiness}.");
        }
        NodeRestore::Failed(error) => stderr::print_error(format!("{container}: {error}")),
        NodeRestore::TimedOut(last) => {
            let timeout = humantime::format_duration(args.timeout);
            stderr::print_error(format!("{container} is not ready after {timeout}: {last}"));
        }
    }
}
