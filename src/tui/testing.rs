//! Worlds for the tests of the screen, folded from observations as every other world is: an outage of the demo cluster,
//! second by second, with the rhythms of real kubelets.

use chrono::{Duration, TimeZone as _, Utc};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::{Model, view};
use crate::{
    observation::{
        Cluster, ClusterNode, ContainerState, Deed, EngineAction, EngineEvent, HealthCheck, HealthProbe, JournalLine,
        Listed, ListedResource, NamedCheck, NodeFact, NodeReadiness, NodeRole, Observation, Operator, OperatorPhase,
        PodFact, ProbeError, ProbeOutcome, RunState, SourceHealth, SourceId, SourceReport, Time, TrafficOutcome,
        TrafficProbe,
    },
    world::World,
};

pub(super) const CLUSTER: &str = "api-server-failure";
pub(super) const CONTROL_PLANE: &str = "api-server-failure-control-plane";
pub(super) const WORKERS: [&str; 3] =
    ["api-server-failure-worker", "api-server-failure-worker2", "api-server-failure-worker3"];

/// When the session of every test begins.
pub(super) fn start() -> Time {
    Utc.with_ymd_and_hms(2026, 1, 5, 12, 0, 0).unwrap()
}

/// A moment of that session.
pub(super) fn at(seconds: f64) -> Time {
    start() + Duration::milliseconds((seconds * 1_000.0).round() as i64)
}

/// When the control plane is taken away, in seconds.
pub(super) const STOP: f64 = 60.0;
/// When its container has ended.
pub(super) const EXIT: f64 = 70.4;
/// When it is started again.
pub(super) const RESTORE: f64 = 162.0;
/// When `/readyz` answers 200 again.
pub(super) const READY: f64 = 176.0;

/// The observations of a session, in their order.
#[derive(Default)]
pub(super) struct Script {
    said: Vec<(Time, Observation)>,
}

impl Script {
    pub(super) fn say(&mut self, seconds: f64, observation: Observation) {
        self.said.push((at(seconds), observation));
    }

    /// The world as it is at that second, and the time.
    pub(super) fn world(&self, seconds: f64) -> (World, Time) {
        let now = at(seconds);
        let mut said: Vec<_> = self.said.iter().filter(|(at, _)| *at <= now).collect();
        said.sort_by_key(|(at, _)| *at);
        let mut world = World::new(start());
        for (at, observation) in said {
            world.apply(*at, observation);
        }
        (world, now)
    }

    pub(super) fn source(&mut self, seconds: f64, source: SourceId, health: SourceHealth) {
        self.say(seconds, Observation::Source(SourceReport { source, health }));
    }

    fn container(&mut self, seconds: f64, node: &str, state: RunState, exit_code: Option<i64>, since: f64) {
        let role = if node == CONTROL_PLANE { NodeRole::ControlPlane } else { NodeRole::Worker };
        let since = Some(at(since));
        self.say(
            seconds,
            Observation::Container(ContainerState {
                node: node.to_owned(),
                role,
                state,
                exit_code,
                since,
                attached: true,
            }),
        );
    }

    fn event(&mut self, seconds: f64, action: EngineAction) {
        self.say(
            seconds,
            Observation::EngineEvent(EngineEvent {
                node: CONTROL_PLANE.to_owned(),
                role: NodeRole::ControlPlane,
                action,
                happened: at(seconds),
                signal: None,
                exit_code: None,
            }),
        );
    }

    fn deed(&mut self, seconds: f64, deed: Deed, phase: OperatorPhase) {
        self.say(seconds, Observation::Operator(Operator { deed, container: CONTROL_PLANE.to_owned(), phase }));
    }

    fn health(&mut self, seconds: f64, check: HealthCheck, latency_us: u64, outcome: ProbeOutcome) {
        let checks = match (check, &outcome) {
            (HealthCheck::Readyz, ProbeOutcome::Ok) => named(true),
            (HealthCheck::Readyz, ProbeOutcome::Status(_)) => named(false),
            _ => Vec::new(),
        };
        self.say(seconds, Observation::Health(HealthProbe { check, latency_us, outcome, checks }));
    }

