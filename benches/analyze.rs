//! Time and memory of `blackout analyze` for a large journal, beside `rg -c` and lnav on the same file.
//!
//! The journal is made anew, the same one each time: mostly what a kubelet writes on an ordinary day, and an outage
//! every few hours. `BLACKOUT_BENCH_MIB` is its size in MiB (1024 by default); `BLACKOUT_BENCH_JOURNAL` is a path at
//! which it is kept. Prints a table and asserts nothing: a measurement is not a test.

use std::{
    env, fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// Ordinary lines between two outages: with a second between them on average, about three hours.
const BETWEEN: u32 = 10_000;

/// Runs of each tool, of which the shortest counts.
const RUNS: u32 = 5;

const HOST: &str = "api-server-failure-worker2";

/// A line of a fixture without its times.
struct Template {
    severity: char,
    /// Time since the line before.
    wait: TimeDelta,
    rest: String,
}

fn main() {
    let mib: u64 = env::var("BLACKOUT_BENCH_MIB").ok().and_then(|text| text.parse().ok()).unwrap_or(1024);
    let folder = tempfile::tempdir().expect("a folder for the journal");
    let kept = env::var_os("BLACKOUT_BENCH_JOURNAL").map(PathBuf::from);
    let journal = kept.unwrap_or_else(|| folder.path().join("worker2.log"));
    let (lines, outages) = write_journal(&journal, mib << 20);
    print(&format!("{mib} MiB, {lines} lines, {outages} outages; the shortest of {RUNS} runs each\n"));
    // once through, so that every tool finds it in memory
    drop(fs::read(&journal));

    let blackout = env!("CARGO_BIN_EXE_blackout");
    let rg = measured("rg -c 'connection refused'", "rg", &["-c", "connection refused"], &journal, RUNS);
    let json = measured("blackout analyze --format json", blackout, &["analyze", "--format", "json"], &journal, RUNS);
    measured("blackout analyze", blackout, &["analyze"], &journal, RUNS);
    measured("blackout analyze --format jsonl", blackout, &["analyze", "--format", "jsonl"], &journal, 1);
    let query = ";SELECT count(*) FROM all_logs WHERE log_body LIKE '%connection refused%'";
    measured("lnav (the same count)", "lnav", &["-n", "-q", "-c", query], &journal, 1);
    if let (Some(rg), Some(json)) = (rg, json) {
        print(&format!(
            "\nblackout analyze takes {:.1} times as long as rg -c (3 at most)",
            json.as_secs_f64() / rg.as_secs_f64()
        ));
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn print(text: &str) {
    println!("{text}");
}

/// Runs a tool on the journal; prints its shortest time, and its largest memory in another run, because sampling the
/// memory takes time.
///
/// Returns the time; `None` if the tool is not installed.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn measured(name: &str, program: &str, arguments: &[&str], journal: &Path, runs: u32) -> Option<Duration> {
    let start_one = || {
        let mut command = Command::new(program);
        command.args(arguments).arg(journal).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().ok()
    };
    let mut best: Option<Duration> = None;
    for _ in 0..runs {
        let start = Instant::now();
        start_one()?.wait().ok()?;
        let took = start.elapsed();
        best = Some(best.map_or(took, |best| best.min(took)));
    }
    let best = best?;
    let mut memory = 0;
    let mut child = start_one()?;
    let status = format!("/proc/{}/status", child.id());
    while child.try_wait().ok()?.is_none() {
        memory = memory.max(peak(&status));
        std::thread::sleep(Duration::from_millis(2));
    }
    let speed = fs::metadata(journal).ok()?.len() as f64 / best.as_secs_f64() / f64::from(1 << 30);
    print(&format!("{name:36} {:>8.2} s {speed:>7.2} GiB/s {:>6} MiB", best.as_secs_f64(), memory >> 10));
    Some(best)
}

/// Returns the largest memory that a process has had so far, in KiB; 0 except on Linux (`VmHWM` in proc(5)).
fn peak(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn templates(file: &str) -> Vec<Template> {
    let text = fs::read_to_string(fixtures().join("logs").join(file)).expect("the fixtures are in the repository");
    let mut last: Option<NaiveDateTime> = None;
    text.lines()
        .filter_map(|line| {
            let (_, message) = line.split_once("]: ")?;
            let time = message.get(1..21).filter(|_| message.is_char_boundary(21))?;
            let at = NaiveDateTime::parse_from_str(&format!("2024{time}"), "%Y%m%d %H:%M:%S%.6f").ok()?;
            let wait = last.map_or(TimeDelta::zero(), |last| (at - last).max(TimeDelta::zero()));
            last = Some(at);
            Some(Template { severity: message.chars().next()?, wait, rest: message.get(21..)?.to_owned() })
        })
        .collect()
}

fn is_ordinary(template: &Template) -> bool {
    let message = format!("{}1228 16:08:57.706942{}", template.severity, template.rest);
    !blackout::kubelet::read(&blackout::kubelet::record(&message)).control_plane
}

/// Writes a journal of at least `size` bytes; returns the number of its lines and outages.
fn write_journal(path: &Path, size: u64) -> (u64, u64) {
    let seed = templates("seed-1.30-worker2.log");
    let mut ordinary: Vec<&Template> = seed.iter().filter(|template| is_ordinary(template)).collect();
    let busy = templates("stop/worker2-1.33.log");
    // lines that dump a whole container are rare
    ordinary.extend(busy.iter().filter(|template| is_ordinary(template) && template.rest.len() < 700));
    let long: Vec<&Template> =
        busy.iter().filter(|template| is_ordinary(template) && template.rest.len() >= 700).collect();
    let faults: Vec<Vec<Template>> = ["stop", "kill", "pause", "disconnect", "apiserver"]
        .iter()
        .map(|fault| templates(&format!("{fault}/worker2.log")))
        .chain([seed_outage()])
        .collect();

    let mut out = Journal {
        file: BufWriter::new(fs::File::create(path).expect("the journal can be written")),
        at: NaiveDate::from_ymd_opt(2025, 2, 1).and_then(|day| day.and_hms_opt(0, 0, 0)).expect("a day"),
        written: 0,
        lines: 0,
        random: 0x2545_f491_4f6c_dd1d,
    };
    let mut outages = 0;
    while out.written < size {
        for _ in 0..BETWEEN {
            let template = if out.random_below(40) == 0 {
                long[out.random_below(long.len())]
            } else {
                ordinary[out.random_below(ordinary.len())]
            };
            let wait = TimeDelta::milliseconds(out.random_below(2_000) as i64);
            out.line(template, wait);
        }
        for template in &faults[outages as usize % faults.len()] {
            out.line(template, template.wait);
        }
        outages += 1;
        out.at += TimeDelta::seconds(200);
    }
    out.file.flush().expect("the journal can be written");
    (out.lines, outages)
}

fn seed_outage() -> Vec<Template> {
    let mut seed = templates("seed-1.30-worker2.log");
    seed.retain(|template| !is_ordinary(template));
    seed
}

struct Journal {
    file: BufWriter<fs::File>,
    at: NaiveDateTime,
    written: u64,
    lines: u64,
    random: u64,
}

impl Journal {
    /// Returns a pseudorandom number below `bound` (xorshift), the same ones in every run.
    fn random_below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % bound as u64) as usize
    }

    fn line(&mut self, template: &Template, wait: TimeDelta) {
        self.at += wait;
        let stamp = self.at.format("%b %e %H:%M:%S");
        let klog = self.at.format("%m%d %H:%M:%S%.6f");
        let line = format!("{stamp} {HOST} kubelet[228]: {}{klog}{}\n", template.severity, template.rest);
        self.file.write_all(line.as_bytes()).expect("the journal can be written");
        self.written += line.len() as u64;
        self.lines += 1;
    }
}
