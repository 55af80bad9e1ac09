//! The `journalctl` command inside a worker.

use super::checkpoint::{JournalCheckpoint, StartPosition};

/// Shell script that runs `journalctl "$@"` and ends it when standard input closes. An engine closes that when this
/// program is gone, even by SIGKILL, but never ends a command itself (moby #9098). The shell waits for journalctl, so
/// that the command ends with it; the reader of standard input closes its output, or the engine would wait for it.
const WRAPPER: &str = r#"exec 3<&0
journalctl "$@" </dev/null 3<&- & journal=$!
{ cat <&3; kill $journal; } >/dev/null 2>&1 &
exec 3<&- </dev/null
wait $journal"#;

/// Fields to output; the cursor and the times come with every entry.
const FIELDS: &str = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_PID,_HOSTNAME,_SYSTEMD_UNIT,PRIORITY";

/// Bytes that are kept of the command's standard error.
const MAX_STDERR: usize = 300;

/// Command that follows the journal from a checkpoint.
pub(super) fn follow(checkpoint: &JournalCheckpoint) -> Vec<String> {
    let mut command: Vec<String> =
        ["sh", "-c", WRAPPER, "sh", "-u", "kubelet", "-o", "json", "-f", FIELDS].map(str::to_owned).into();
    match checkpoint.start_position() {
        StartPosition::History(lines) => command.extend(["-n".to_owned(), lines.to_string()]),
        StartPosition::Cursor(cursor) => command.extend(["--no-tail".to_owned(), format!("--cursor={cursor}")]),
        StartPosition::Second(second) => command.extend(["--no-tail".to_owned(), format!("--since=@{second}")]),
    }
    command
}

/// Start of the command's standard error, in one line.
#[derive(Debug, Default)]
pub(super) struct StderrText(String);

impl StderrText {
    /// Appends a chunk, as far as there is room.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        let text = String::from_utf8_lossy(chunk);
        for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
            if self.0.len() + c.len_utf8() > MAX_STDERR {
                return;
            }
            self.0.push(c);
        }
    }

    /// The text, or `default` if there is none.
    pub(super) fn or(&self, default: &str) -> String {
        match self.0.trim() {
            "" => default.to_owned(),
            text => text.to_owned(),
        }
    }
}
