//! How long a line takes: each kind of line by itself, and a journal as a whole.
//!
//! Prints nanoseconds a line, never asserts: a measurement is no test.

use std::hint::black_box;
use std::time::{Duration, Instant};

use kubelet_journal::{DuplicateFilter, TimeResolver, YearHint, entry, read, record};

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn timed(work: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn report(name: &str, lines: &[&[u8]], one: &mut dyn FnMut(&[u8])) {
    let rounds = (400_000 / lines.len()).max(1);
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let took = timed(&mut || {
            for _ in 0..rounds {
                for line in lines {
                    one(line);
                }
            }
        });
        best = best.min(took);
    }
    let count = (rounds * lines.len()) as f64;
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    let nanos = best.as_secs_f64() * 1e9 / count;
    let mean = bytes as f64 / lines.len() as f64;
    #[expect(clippy::print_stdout, reason = "a benchmark prints")]
    {
        println!("{name:44} {nanos:8.0} ns/line  {mean:6.0} bytes/line  {:6.2} GB/s", mean / nanos);
    }
}

fn main() {
    let read_line = |line: &[u8]| {
        let entry = entry(line);
        black_box(read(&record(&entry.message)));
    };
    for file in [
        "seed-1.30-worker2.log",
        "stop/worker2.log",
        "stop/worker2-1.33.log",
        "pause/worker2.log",
        "stop/worker2.journal.jsonl",
    ] {
        let journal =
            std::fs::read(format!("../../tests/fixtures/logs/{file}")).expect("the fixtures are in the repository");
        let lines: Vec<&[u8]> = journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        report(file, &lines, &mut |line| read_line(line));
        if file == "seed-1.30-worker2.log" {
            report("  entry alone", &lines, &mut |line| drop(black_box(entry(line))));
            report("  entry and record", &lines, &mut |line| {
                let entry = entry(line);
                black_box(record(&entry.message));
            });
            let mut resolver = TimeResolver::new(YearHint::Year(2024));
            let mut duplicates = DuplicateFilter::default();
            report("  with times and duplicates", &lines, &mut |line| {
                let entry = entry(line);
                let record = record(&entry.message);
                let reading = read(&record);
                black_box((
                    resolver.resolve(entry.timestamp.as_ref(), record.time()),
                    duplicates.is_duplicate(&reading),
                ));
            });
            let part = |wanted: &str, refused: bool| -> Vec<&[u8]> {
                let is = |line: &&[u8]| memchr::memmem::find(line, wanted.as_bytes()).is_some() == refused;
                lines.iter().copied().filter(is).collect()
            };
            report("  no such host", &part("no such host", true), &mut |line| read_line(line));
            report("  connection refused", &part("connection refused", true), &mut |line| read_line(line));
            report("  information", &part("]: I1228", true), &mut |line| read_line(line));
        }
    }
}
