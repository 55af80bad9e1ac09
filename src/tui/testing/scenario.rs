//! Scenarios of the tests: a complete outage, and sessions in which sources are missing.

use super::{CLUSTER, CONTROL_PLANE, Script, WORKERS};
use crate::observation::{
    Cluster, ClusterNode, EngineAction, FaultAction, HealthCheck, Listed, ListedResource, NodeRole, Observation,
    OperatorPhase, PodFact, ProbeError, ProbeOutcome, RunState, SourceHealth, SourceId,
};

/// Second of the stop.
pub(in crate::tui) const STOP: f64 = 60.0;
/// Second at which the container has exited.
pub(in crate::tui) const EXIT: f64 = 70.4;
/// Second of the start.
pub(in crate::tui) const RESTORE: f64 = 162.0;
/// Second at which `/readyz` is 200 again.
pub(in crate::tui) const READY: f64 = 176.0;

pub(in crate::tui) fn nodes() -> impl Iterator<Item = &'static str> {
    std::iter::once(CONTROL_PLANE).chain(WORKERS)
}

pub(in crate::tui) fn cluster() -> Cluster {
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

pub(in crate::tui) fn sources() -> Vec<SourceId> {
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
    script.add(0.3, Observation::Cluster(cluster()));
    for node in nodes() {
        script.container(0.35, node, RunState::Running, None, -86_400.0);
        script.node(0.5, node);
    }
    script.add(
        0.6,
        Observation::Listed(Listed {
            resource: ListedResource::Nodes,
            namespace: None,
            names: nodes().map(str::to_owned).collect(),
        }),
    );
    for (index, worker) in WORKERS.iter().enumerate() {
        let name = format!("httpbin-6f7c8d9b5-{}", ["x2kqp", "7hd4m", "c9wzt"][index]);
        script.add(0.7, Observation::Pod(pod("default", &name, worker, true, 0)));
    }
    for (name, restarts) in [("etcd", 1), ("kube-apiserver", 1), ("kube-controller-manager", 2), ("kube-scheduler", 2)]
    {
        let name = format!("{name}-{CONTROL_PLANE}");
        script.add(0.7, Observation::Pod(pod("kube-system", &name, CONTROL_PLANE, false, restarts)));
    }
    for (index, worker) in WORKERS.iter().take(2).enumerate() {
        let name = format!("coredns-7db6d8ff4d-{}", ["8xk2v", "tq5rb"][index]);
        script.add(0.7, Observation::Pod(pod("kube-system", &name, worker, false, 0)));
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

/// Error of a call: connection refused until the container has exited, then no such host.
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

/// A complete outage: healthy, stopped at [`STOP`], started at [`RESTORE`], ready at [`READY`], recovered after that.
pub(in crate::tui) fn outage() -> Script {
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
    script.operator_step(STOP, FaultAction::Stop, OperatorPhase::Requested);
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
    script.operator_step(EXIT + 0.3, FaultAction::Stop, OperatorPhase::Done);
    complaints(&mut script, READY);
    script.operator_step(RESTORE, FaultAction::Restore, OperatorPhase::Requested);
    script.event(RESTORE + 0.6, EngineAction::Start);
    script.container(RESTORE + 0.7, CONTROL_PLANE, RunState::Running, None, RESTORE + 0.6);
    script.operator_step(RESTORE + 0.8, FaultAction::Restore, OperatorPhase::Done);
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

/// Every source is connecting, and nothing is known of the cluster.
pub(in crate::tui) fn connecting() -> Script {
    let mut script = Script::default();
    for source in sources().into_iter().take(6) {
        script.source(0.1, source, SourceHealth::Connecting);
    }
    script
}

/// The engine stops answering at second 60 of a healthy session.
pub(in crate::tui) fn engine_gone() -> Script {
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

/// No health checks and no requests: no kubeconfig, and no NodePort on any worker.
pub(in crate::tui) fn blind() -> Script {
    let mut script = Script::default();
    let mut bare = cluster();
    bare.nodes.iter_mut().for_each(|node| node.node_port = None);
    for source in sources() {
        script.source(0.2, source, SourceHealth::Live);
    }
    script.add(0.3, Observation::Cluster(bare));
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
