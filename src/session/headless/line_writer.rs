//! The lines of a story on their way out: written in their order, by a thread that alone waits for a slow reader.

use std::{collections::VecDeque, io, io::Write, thread};

use tokio::sync::{mpsc, oneshot};

/// LineWriter that may wait for the reader, besides those in its pipe.
const QUEUE: usize = 1_024;

/// The lines of a story.
#[derive(Debug)]
pub(super) struct LineWriter {
    queue: mpsc::Sender<String>,
    /// LineWriter without room in the queue.
    waiting: VecDeque<String>,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl LineWriter {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub(super) fn start(mut out: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, mut lines) = mpsc::channel(QUEUE);
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name("story".to_owned()).spawn(move || {
            let _nobody_waits = end.send(write(&mut lines, &mut out));
        })?;
        Ok(Self { queue, waiting: VecDeque::new(), ended })
    }

    /// Adds one line; never waits.
    pub(super) fn push(&mut self, line: String) {
        match self.queue.try_reserve() {
            Ok(permit) if self.waiting.is_empty() => permit.send(line),
            _ => self.waiting.push_back(line),
        }
    }

    /// Whether the reader is behind by more than the queue holds.
    pub(super) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Waits until the queue has taken what waits, or until the thread has ended, and gives back how, in that case.
    /// Without end where nothing waits. Nothing is lost if it is dropped.
    pub(super) async fn task_event(&mut self) -> Option<io::Result<()>> {
        tokio::select! {
            ended = &mut self.ended => Some(ended.unwrap_or_else(|_| Err(io::Error::other("its thread crashed")))),
            permit = self.queue.reserve(), if !self.waiting.is_empty() => {
                if let (Ok(permit), Some(line)) = (permit, self.waiting.pop_front()) {
                    permit.send(line);
                }
                None
            }
        }
    }

    /// Waits until everything is written.
    pub(super) async fn close(self) -> io::Result<()> {
        for line in self.waiting {
            if self.queue.send(line).await.is_err() {
                break;
            }
        }
        drop(self.queue);
        self.ended.await.unwrap_or_else(|_| Err(io::Error::other("its thread crashed")))
    }
}

fn write(lines: &mut mpsc::Receiver<String>, out: &mut impl Write) -> io::Result<()> {
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
    async fn lines_keep_their_order_behind_a_slow_reader_and_nothing_waits_for_it() {
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
            assert!(lines.task_event().await.is_none());
        }
        lines.close().await.unwrap();
        assert_eq!(read.join().unwrap(), all.concat());
    }

    #[tokio::test]
    async fn a_reader_that_has_gone_is_told() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut lines = LineWriter::start(writer).unwrap();
        lines.push("one\n".to_owned());
        let ended = lines.task_event().await.expect("the thread has ended");
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_never_reads_holds_up_the_end_for_as_long_as_one_waits() {
        let (_reader, writer) = io::pipe().unwrap();
        let mut lines = LineWriter::start(writer).unwrap();
        (0..20_000).for_each(|n| lines.push(format!("{n}\n")));
        assert!(tokio::time::timeout(Duration::from_millis(500), lines.close()).await.is_err());
    }
}
