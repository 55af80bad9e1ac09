//! An input that may pause: a pipe that somebody still writes to.
//!
//! A line that may go on in the next one is held back until that one comes, but not for longer than a moment: whoever writes line by line and
//! waits for each answer must get it. So the reading is done on a thread of its own, and a pause is told as [`io::ErrorKind::WouldBlock`], once;
//! after that the next read waits as long as it takes.

use std::{
    io::{self, Read},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

/// The pieces of one line are written together; a longer silence is a pause.
const MOMENT: Duration = Duration::from_millis(100);

/// Bytes taken from the input at once.
const SIP: usize = 64 * 1024;

/// Sips that may wait to be read.
const WAITING: usize = 4;

/// Reads an input that may pause.
pub(super) struct Pausing {
    sips: Receiver<io::Result<Vec<u8>>>,
    sip: Vec<u8>,
    given: usize,
    paused: bool,
}

impl Pausing {
    pub(super) fn new(mut read: Box<dyn Read + Send>) -> Self {
        let (send, sips) = sync_channel(WAITING);
        // it ends with its input, or when nobody listens any more
        thread::spawn(move || {
            let mut buffer = vec![0; SIP];
            loop {
                let sip = match read.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(taken) => Ok(buffer[..taken].to_vec()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = sip.is_err();
                if send.send(sip).is_err() || failed {
                    break;
                }
            }
        });
        Self { sips, sip: Vec::new(), given: 0, paused: true }
    }
}

impl Read for Pausing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.sip.len() {
            let sip = if self.paused {
                self.sips.recv().ok()
            } else {
                match self.sips.recv_timeout(MOMENT) {
                    Ok(sip) => Some(sip),
                    Err(RecvTimeoutError::Disconnected) => None,
                    Err(RecvTimeoutError::Timeout) => {
                        self.paused = true;
                        return Err(io::ErrorKind::WouldBlock.into());
                    }
                }
            };
            let Some(sip) = sip else { return Ok(0) };
            self.sip = sip?;
            self.given = 0;
            self.paused = false;
        }
        let taken = (self.sip.len() - self.given).min(buffer.len());
        buffer[..taken].copy_from_slice(&self.sip[self.given..self.given + taken]);
        self.given += taken;
        Ok(taken)
    }
}
