//! The writer of a headless session: lines in their order, written by a thread that alone waits for a slow reader.

use std::{collections::VecDeque, io, io::Write, thread};

use tokio::sync::{mpsc, oneshot};

/// Lines that wait for the reader in the thread's queue, besides those in the pipe.
const QUEUE_CAPACITY: usize = 1_024;

/// A writer of lines.
#[derive(Debug)]
pub(super) struct LineWriter {
    queue: mpsc::Sender<String>,
    /// Lines for which the queue has no room.
    overflow: VecDeque<String>,
    /// Result of the thread.
    ended: oneshot::Receiver<io::Result<()>>,
}

impl LineWriter {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn start(mut out: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, mut lines) = mpsc::channel(QUEUE_CAPACITY);
        let (sender, ended) = oneshot::channel();
        thread::Builder::new().name("story".to_owned()).spawn(move || {
            let _session_ended = sender.send(write_all(&mut lines, &mut out));
        })?;
        Ok(Self { queue, overflow: VecDeque::new(), ended })
    }

    /// Adds a line without waiting.
    pub(super) fn push(&mut self, line: String) {
        match self.queue.try_reserve() {
            Ok(permit) if self.overflow.is_empty() => permit.send(line),
            _ => self.overflow.push_back(line),
        }
    }

    /// Returns whether the reader is behind by more lines than the queue holds.
    pub(super) fn is_behind(&self) -> bool {
        !self.overflow.is_empty()
    }

    /// Waits until a line of the overflow has moved to the queue (`None`), or until the thread has ended (its result).
    /// Without overflow, waits for the end of the thread alone. Cancel safe.
    pub(super) async fn make_room(&mut self) -> Option<io::Result<()>> {
        tokio::select! {
            ended = &mut self.ended => Some(ended.unwrap_or_else(|_| Err(thread_panicked()))),
            permit = self.queue.reserve(), if !self.overflow.is_empty() => {
                if let (Ok(permit), Some(line)) = (permit, self.overflow.pop_front()) {
                    permit.send(line);
                }
                None
            }
        }
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) async fn close(self) -> io::Result<()> {
        for line in self.overflow {
            if self.queue.send(line).await.is_err() {
                break;
            }
        }
        drop(self.queue);
        self.ended.await.unwrap_or_else(|_| Err(thread_panicked()))
    }
}

fn thread_panicked() -> io::Error {
    io::Error::other("the writer's thread crashed")
}

fn write_all(lines: &mut mpsc::Receiver<String>, out: &mut impl Write) -> io::Result<()> {
    while let Some(line) = lines.blocking_recv() {
        out.write_all(line.as_bytes())?;
        if lines.is_empty() {
            out.flush()?;
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, time::Duration};

    use super::*;

    #[tokio::test]
    async fn lines_keep_their_order_behind_a_slow_reader_and_push_never_waits() {
        let (mut reader, writer) = io::pipe().unwrap();
        let mut lines = LineWriter::start(writer).unwrap();
        let all: Vec<String> = (0..20_000).map(|n| format!("{n}\n")).collect();
        all.iter().for_each(|line| lines.push(line.clone()));
        assert!(lines.is_behind(), "more than a pipe and the queue hold");
        let read = thread::spawn(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            text
        });
        while lines.is_behind() {
            assert!(lines.make_room().await.is_none());
        }
        lines.close().await.unwrap();
        assert_eq!(read.join().unwrap(), all.concat());
    }

    #[tokio::test]
    async fn a_closed_pipe_is_the_result_of_the_thread() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut lines = LineWriter::start(writer).unwrap();
        lines.push("one\n".to_owned());
        let ended = lines.make_room().await.expect("the thread has ended");
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test(start_paused = true)]
    async fn closing_waits_for_a_reader_that_never_reads_until_the_caller_gives_up() {
        let (_reader, writer) = io::pipe().unwrap();
        let mut lines = LineWriter::start(writer).unwrap();
        (0..20_000).for_each(|n| lines.push(format!("{n}\n")));
        assert!(tokio::time::timeout(Duration::from_millis(500), lines.close()).await.is_err());
    }
}
