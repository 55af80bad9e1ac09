//! A reader of a pipe that reports when the writer pauses.
//!
//! [`LineChunks`](super::line_chunks::LineChunks) holds a line back if the next one may continue it. A program that
//! writes one line and waits for the answer would wait forever, so a pause ends the holding back. The pipe is read on a
//! thread of its own; a pause is returned as [`io::ErrorKind::WouldBlock`], once, and the read after it blocks until
//! more comes.

use std::{
    io::{self, Read},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

/// Silence that counts as a pause: a program writes the pieces of one line together, and 100 ms are not noticed by a
/// person who waits for an answer.
const PAUSE: Duration = Duration::from_millis(100);

/// Bytes requested from the pipe at once (64 KiB, the capacity of a pipe: pipe(7)).
const READ_SIZE: usize = 64 << 10;

/// Blocks of [`READ_SIZE`] bytes that may wait between the threads.
const QUEUE_LENGTH: usize = 4;

/// Reads a pipe and reports its pauses.
pub(crate) struct PausingReader {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    /// Bytes of `block` that were already returned.
    returned: usize,
    /// Whether the last read reported a pause, or none was made yet.
    is_paused: bool,
}

impl PausingReader {
    /// Starts the thread, which ends with its input, or with the reader when it next has something to send.
    pub(crate) fn new(mut inner: Box<dyn Read + Send>) -> Self {
        let (sender, blocks) = sync_channel(QUEUE_LENGTH);
        thread::spawn(move || {
            let mut buffer = vec![0; READ_SIZE];
            loop {
                let block = match inner.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => Ok(buffer[..read].to_vec()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let is_last = block.is_err();
                if sender.send(block).is_err() || is_last {
                    break;
                }
            }
        });
        Self { blocks, block: Vec::new(), returned: 0, is_paused: true }
    }

    /// Waits for the next block; `None` at the end of the input.
    fn next_block(&mut self) -> Option<io::Result<Vec<u8>>> {
        if self.is_paused {
            return self.blocks.recv().ok();
        }
        match self.blocks.recv_timeout(PAUSE) {
            Ok(block) => Some(block),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => Some(Err(io::ErrorKind::WouldBlock.into())),
        }
    }
}

impl Read for PausingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.returned == self.block.len() {
            let Some(block) = self.next_block() else { return Ok(0) };
            self.is_paused = block.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
            self.block = block?;
            self.returned = 0;
        }
        let length = (self.block.len() - self.returned).min(buffer.len());
        buffer[..length].copy_from_slice(&self.block[self.returned..self.returned + length]);
        self.returned += length;
        Ok(length)
    }
}
