//! State of the worker's container.

use super::error::JournalError;
use crate::{
    engine::{EngineClient, EngineError},
    observation::RunState,
};

/// Checks that a worker's container runs.
///
/// # Errors
///
/// [`JournalError::NotRunning`] if it does not, [`JournalError::Engine`] if the engine can't be asked.
pub(super) async fn check_running(client: &EngineClient, worker: &str) -> Result<(), JournalError> {
    let state = match run_state(client, worker).await? {
        RunState::Running => return Ok(()),
        RunState::Paused => "paused",
        RunState::Absent => "gone",
        RunState::Created => "not started yet",
        RunState::Restarting => "restarting",
        RunState::Removing | RunState::Exited | RunState::Dead => "stopped",
    };
    Err(JournalError::NotRunning { worker: worker.to_owned(), state })
}

async fn run_state(client: &EngineClient, container: &str) -> Result<RunState, EngineError> {
    let operation = format!("inspect {container}");
    let state = match client.request(&operation, client.docker().inspect_container(container, None)).await {
        Ok(inspected) => inspected.state.unwrap_or_default(),
        Err(error) if error.is_not_found() => return Ok(RunState::Absent),
        Err(error) => return Err(error),
    };
    Ok(if state.paused == Some(true) {
        RunState::Paused
    } else if state.restarting == Some(true) {
        RunState::Restarting
    } else if state.running == Some(true) {
        RunState::Running
    } else {
        RunState::Exited
    })
}
