//! Threads that scan the chunks of one input side by side, and fold their summaries in order.
//!
//! A thread takes the next chunk under one lock, scans it, and hands its summary in under another. The thread that
//! hands one in while nobody folds takes the fold and continues until the next summary in order is missing; the others
//! do not wait for it. The number of summaries that wait is bounded, and with it the memory.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    candidates::ScanDepth,
    chunk_scanner::ChunkScanner,
    chunk_summary::{ChunkSummary, LineHit},
    kinds::KindInterner,
};
use crate::analyze::input::line_chunks::{LineChunk, LineChunks};

/// Summaries that may wait for one before them; a chunk's buffer has 2.25 MiB (`line_chunks`).
const MOST_WAITING: usize = 8;

/// Largest number of threads: with more of them it is the reading of the input that takes the time.
const MOST_THREADS: usize = 4;

/// Folds the summary of a chunk, whose bytes are the second argument.
type FoldSummary<'a> = &'a mut (dyn FnMut(&ChunkSummary, &[u8]) + Send);

/// The scanners of all threads, kept from one input to the next with what they have cached.
pub(crate) struct ScanPool {
    scanners: Vec<ChunkScanner>,
    recycled: Vec<RecycledMemory>,
}

/// The memory of a chunk that was folded: its buffer, and its emptied hits.
type RecycledMemory = (Vec<u8>, Vec<LineHit>);

/// The input, shared by the threads.
struct ChunkSource<R> {
    chunks: LineChunks<R>,
    /// Number of the next chunk, from 0.
    next: u64,
}

/// The fold, shared by the threads.
struct FoldQueue<'a> {
    /// `None` while a thread folds.
    fold: Option<FoldSummary<'a>>,
    /// Number of the chunk that is folded next.
    next: u64,
    /// Scanned chunks by their numbers.
    waiting: BTreeMap<u64, (LineChunk, ChunkSummary)>,
}

/// Everything that the threads share while they scan one input.
struct SharedScan<'a, R> {
    source: Mutex<ChunkSource<R>>,
    queue: Mutex<FoldQueue<'a>>,
    /// Signaled after each fold.
    folded: Condvar,
    recycled: Mutex<Vec<RecycledMemory>>,
    /// Whether any chunk has shown that the input is a kubelet's journal.
    is_journal: AtomicBool,
    depth: ScanDepth,
    interner: &'a KindInterner,
}

impl ScanPool {
    /// Creates a pool of a thread for each core, [`MOST_THREADS`] at most.
    pub(crate) fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST_THREADS);
        Self { scanners: (0..threads).map(|_| ChunkScanner::default()).collect(), recycled: Vec::new() }
    }

    /// Scans a whole input and folds its chunks in their order.
    ///
    /// # Errors
    /// Returns the error that ended the input early; the chunks before it were folded.
    pub(crate) fn scan<R: Read + Send>(
        &mut self,
        chunks: LineChunks<R>,
        depth: ScanDepth,
        interner: &KindInterner,
        fold: FoldSummary<'_>,
    ) -> io::Result<()> {
        let shared = SharedScan {
            source: Mutex::new(ChunkSource { chunks, next: 0 }),
            queue: Mutex::new(FoldQueue { fold: Some(fold), next: 0, waiting: BTreeMap::new() }),
            folded: Condvar::new(),
            recycled: Mutex::new(std::mem::take(&mut self.recycled)),
            is_journal: AtomicBool::new(false),
            depth,
            interner,
        };
        std::thread::scope(|scope| {
            let mut scanners = self.scanners.iter_mut();
            let own = scanners.next();
            let shared = &shared;
            for scanner in scanners {
                scope.spawn(move || shared.work(scanner));
            }
            if let Some(own) = own {
                shared.work(own);
            }
        });
        self.recycled = shared.recycled.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut source = shared.source.into_inner().unwrap_or_else(PoisonError::into_inner);
        source.chunks.failure().map_or(Ok(()), Err)
    }
}

impl<R: Read> SharedScan<'_, R> {
    /// Scans chunks until the input ends.
    fn work(&self, scanner: &mut ChunkScanner) {
        while let Some((number, chunk, hits)) = self.next_chunk() {
            let is_journal = self.is_journal.load(Ordering::Relaxed);
            let summary = scanner.scan(&chunk, self.depth, is_journal, self.interner, hits);
            if summary.is_journal {
                self.is_journal.store(true, Ordering::Relaxed);
            }
            self.hand_in(number, chunk, summary);
        }
    }

    /// Returns the next chunk, its number, and empty memory for its hits; `None` at the end of the input.
    fn next_chunk(&self) -> Option<(u64, LineChunk, Vec<LineHit>)> {
        let (buffer, hits) = lock(&self.recycled).pop().unwrap_or_default();
        let mut source = lock(&self.source);
        let chunk = source.chunks.next(buffer)?;
        source.next += 1;
        Some((source.next - 1, chunk, hits))
    }

    /// Adds a scanned chunk to the queue, and folds what is next in order if no other thread does.
    fn hand_in(&self, number: u64, chunk: LineChunk, summary: ChunkSummary) {
        let mut queue = lock(&self.queue);
        // the next one in order never waits, else nobody could go on
        while queue.waiting.len() >= MOST_WAITING && number != queue.next {
            queue = self.folded.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.waiting.insert(number, (chunk, summary));
        // the thread that has the fold will find the chunk
        let Some(fold) = queue.fold.take() else { return };
        loop {
            let next = queue.next;
            let Some((chunk, summary)) = queue.waiting.remove(&next) else { break };
            drop(queue);
            fold(&summary, chunk.bytes());
            lock(&self.recycled).push((chunk.into_buffer(), summary.into_hit_buffer()));
            queue = lock(&self.queue);
            queue.next += 1;
            self.folded.notify_all();
        }
        queue.fold = Some(fold);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
