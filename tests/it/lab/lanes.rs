//! The lab's journals of a stop of 110 seconds, compared with those of real clusters lane by lane and loop by loop.
//!
//! Both are parsed by `kubelet-journal`. Compared is what the dashboard shows: when a lane begins and ends, how many
//! lines it has, and the gaps of each retry loop. The tolerances cover the differences between two real runs: the phase
//! of a worker's heartbeats at the moment of the stop, and the jitter of its reflectors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use blackout::{
    clock::Clock,
    kubelet::{self, Activity, RetrySchedule, Symptom},
    lab::{KubernetesVersion, LabOptions},
    observation::{EngineAction, FaultAction, Observation},
};

use super::LabFixture;

/// A line of a journal.
struct Line {
    /// Seconds after the stop was requested.
    at: f64,
    activity: Activity,
    symptom: Symptom,
    resource: String,
    severity: kubelet::Severity,
    site: String,
    /// Whether the line names the time of the next attempt.
    names_next_attempt: bool,
}

/// The journal of one worker during a stop.
#[derive(Default)]
struct Run {
    lines: Vec<Line>,
    /// Largest delay of a timer on this machine during the run, in seconds of real time: a busy machine is not the
    /// fault of the lab.
    late: f64,
}

#[derive(Debug, Clone, PartialEq)]
struct Lane {
    first: f64,
    last: f64,
    count: usize,
}

impl Run {
    /// Parses the lines of a journal. `seconds` converts the time of a line into seconds after the stop.
    fn parse<'a>(lines: impl IntoIterator<Item = &'a str>, seconds: impl Fn(&kubelet::HeaderTime) -> f64) -> Self {
        let mut run = Self::default();
        for text in lines {
            let entry = kubelet::entry(text.as_bytes());
            let record = kubelet::record(&entry.message);
            let reading = kubelet::read(&record);
            let (Some(clock), Some(severity), Some(source)) =
                (&reading.header_time, reading.severity, &reading.call_site)
            else {
                continue;
            };
            if !reading.control_plane {
                continue;
            }
            let name = reading.reflector.as_deref().unwrap_or_default();
            run.lines.push(Line {
                at: seconds(clock),
                activity: reading.activity,
                symptom: reading.symptom,
                resource: format!("{} {name}", reading.resource.as_deref().unwrap_or_default()),
                severity,
                site: source.to_string(),
                names_next_attempt: reading.retry_in.is_some(),
            });
        }
        run
    }

    /// Keeps the lines in `first..last`.
    fn between(mut self, first: f64, last: f64) -> Self {
        self.lines.retain(|line| (first..last).contains(&line.at));
        self
    }

    fn lane(&self, takes: impl Fn(&Line) -> bool) -> Option<Lane> {
        let mut lines = self.lines.iter().filter(|line| takes(line)).map(|line| line.at);
        let first = lines.next()?;
        let (count, last) = lines.fold((1, first), |(count, _), at| (count + 1, at));
        Some(Lane { first, last, count })
    }

    fn lanes(&self) -> BTreeMap<&'static str, Option<Lane>> {
        BTreeMap::from([
            ("refused", self.lane(|line| line.symptom == Symptom::ConnectionRefused)),
            ("dns", self.lane(|line| line.symptom == Symptom::DnsFailure)),
            ("lease", self.lane(|line| line.activity == Activity::Lease)),
            ("node status", self.lane(|line| line.activity == Activity::NodeStatus)),
            ("watch", self.lane(|line| line.activity == Activity::Watch)),
        ])
    }

    /// Returns the gaps between the attempts of each retry loop, in seconds. The lines of a burst are one attempt.
    fn gaps(&self) -> BTreeMap<String, Vec<f64>> {
        let mut loops: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for line in &self.lines {
            let burst = matches!(line.activity, Activity::NodeStatus);
            let name = match line.activity {
                // the five updates before it are one burst
                Activity::Lease if line.names_next_attempt => "lease".to_owned(),
                Activity::NodeStatus => "node status".to_owned(),
                Activity::Watch if line.severity == kubelet::Severity::Error => line.resource.trim().to_owned(),
                _ => continue,
            };
            let tries = loops.entry(name).or_default();
            let close = if burst { 1.0 } else { 0.05 };
            if tries.last().is_none_or(|last| line.at - last > close) {
                tries.push(line.at);
            } else if let Some(last) = tries.last_mut() {
                *last = line.at;
            }
        }
        loops
            .into_iter()
            .map(|(name, tries)| (name, tries.windows(2).map(|pair| pair[1] - pair[0]).collect()))
            .collect()
    }

    /// Returns the source lines of Kubernetes that logged.
    fn sites(&self) -> BTreeSet<&str> {
        self.lines.iter().map(|line| line.site.as_str()).collect()
    }
}

fn seconds_of_day(clock: &kubelet::HeaderTime) -> f64 {
    f64::from(clock.hour) * 3600.0
        + f64::from(clock.minute) * 60.0
        + f64::from(clock.second)
        + f64::from(clock.micros) / 1e6
}

