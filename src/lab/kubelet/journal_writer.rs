//! A kubelet's journal: log records, written as the lines of `journalctl -o json`.
//!
//! Each kubelet has one writer, which writes one record at a time, so that times and cursors only grow. A line for
//! which the reader has no room is dropped and counted, because a kubelet does not wait for the reader of its journal.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;
use tokio::sync::mpsc::{Sender, error::TrySendError};

use super::messages::LogRecord;
use crate::lab::{cluster::topology::LabNode, rng::Rng, time_scale::TimeScale};

/// Microseconds from klog's timestamp to that of journald.
const JOURNALD_DELAY: i64 = 70;
/// Microseconds since boot at which the session begins: a minute, so that the host seems older than the kubelet.
const BOOT_TO_SESSION: u128 = 60_000_000;
/// Sequence number of the first line.
const FIRST_SEQUENCE: u64 = 0x100;

/// Where the lines of a journal go.
#[derive(Debug, Clone)]
pub(in crate::lab) struct KubeletJournal {
    pub(in crate::lab) lines: Sender<String>,
    /// Number of lines that were dropped, until the reader of the lines resets it.
    pub(in crate::lab) dropped: Arc<AtomicU64>,
}

/// A line of `journalctl -o json`.
#[derive(Serialize)]
struct JournalctlLine<'a> {
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

struct SharedWriter {
    host: String,
    pid: String,
    boot_id: String,
    stream_id: String,
    time: TimeScale,
    /// `None` if nobody reads the journal.
    journal: Option<KubeletJournal>,
    /// Sequence number of the next line; its lock also keeps the lines in order.
    sequence: Mutex<u64>,
}

/// The writer of a kubelet's journal. Copies write the same journal.
#[derive(Clone)]
pub(super) struct JournalWriter(Arc<SharedWriter>);

impl fmt::Debug for JournalWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JournalWriter({})", self.0.host)
    }
}

impl JournalWriter {
    /// Creates the writer of a node's kubelet; without a `journal` it writes nothing.
    pub(super) fn new(node: &LabNode, time: TimeScale, rng: &Rng, journal: Option<KubeletJournal>) -> Self {
        let mut rng = rng.stream("journal");
        Self(Arc::new(SharedWriter {
            host: node.name.clone(),
            pid: node.kubelet_pid.to_string(),
            boot_id: rng.hex(32),
            stream_id: rng.hex(32),
            time,
            journal,
            sequence: Mutex::new(FIRST_SEQUENCE),
        }))
    }

    /// Writes records one after the other, without records of other tasks in between.
    pub(super) fn write(&self, records: impl IntoIterator<Item = LogRecord>) {
        let Some(journal) = &self.0.journal else { return };
        let mut sequence = self.0.sequence.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            let line = self.0.line(&record, *sequence);
            *sequence += 1;
            if let Err(TrySendError::Full(_)) = journal.lines.try_send(line) {
                journal.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl SharedWriter {
    fn line(&self, record: &LogRecord, sequence: u64) -> String {
        let now = self.time.now();
        let message = format!(
            "{}{} {:>7} {}:{}] {}",
            record.severity.letter(),
            now.format("%m%d %H:%M:%S%.6f"),
            self.pid,
            record.file,
            record.line,
            record.message
        );
        let realtime = now.timestamp_micros() + JOURNALD_DELAY;
        let monotonic = self.time.elapsed().as_micros() + BOOT_TO_SESSION;
        let (stream, boot) = (&self.stream_id, &self.boot_id);
        let cursor = format!("s={stream};i={sequence:x};b={boot};m={monotonic:x};t={realtime:x};x=0");
        let line = JournalctlLine {
            cursor: &cursor,
            realtime: realtime.to_string(),
            monotonic: monotonic.to_string(),
            boot,
            host: &self.host,
            identifier: "kubelet",
            pid: &self.pid,
            unit: "kubelet.service",
            priority: "6",
            message: &message,
        };
        // serializing strings cannot fail
        serde_json::to_string(&line).unwrap_or_default()
    }
}