    fn healthy_second(&mut self, second: u64) {
        let us = 1_900 + (second * 37 % 11) * 160;
        let s = second as f64 + 0.2;
        self.health(s, HealthCheck::Port, 310, ProbeOutcome::Ok);
        self.health(s, HealthCheck::Livez, us - 700, ProbeOutcome::Ok);
        self.health(s, HealthCheck::Readyz, us, ProbeOutcome::Ok);
    }

    fn failing_second(&mut self, second: u64, error: ProbeError) {
        for check in [HealthCheck::Port, HealthCheck::Livez, HealthCheck::Readyz] {
            self.health(second as f64 + 0.2, check, 412, ProbeOutcome::Failed(error));
        }
    }

    fn traffic_half_second(&mut self, slot: u64) {
        for (index, worker) in WORKERS.iter().enumerate() {
            let latency_us = 1_700 + (slot * 31 + index as u64 * 7) % 13 * 140;
            let outcome = TrafficOutcome::Answered(200);
            let probe = TrafficProbe { worker: (*worker).to_owned(), slot, latency_us, outcome };
            self.say(slot as f64 / 2.0 + 0.05, Observation::Traffic(probe));
        }
    }

    /// One line of a worker's journal, written and heard at that second.
    pub(super) fn line(&mut self, seconds: f64, worker: &str, message: &str) {
        let micros = at(seconds).timestamp_micros();
        let clock = at(seconds).format("%m%d %H:%M:%S%.6f");
        let (letter, rest) = message.split_at(1);
        let entry = serde_json::json!({
            "__REALTIME_TIMESTAMP": micros.to_string(),
            "_HOSTNAME": worker,
            "SYSLOG_IDENTIFIER": "kubelet",
            "MESSAGE": format!("{letter}{clock}     228 {}", rest.trim_start()),
        });
        let line = JournalLine { worker: worker.to_owned(), line: entry.to_string() };
        self.say(seconds + 0.05, Observation::Journal(line));
    }

    fn node(&mut self, seconds: f64, name: &str) {
        let fact = NodeFact {
            name: name.to_owned(),
            ready: NodeReadiness::Ready,
            since: Some(at(-3_600.0)),
            cordoned: false,
            kubelet_version: "v1.30.0".to_owned(),
        };
        self.say(seconds, Observation::Node(fact));
    }

    fn lease(&mut self, seconds: f64, node: &str) {
        self.say(seconds, Observation::Lease { node: node.to_owned(), renewed: at(seconds) });
    }
}

fn named(ok: bool) -> Vec<NamedCheck> {
    let mut names: Vec<String> = ["ping", "log", "etcd", "etcd-readiness", "informer-sync"].map(str::to_owned).into();
    names.extend((1..=27).map(|n| format!("poststarthook/hook-{n}")));
    let fails = |name: &str| !ok && (name.starts_with("etcd") || name == "poststarthook/hook-7");
    names.into_iter().map(|name| NamedCheck { ok: !fails(&name), name }).collect()
}

pub(super) fn nodes() -> impl Iterator<Item = &'static str> {
    std::iter::once(CONTROL_PLANE).chain(WORKERS)
}

pub(super) fn cluster() -> Cluster {
    let mut nodes = vec![ClusterNode { name: CONTROL_PLANE.to_owned(), role: NodeRole::ControlPlane, node_port: None }];
    nodes.extend(WORKERS.iter().enumerate().map(|(index, name)| ClusterNode {
        name: (*name).to_owned(),
        role: NodeRole::Worker,
        node_port: Some(format!("127.0.0.1:{}", 30_090 + index)),
    }));
    Cluster {
        name: CLUSTER.to_owned(),
        context: format!("kind-{CLUSTER}"),
        api_endpoint: Some("127.0.0.1:36443".to_owned()),
        nodes,
    }
}