/// Parses a recorded journal. `stopped` is when the stop was requested, in seconds of the day.
fn recorded(file: &str, stopped: f64) -> Run {
    let path = format!("{}/tests/fixtures/logs/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    Run::parse(text.lines(), |clock| seconds_of_day(clock) - stopped).between(-1.0, 110.0)
}

/// Stops a lab. Returns the journal of each worker, in real time.
async fn stop_a_lab(kubernetes: KubernetesVersion) -> Vec<Run> {
    let speed = 15.0;
    let worst = Arc::new(AtomicU64::new(0));
    let measurement = tokio::spawn(measure_delay(worst.clone()));
    let mut fixture = LabFixture::start(LabOptions { workers: 3, seed: 4, speed, kubernetes });
    fixture.sleep(Duration::from_secs(25)).await;
    let before = fixture.observations();
    let failures = journals(&before).values().flatten().filter(|line| is_about_control_plane(line)).count();
    assert_eq!(failures, 0, "a healthy lab logs no failures");
    let stopping = fixture.lab.carry_out(FaultAction::Stop);
    stopping.await.expect("a running control plane can be stopped");
    fixture.sleep(Duration::from_secs_f64(100.0)).await;
    measurement.abort();
    let late = worst.load(Ordering::Relaxed) as f64 / 1e6 * speed;
    let observations = fixture.observations();
    let stopped = observations
        .iter()
        .find_map(|observation| match observation {
            Observation::EngineEvent(event) if event.action == EngineAction::Kill => Some(event.happened),
            _ => None,
        })
        .expect("the engine reports the signal");
    let stopped = seconds_of_day(&header_time(stopped));
    journals(&observations)
        .values()
        .map(|lines| {
            let lines = lines.iter().map(String::as_str);
            let run = Run::parse(lines, |clock| (seconds_of_day(clock) - stopped) * speed).between(-1.0, 110.0);
            Run { late, ..run }
        })
        .collect()
}

/// Measures the largest delay of a timer, in microseconds.
async fn measure_delay(worst: Arc<AtomicU64>) {
    let clock = Clock::start();
    let interval = Duration::from_millis(5);
    loop {
        let before = clock.elapsed();
        tokio::time::sleep(interval).await;
        let late = (clock.elapsed() - before).saturating_sub(interval);
        worst.fetch_max(late.as_micros() as u64, Ordering::Relaxed);
    }
}

fn journals(observations: &[Observation]) -> BTreeMap<String, Vec<String>> {
    let mut journals: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for observation in observations {
        if let Observation::Journal(line) = observation {
            journals.entry(line.worker.clone()).or_default().push(line.line.clone());
        }
    }
    journals
}

fn is_about_control_plane(line: &str) -> bool {
    let entry = kubelet::entry(line.as_bytes());
    let record = kubelet::record(&entry.message);
    kubelet::read(&record).control_plane
}

fn header_time(at: blackout::observation::Time) -> kubelet::HeaderTime {
    let text = at.format("I%m%d %H:%M:%S%.6f       1 x.go:1] x").to_string();
    kubelet::record(&text).header_time.expect("a klog header has a time")
}

/// Formats both runs side by side.
fn side_by_side(title: &str, real: &Run, lab: &[Run]) -> String {
    let late = lab.first().map_or(0.0, |run| run.late);
    let mut text = format!(
        "\n{title}\n{:<12} {:>24}   {:>24} (three workers; timers of this machine up to {late:.2} s late)\n",
        "", "real", "lab"
    );
    let show = |lane: &Option<Lane>| match lane {
        Some(Lane { first, last, count }) => format!("{first:>6.1} – {last:>6.1} {count:>6}x"),
        None => "none".to_owned(),
    };
    let lanes: Vec<_> = lab.iter().map(Run::lanes).collect();
    for (name, lane) in real.lanes() {
        let _ = write!(text, "{name:<12} {:>24}", show(&lane));
        for lanes in &lanes {
            let _ = write!(text, "   {:>24}", show(&lanes[name]));
        }
        text.push('\n');
    }
    for (who, run) in std::iter::once(("real", real)).chain(lab.iter().take(1).map(|run| ("lab", run))) {
        for (name, gaps) in run.gaps() {
            let gaps: Vec<_> = gaps.iter().map(|gap| format!("{gap:.1}")).collect();
            let _ = writeln!(text, "{who:<5} {name:<75} {}", gaps.join(" "));
        }
    }
    text
}

/// How far a lane of the lab may differ from that of a real worker, in seconds.
struct Tolerance {
    first: f64,
    last: f64,
    /// The lab's number of lines, as a part of the real one.
    count: std::ops::Range<f64>,
}

/// Largest difference in phase between the heartbeats of two workers, in seconds: 10 s, and the time of a call.
const HEARTBEAT: f64 = 10.5;

fn tolerance(lane: &str) -> Tolerance {
    match lane {
        // the phase of the heartbeats is random, and so is the number of lines in the 10 s of grace
        "refused" => Tolerance { first: HEARTBEAT, last: 3.5, count: 0.5..1.6 },
        "node status" => Tolerance { first: HEARTBEAT, last: HEARTBEAT, count: 0.85..1.15 },
        "lease" => Tolerance { first: HEARTBEAT, last: 7.5, count: 0.85..1.15 },
        "dns" => Tolerance { first: 4.0, last: 7.5, count: 0.75..1.35 },
        // the last wait of a reflector takes up to 60 s
        "watch" => Tolerance { first: 4.0, last: 20.0, count: 0.75..1.4 },
        other => panic!("no tolerance for {other}"),
    }
}

/// Compares the lanes of a worker with those of the real one. Returns the differences beyond the tolerance.
fn lane_differences(real: &Run, lab: &Run) -> Vec<String> {
    let mut differences = Vec::new();
    let labs = lab.lanes();
    let reflectors = |run: &Run| run.gaps().keys().filter(|name| name.starts_with('*')).count() as f64;
    for (name, lane) in real.lanes() {
        let (Some(real_lane), Some(lab_lane)) = (lane, labs[name].clone()) else {
            differences.push(format!("{name}: missing in one of the runs"));
            continue;
        };
        let allowed = tolerance(name);
        // a worker with more pods has more reflectors
        let scale = match name {
            "watch" => reflectors(lab) / reflectors(real),
            "dns" => (reflectors(lab) / reflectors(real)).sqrt(),
            _ => 1.0,
        };
        let count = lab_lane.count as f64 / (real_lane.count as f64 * scale);
        // late heartbeats are fewer heartbeats
        let fewest = allowed.count.start * (1.0 - lab.late / HEARTBEAT).max(0.5);
        if (lab_lane.first - real_lane.first).abs() > allowed.first + lab.late
            || (lab_lane.last - real_lane.last).abs() > allowed.last + lab.late
            || !(fewest..allowed.count.end).contains(&count)
        {
            differences.push(format!("{name}: real {real_lane:?}, lab {lab_lane:?}, {count:.2} of the real lines"));
        }
    }
    differences
}

/// Compares the gaps of a run with the retry schedules of Kubernetes' source. Returns those that differ.
fn gap_differences(run: &Run, unlogged_refusals: u32) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, gaps) in run.gaps() {
        for (index, gap) in gaps.iter().enumerate() {
            let index = index as u32;
            let expected = match name.as_str() {
                "lease" => RetrySchedule::of(Activity::Lease, None).map(|schedule| schedule.gap(index)),
                "node status" => Some(Duration::from_secs(10)..Duration::from_millis(10_400)),
                _ => RetrySchedule::of(Activity::Watch, None).map(|schedule| schedule.gap(index + unlogged_refusals)),
            };
            let expected = expected.expect("each activity has a schedule");
            // the call itself takes time, in the real run, too
            let allowed =
                (expected.start.as_secs_f64() - 0.1)..(expected.end.as_secs_f64() * 1.03 + 0.4 + run.late * 2.0);
            if !allowed.contains(gap) {
                differences.push(format!("{name}: gap {index} is {gap:.2}, expected {expected:?}"));
            }
        }
    }
    differences
}

