//! Two threads, or a few, at one input: they read chunks, digest them side by side, and fold them in order.
//!
//! Each takes the next chunk under one lock and hands its digest in under another; whoever hands in the digest that is next in order folds it and
//! those that wait behind it. The number of digests that wait is bounded, and with it the memory.

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
    spare: Vec<Spare>,
}

/// What they share about the fold.
struct Fold<'a> {
    ledger: &'a mut Ledger,
    next: u64,
    waiting: BTreeMap<u64, (Chunk, Digest)>,
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
        let intake = Mutex::new(Intake { chunks, next: 0, spare: std::mem::take(&mut self.spare) });
        let fold = Mutex::new(Fold { ledger, next: 0, waiting: BTreeMap::new(), tick });
        let folded = Condvar::new();
        let is_journal = AtomicBool::new(false);
        let work = |digester: &mut Digester| {
            while let Some((ticket, chunk, findings)) = take(&intake) {
                let digest = digester.digest(&chunk, depth, is_journal.load(Ordering::Relaxed), kinds, findings);
                if digest.is_journal {
                    is_journal.store(true, Ordering::Relaxed);
                }
                hand_in(&fold, &folded, &intake, (ticket, chunk, digest), filter, kinds);
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
        self.spare = intake.spare;
        intake.chunks.failure().map_or(Ok(()), Err)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take<R: Read>(intake: &Mutex<Intake<R>>) -> Option<(u64, Chunk, Vec<Finding>)> {
    let mut intake = lock(intake);
    let (buffer, findings) = intake.spare.pop().unwrap_or_default();
    let chunk = intake.chunks.next(buffer)?;
    intake.next += 1;
    Some((intake.next - 1, chunk, findings))
}

fn hand_in<R>(
    fold: &Mutex<Fold<'_>>,
    folded: &Condvar,
    intake: &Mutex<Intake<R>>,
    (ticket, chunk, digest): (u64, Chunk, Digest),
    filter: &Filter,
    kinds: &Kinds,
) {
    let mut free = Vec::new();
    {
        let mut fold = lock(fold);
        // who is next in order never waits
        while fold.waiting.len() >= WAITING && ticket != fold.next {
            fold = folded.wait(fold).unwrap_or_else(PoisonError::into_inner);
        }
        fold.waiting.insert(ticket, (chunk, digest));
        loop {
            let next = fold.next;
            let Some((chunk, digest)) = fold.waiting.remove(&next) else { break };
            fold.ledger.fold(&digest, chunk.bytes(), filter, kinds);
            fold.next += 1;
            let Fold { ledger, tick, .. } = &mut *fold;
            tick(ledger);
            free.push((chunk.into_buffer(), digest.into_findings()));
        }
        folded.notify_all();
    }
    lock(intake).spare.append(&mut free);
}
