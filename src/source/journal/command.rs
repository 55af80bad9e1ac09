//! What is run inside the worker, and the engine's view of the worker.

use super::resume::{From, Resume};
use crate::{
    engine::{EngineClient, EngineError},
    observation::RunState,
};

/// Runs `journalctl "$@"` and ends it when standard input ends: the engine closes that when this program is gone, also
/// when it was killed, and never ends a command by itself (moby #9098). The shell waits for journalctl, so the command
/// ends when journalctl does; the reader of standard input lets go of the output, or the engine would wait for it.
const WRAPPER: &str = r#"exec 3<&0
journalctl "$@" </dev/null 3<&- & journal=$!
{ cat <&3; kill $journal; } >/dev/null 2>&1 &
exec 3<&- </dev/null
wait $journal"#;

/// The fields that are worth reading; the cursor and the times come with every entry.
const FIELDS: &str = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_PID,_HOSTNAME,_SYSTEMD_UNIT,PRIORITY";

/// Kept of what the command says on its standard error.
const WORDS: usize = 300;

/// The command that follows the journal from where it is to be resumed.
pub(super) fn follow(resume: &Resume) -> Vec<String> {
    let mut command: Vec<String> =
        ["sh", "-c", WRAPPER, "sh", "-u", "kubelet", "-o", "json", "-f", FIELDS].map(str::to_owned).into();
    match resume.from() {
        From::History(lines) => command.extend(["-n".to_owned(), lines.to_string()]),
        From::Cursor(cursor) => command.extend(["--no-tail".to_owned(), format!("--cursor={cursor}")]),
        From::Second(second) => command.extend(["--no-tail".to_owned(), format!("--since=@{second}")]),
    }
    command
}

/// What the container is doing.
pub(super) async fn state(client: &EngineClient, container: &str) -> Result<RunState, EngineError> {
    let what = format!("inspect {container}");
    let answer = client.ask(&what, client.docker().inspect_container(container, None)).await;
    let state = match answer {
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

/// Keeps the start of what the command says on its standard error.
pub(super) fn keep_words(words: &mut String, message: &[u8]) {
    let text = String::from_utf8_lossy(message);
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if words.len() + c.len_utf8() > WORDS {
            return;
        }
        words.push(c);
    }
}

/// The words, or others if there are none.
pub(super) fn or(words: String, otherwise: &str) -> String {
    match words.trim() {
        "" => otherwise.to_owned(),
        words => words.to_owned(),
    }
}