#[expect(clippy::print_stdout, reason = "the table is for a person")]
fn compare(title: &str, real: &Run, lab: &[Run], unlogged_refusals: u32) {
    println!("{}", side_by_side(title, real, lab));
    let mut differences = gap_differences(real, unlogged_refusals);
    assert_eq!(differences, Vec::<String>::new(), "the recorded run follows the schedules");
    for run in lab {
        differences.extend(lane_differences(real, run));
        differences.extend(gap_differences(run, unlogged_refusals));
        assert_eq!(run.sites(), real.sites(), "the same source lines log");
    }
    assert_eq!(differences, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journals_of_a_stop_match_the_recorded_ones_of_kubernetes_1_20() {
    // the stop is in `actions.jsonl`; the engine's event is the signal
    let real = recorded("stop/worker2.log", 9.0 * 3600.0 + 29.0 * 60.0 + 42.8);
    compare("stop, 1.20", &real, &stop_a_lab(KubernetesVersion::V1_20).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journals_of_a_stop_match_the_recorded_ones_of_kubernetes_1_30() {
    // the stop was not recorded: 11.3 s before the first failed lookup
    let real = recorded("seed-1.30-worker2.log", 16.0 * 3600.0 + 9.0 * 60.0 + 7.3 - 11.3);
    compare("stop, 1.30", &real, &stop_a_lab(KubernetesVersion::V1_30).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journals_of_the_newest_version_are_recognized_by_their_messages() {
    let mut fixture = LabFixture::start(LabOptions { speed: 20.0, ..LabOptions::default() });
    fixture.sleep(Duration::from_secs(12)).await;
    fixture.lab.carry_out(FaultAction::Kill).await.expect("a running control plane can be killed");
    fixture.sleep(Duration::from_secs(20)).await;
    let mut clues = kubelet::VersionClues::default();
    for line in journals(&fixture.observations()).values().flatten() {
        let entry = kubelet::entry(line.as_bytes());
        clues.add(&kubelet::record(&entry.message));
    }
    assert_eq!(clues.only(), Some(KubernetesVersion::default().minor()));
}