pub(super) fn sources() -> Vec<SourceId> {
    let mut sources = vec![SourceId::Docker, SourceId::Health, SourceId::Traffic];
    sources.extend([SourceId::Nodes, SourceId::Pods, SourceId::Leases]);
    sources.extend(WORKERS.iter().map(|worker| SourceId::Journal((*worker).to_owned())));
    sources
}

fn begin(script: &mut Script) {
    for source in sources() {
        script.source(0.1, source.clone(), SourceHealth::Connecting);
        script.source(0.4, source, SourceHealth::Live);
    }
    script.say(0.3, Observation::Cluster(cluster()));
    for node in nodes() {
        script.container(0.35, node, RunState::Running, None, -86_400.0);
        script.node(0.5, node);
    }
    script.say(
        0.6,
        Observation::Listed(Listed {
            resource: ListedResource::Nodes,
            namespace: None,
            names: nodes().map(str::to_owned).collect(),
        }),
    );
    for (index, worker) in WORKERS.iter().enumerate() {
        let name = format!("httpbin-6f7c8d9b5-{}", ["x2kqp", "7hd4m", "c9wzt"][index]);
        script.say(0.7, Observation::Pod(pod("default", &name, worker, true, 0)));
    }
    for (name, restarts) in [("etcd", 1), ("kube-apiserver", 1), ("kube-controller-manager", 2), ("kube-scheduler", 2)]
    {
        let name = format!("{name}-{CONTROL_PLANE}");
        script.say(0.7, Observation::Pod(pod("kube-system", &name, CONTROL_PLANE, false, restarts)));
    }
    for (index, worker) in WORKERS.iter().take(2).enumerate() {
        let name = format!("coredns-7db6d8ff4d-{}", ["8xk2v", "tq5rb"][index]);
        script.say(0.7, Observation::Pod(pod("kube-system", &name, worker, false, 0)));
    }
    script.line(12.0, WORKERS[0], r#"I kubelet.go:2497] "SyncLoop (probe)" probe="readiness" status="ready" pod="default/httpbin-6f7c8d9b5-x2kqp""#);
    script.line(31.4, WORKERS[1], r#"I pod_startup_latency_tracker.go:104] "Observed pod startup duration" pod="default/httpbin-6f7c8d9b5-7hd4m" podStartSLOduration=2.1"#);
}

fn pod(namespace: &str, name: &str, node: &str, workload: bool, restarts: u32) -> PodFact {
    PodFact {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        node: Some(node.to_owned()),
        status: "Running".to_owned(),
        ready: 1,
        containers: 1,
        restarts,
        workload,
    }
}

/// What a kubelet's error says while the port is closed, and later, when the name is gone.
fn error(seconds: f64, worker: &str, path: &str) -> String {
    let url = format!("https://{CONTROL_PLANE}:6443/{path}");
    let cause = if seconds < EXIT {
        "dial tcp 172.18.0.5:6443: connect: connection refused".to_owned()
    } else {
        format!("dial tcp: lookup {CONTROL_PLANE} on 172.18.0.1:53: no such host")
    };
    let _ = worker;
    format!(r#"Get \"{url}\": {cause}"#)
}

fn node_status(script: &mut Script, seconds: f64, worker: &str) {
    for _ in 0..5 {
        let error = error(seconds, worker, &format!("api/v1/nodes/{worker}?timeout=10s"));
        script.line(
            seconds,
            worker,
            &format!(r#"E kubelet_node_status.go:549] "Error updating node status, will retry" err="error getting node \"{worker}\": {}""#, error.replace(r#"\""#, r#"\\\""#)),
        );
    }
    script.line(
        seconds,
        worker,
        r#"E kubelet_node_status.go:536] "Unable to update node status" err="update node status exceeds retry count""#,
    );
}

fn lease(script: &mut Script, seconds: f64, worker: &str, interval: &str) {
    let error = error(seconds, worker, "apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/x?timeout=10s");
    script.line(
        seconds,
        worker,
        &format!(
            r#"E controller.go:145] "Failed to ensure lease exists, will retry" err="{error}" interval="{interval}""#
        ),
    );
}

fn watch(script: &mut Script, seconds: f64, worker: &str, kind: &str) {
    let error = error(seconds, worker, "api/v1/services?limit=500").replace(r#"\""#, "\"");
    let origin = "k8s.io/client-go/informers/factory.go:160";
    script.line(seconds, worker, &format!("W reflector.go:547] {origin}: failed to list {kind}: {error}"));
    script.line(
        seconds,
        worker,
        &format!("E reflector.go:150] {origin}: Failed to watch {kind}: failed to list {kind}: {error}"),
    );
}

fn complaints(script: &mut Script, until: f64) {
    for (index, worker) in WORKERS.iter().enumerate() {
        let mut t = STOP + 0.1 + index as f64 * 1.7;
        while t < until {
            node_status(script, t, worker);
            t += 10.2;
        }
        let (mut t, mut wait) = (STOP + 0.7 + index as f64 * 0.9, 0.2);
        while t < until {
            let wait_now = f64::min(wait, 7.0);
            let interval = if wait_now < 1.0 { format!("{:.0}ms", wait_now * 1_000.0) } else { format!("{wait_now}s") };
            lease(script, t, worker, &interval);
            t += wait_now + 0.01;
            wait *= 2.0;
        }
        for (kind, lag) in [("*v1.Service", 0.4), ("*v1.Node", 1.1), ("*v1.Pod", 2.0), ("*v1.CSIDriver", 2.6)] {
            let (mut t, mut wait) = (EXIT + lag + index as f64 * 0.5, 1.3);
            while t < until {
                watch(script, t, worker, kind);
                t += wait;
                wait = f64::min(wait * 2.1, 44.0);
            }
        }
    }
}

/// The whole session: healthy, stopped at [`STOP`], started at [`RESTORE`], ready at [`READY`], all well some time later.
pub(super) fn outage() -> Script {
    let mut script = Script::default();
    begin(&mut script);
    for slot in 1..480 {
        script.traffic_half_second(slot);
    }
    for node in nodes() {
        for beat in 0..6 {
            script.lease(1.0 + beat as f64 * 10.0, node);
        }
    }
    for second in 1..60 {
        script.healthy_second(second);
    }
    script.deed(STOP, Deed::Stop, OperatorPhase::Requested);
    script.event(STOP + 0.03, EngineAction::Kill);
    for second in 60..162 {
        script.failing_second(second, ProbeError::Refused);
    }
    for source in [SourceId::Nodes, SourceId::Pods, SourceId::Leases] {
        let error = "127.0.0.1:36443 refuses the connection: the API server is not running".to_owned();
        script.source(STOP + 0.4, source, SourceHealth::Retrying { error });
    }
    script.event(EXIT, EngineAction::Die);
    script.container(EXIT + 0.02, CONTROL_PLANE, RunState::Exited, Some(137), EXIT);
    script.deed(EXIT + 0.3, Deed::Stop, OperatorPhase::Done);
    complaints(&mut script, READY);
    script.deed(RESTORE, Deed::Restore, OperatorPhase::Requested);
    script.event(RESTORE + 0.6, EngineAction::Start);
    script.container(RESTORE + 0.7, CONTROL_PLANE, RunState::Running, None, RESTORE + 0.6);
    script.deed(RESTORE + 0.8, Deed::Restore, OperatorPhase::Done);
    for second in 163..170 {
        script.failing_second(second, ProbeError::Refused);
    }
    for second in 170..176 {
        let s = f64::from(second) + 0.2;
        script.health(s, HealthCheck::Port, 402, ProbeOutcome::Ok);
        script.health(s, HealthCheck::Livez, 2_210, ProbeOutcome::Ok);
        script.health(s, HealthCheck::Readyz, 9_800, ProbeOutcome::Status(500));
    }
    for second in 176..240 {
        script.healthy_second(second);
    }
    for source in [SourceId::Nodes, SourceId::Pods, SourceId::Leases] {
        script.source(READY + 0.9, source, SourceHealth::Live);
    }
    for (index, node) in nodes().enumerate() {
        for beat in 0..6 {
            script.lease(READY + 1.5 + index as f64 * 1.6 + f64::from(beat) * 10.0, node);
        }
        script.node(READY + 1.6 + index as f64 * 1.6, node);
    }
    script
}

/// Every source speaks of itself, and none of the cluster.
pub(super) fn connecting() -> Script {
    let mut script = Script::default();
    for source in sources().into_iter().take(6) {
        script.source(0.1, source, SourceHealth::Connecting);
    }
    script
}

/// The engine goes away at second 60 of a healthy session, and nothing else.
pub(super) fn engine_gone() -> Script {
    let mut script = Script::default();
    begin(&mut script);
    for slot in 1..160 {
        script.traffic_half_second(slot);
    }
    for second in 1..80 {
        script.healthy_second(second);
    }
    let error = "/var/run/docker.sock refuses the connection: the container engine is not running; start it, for \
                 instance with systemctl start docker"
        .to_owned();
    script.source(60.0, SourceId::Docker, SourceHealth::Retrying { error: error.clone() });
    for worker in WORKERS {
        script.source(60.2, SourceId::Journal(worker.to_owned()), SourceHealth::Retrying { error: error.clone() });
    }
    script
}

/// Nothing can be probed: no kubeconfig, and no NodePort on any worker.
pub(super) fn blind() -> Script {
    let mut script = Script::default();
    let mut bare = cluster();
    bare.nodes.iter_mut().for_each(|node| node.node_port = None);
    for source in sources() {
        script.source(0.2, source, SourceHealth::Live);
    }
    script.say(0.3, Observation::Cluster(bare));
    for node in nodes() {
        script.container(0.35, node, RunState::Running, None, -86_400.0);
    }
    let error = "/root/.kube/config has no context kind-api-server-failure; `kind export kubeconfig --name \
                 api-server-failure` writes it";
    for source in [SourceId::Health, SourceId::Nodes, SourceId::Pods, SourceId::Leases] {
        script.source(1.0, source, SourceHealth::Retrying { error: error.to_owned() });
    }
    let error = "no worker publishes the NodePort 30090; map it in kind's configuration with extraPortMappings";
    script.source(1.0, SourceId::Traffic, SourceHealth::Retrying { error: error.to_owned() });
    script
}

/// A buffer with the whole screen in it.
pub(super) fn screen(world: &World, model: &Model, now: Time, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    view(world, model, now, area, &mut buffer);
    buffer
}

/// The text of a buffer, row by row.
pub(super) fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut row = String::new();
        let mut skip = 0;
        for x in buffer.area.left()..buffer.area.right() {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = super::text::width(symbol).saturating_sub(1);
            row.push_str(symbol);
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// The styles of a buffer: each run of cells that look alike, with how it looks.
pub(super) fn styles(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut runs: Vec<(Style, String)> = Vec::new();
        for x in buffer.area.left()..buffer.area.right() {
            let cell = &buffer[(x, y)];
            match runs.last_mut() {
                Some((style, text)) if *style == cell.style() => text.push_str(cell.symbol()),
                _ => runs.push((cell.style(), cell.symbol().to_owned())),
            }
        }
        let runs: Vec<String> = runs
            .into_iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(style, text)| format!("{}{{{}}}", look(style), text.trim()))
            .collect();
        out.push_str(&runs.join(" "));
        out.push('\n');
    }
    out
}

fn look(style: Style) -> String {
    let mut words = Vec::new();
    if let Some(ratatui::style::Color::Indexed(n)) = style.fg {
        words.push(n.to_string());
    }
    for (modifier, word) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::ITALIC, "italic"),
        (Modifier::UNDERLINED, "under"),
        (Modifier::REVERSED, "reversed"),
    ] {
        if style.add_modifier.contains(modifier) {
            words.push(word.to_owned());
        }
    }
    words.join("+")
}
