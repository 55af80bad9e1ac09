//! Two threads, or a few, at one input: they read chunks, digest them side by side, and fold them in order.
//!
//! Each takes the next chunk under one lock and hands its digest in under another. Whoever hands one in while nobody folds takes the ledger, and
//! folds what is next in order until it is not there; the others do not wait for that. The number of digests that wait is bounded, and with it
//! the memory.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    chunks::{Chunk, Chunks},
    digest::{Depth, Digest, Digester, Finding},
    filter::Filter,
    kinds::Kinds,
    ledger::Ledger,
};

/// Digests that may wait to be folded.
const WAITING: usize = 8;

/// Threads at most: from there on the reading itself is what takes the time.
const THREADS: usize = 4;

/// The threads' own belongings, kept from one input to the next.
pub(super) struct Crew {
    digesters: Vec<Digester>,
    spare: Vec<Spare>,
}

/// Memory of a chunk that was folded: its bytes, and its findings.
type Spare = (Vec<u8>, Vec<Finding>);

/// What the threads share about the input.
struct Intake<R> {
    chunks: Chunks<R>,
    next: u64,
}

/// What they share about the fold.
struct Fold<'a> {
    /// Nothing while somebody folds.
    folder: Option<Folder<'a>>,
    /// The digest that is next in order.
    next: u64,
    waiting: BTreeMap<u64, (Chunk, Digest)>,
}

/// What folds.
struct Folder<'a> {
    ledger: &'a mut Ledger,
    tick: &'a mut (dyn FnMut(&Ledger) + Send),
}

impl Crew {
    pub(super) fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(THREADS);
        Self { digesters: (0..threads).map(|_| Digester::default()).collect(), spare: Vec::new() }
    }

    /// Folds a whole input into `ledger`; `tick` is called now and then.
    pub(super) fn fold<R: Read + Send>(
        &mut self,
        chunks: Chunks<R>,
        depth: Depth,
        filter: &Filter,
        kinds: &Kinds,
        ledger: &mut Ledger,
        tick: &mut (dyn FnMut(&Ledger) + Send),
    ) -> io::Result<()> {
        let intake = Mutex::new(Intake { chunks, next: 0 });
        let spare = Mutex::new(std::mem::take(&mut self.spare));
        let folder = Some(Folder { ledger, tick });
        let fold = Mutex::new(Fold { folder, next: 0, waiting: BTreeMap::new() });
        let folded = Condvar::new();
        let is_journal = AtomicBool::new(false);
        let work = |digester: &mut Digester| {
            while let Some((ticket, chunk, findings)) = take(&intake, &spare) {
                let digest = digester.digest(&chunk, depth, is_journal.load(Ordering::Relaxed), kinds, findings);
                if digest.is_journal {
                    is_journal.store(true, Ordering::Relaxed);
                }
                hand_in(&fold, &folded, &spare, (ticket, chunk, digest), filter, kinds);
            }
        };
        std::thread::scope(|scope| {
            let mut digesters = self.digesters.iter_mut();
            let own = digesters.next();
            let work = &work;
            let others: Vec<_> = digesters.map(|digester| scope.spawn(move || work(digester))).collect();
            if let Some(own) = own {
                work(own);
            }
            drop(others);
        });
        let mut intake = intake.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.spare = spare.into_inner().unwrap_or_else(PoisonError::into_inner);
        intake.chunks.failure().map_or(Ok(()), Err)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take<R: Read>(intake: &Mutex<Intake<R>>, spare: &Mutex<Vec<Spare>>) -> Option<(u64, Chunk, Vec<Finding>)> {
    let (buffer, findings) = lock(spare).pop().unwrap_or_default();
    let mut intake = lock(intake);
    let chunk = intake.chunks.next(buffer)?;
    intake.next += 1;
    Some((intake.next - 1, chunk, findings))
}

fn hand_in(
    fold: &Mutex<Fold<'_>>,
    folded: &Condvar,
    spare: &Mutex<Vec<Spare>>,
    (ticket, chunk, digest): (u64, Chunk, Digest),
    filter: &Filter,
    kinds: &Kinds,
) {
    let mut shared = lock(fold);
    // who is next in order never waits
    while shared.waiting.len() >= WAITING && ticket != shared.next {
        shared = folded.wait(shared).unwrap_or_else(PoisonError::into_inner);
    }
    shared.waiting.insert(ticket, (chunk, digest));
    // whoever folds will find it
    let Some(folder) = shared.folder.take() else { return };
    loop {
        let next = shared.next;
        let Some((chunk, digest)) = shared.waiting.remove(&next) else { break };
        drop(shared);
        folder.ledger.fold(&digest, chunk.bytes(), filter, kinds);
        (folder.tick)(folder.ledger);
        lock(spare).push((chunk.into_buffer(), digest.into_findings()));
        shared = lock(fold);
        shared.next += 1;
        folded.notify_all();
    }
    shared.folder = Some(folder);
}
