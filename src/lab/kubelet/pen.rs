//! A kubelet's pen: klog records as the lines that `journalctl -o json` gives of them.
//!
//! One pen for each kubelet, and one record at a time: the times in a journal never go back, and its cursors go on. A
//! line for which there is no room is dropped and counted, because a kubelet does not wait for its reader.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;
use tokio::sync::mpsc;

use crate::lab::{dice::Dice, pace::Pace, topology::Member};

/// klog's severities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Info,
    Warning,
    Error,
}

impl Severity {
    fn letter(self) -> char {
        match self {
            Self::Info => 'I',
            Self::Warning => 'W',
            Self::Error => 'E',
        }
    }
}

/// What is said, and from where in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) severity: Severity,
    pub(super) file: &'static str,
    pub(super) line: u32,
    pub(super) message: String,
}

/// One line of `journalctl -o json`.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "__CURSOR")]
    cursor: &'a str,
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    realtime: String,
    #[serde(rename = "__MONOTONIC_TIMESTAMP")]
    monotonic: String,
    #[serde(rename = "_BOOT_ID")]
    boot: &'a str,
    #[serde(rename = "_HOSTNAME")]
    host: &'a str,
    #[serde(rename = "SYSLOG_IDENTIFIER")]
    identifier: &'static str,
    #[serde(rename = "_PID")]
    pid: &'a str,
    #[serde(rename = "_SYSTEMD_UNIT")]
    unit: &'static str,
    #[serde(rename = "PRIORITY")]
    priority: &'static str,
    #[serde(rename = "MESSAGE")]
    message: &'a str,
}

struct Ink {
    /// Nobody reads the journal of the control plane's own kubelet.
    lines: Option<mpsc::Sender<String>>,
    sequence: u64,
}

struct Holder {
    host: String,
    pid: String,
    boot: String,
    stream: String,
    pace: Pace,
    ink: Mutex<Ink>,
    dropped: Arc<AtomicU64>,
}

/// Writes a kubelet's journal. Copies write the same one.
#[derive(Clone)]
pub(super) struct Pen(Arc<Holder>);

impl fmt::Debug for Pen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pen({})", self.0.host)
    }
}

impl Pen {
    pub(super) fn new(
        member: &Member,
        pace: Pace,
        dice: &Dice,
        lines: Option<mpsc::Sender<String>>,
        dropped: Arc<AtomicU64>,
    ) -> Self {
        let mut dice = dice.of("journal");
        Self(Arc::new(Holder {
            host: member.name.clone(),
            pid: member.pid.to_string(),
            boot: dice.hex(32),
            stream: dice.hex(32),
            pace,
            ink: Mutex::new(Ink { lines, sequence: 0x100 }),
            dropped,
        }))
    }

    /// Writes records that belong together, one right after the other.
    pub(super) fn write(&self, records: impl IntoIterator<Item = Record>) {
        let holder = &*self.0;
        let mut ink = holder.ink.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            if ink.lines.is_none() {
                return;
            }
            let line = holder.line(&record, ink.sequence);
            ink.sequence += 1;
            let sent = ink.lines.as_ref().map(|lines| lines.try_send(line));
            if let Some(Err(mpsc::error::TrySendError::Full(_))) = sent {
                holder.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Holder {
    fn line(&self, record: &Record, sequence: u64) -> String {
        let now = self.pace.now();
        let message = format!(
            "{}{} {:>7} {}:{}] {}",
            record.severity.letter(),
            now.format("%m%d %H:%M:%S%.6f"),
            self.pid,
            record.file,
            record.line,
            record.message
        );
        // journald takes a moment
        let realtime = now.timestamp_micros() + 70;
        let monotonic = self.pace.elapsed().as_micros() + 60_000_000;
        let cursor = format!("s={};i={sequence:x};b={};m={monotonic:x};t={realtime:x};x=0", self.stream, self.boot);
        let entry = Entry {
            cursor: &cursor,
            realtime: realtime.to_string(),
            monotonic: monotonic.to_string(),
            boot: &self.boot,
            host: &self.host,
            identifier: "kubelet",
            pid: &self.pid,
            unit: "kubelet.service",
            priority: "6",
            message: &message,
        };
        // texts always serialize
        serde_json::to_string(&entry).unwrap_or_default()
    }
}
