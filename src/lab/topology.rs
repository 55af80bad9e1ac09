//! What the lab's cluster is made of: nodes and pods with their names and addresses, as kind and kubeadm would make
//! them.
//!
//! The addresses are a story (kind's network is 172.18.0.0/16) and appear in objects and journals only: what really
//! listens, listens on the loopback. Pure.

use super::{dice::Dice, version::Version};
use crate::observation::NodeRole;

/// kind's name of the cluster, and its context.
pub(super) const CLUSTER: &str = "lab";
/// Who answers the workers' questions for names.
pub(super) const NAME_SERVER: &str = "172.18.0.1:53";
/// The API server's port inside the network.
pub(super) const API_PORT: u16 = 6443;
/// The workload's NodePort.
pub(super) const NODE_PORT: u16 = 30090;
/// Replicas of the workload.
const REPLICAS: usize = 3;

/// A node: container, host and Kubernetes node of one name.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) role: NodeRole,
    /// Address in kind's network.
    pub(super) address: String,
    /// Its part of the pods' network.
    pub(super) pod_cidr: String,
    /// Process id of its kubelet.
    pub(super) pid: u32,
    pub(super) uid: String,
}

/// A pod that the cluster runs.
#[derive(Debug, Clone)]
pub(super) struct PodPlan {
    pub(super) namespace: &'static str,
    pub(super) name: String,
    /// What it runs: container, application, and name of its owner.
    pub(super) app: &'static str,
    pub(super) image: String,
    pub(super) owner: Owner,
    pub(super) node: String,
    pub(super) host_address: String,
    pub(super) address: String,
    pub(super) uid: String,
    /// The configmaps that it mounts.
    pub(super) config: &'static [&'static str],
    /// The suffix of its service account's token secret, as it was up to 1.20.
    pub(super) token: String,
}

/// Who made a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A file on the node.
    Node,
    DaemonSet,
    ReplicaSet,
}

/// The cluster.
#[derive(Debug, Clone)]
pub(super) struct Topology {
    pub(super) version: Version,
    pub(super) control_plane: Member,
    pub(super) workers: Vec<Member>,
    pub(super) pods: Vec<PodPlan>,
}

impl Topology {
    pub(super) fn new(workers: usize, version: Version, dice: &Dice) -> Self {
        let mut dice = dice.of("topology");
        let mut member = |number: usize, name: String, role| Member {
            name,
            role,
            address: format!("172.18.0.{}", number + 2),
            pod_cidr: format!("10.244.{number}.0/24"),
            pid: 200 + dice.below(60) as u32,
            uid: dice.uid(),
        };
        let control_plane = member(0, format!("{CLUSTER}-control-plane"), NodeRole::ControlPlane);
        let workers: Vec<_> = (1..=workers)
            .map(|number| {
                let suffix = if number == 1 { String::new() } else { number.to_string() };
                member(number, format!("{CLUSTER}-worker{suffix}"), NodeRole::Worker)
            })
            .collect();
        let pods = Planner { version, dice: dice.of("pods"), pods: Vec::new() }.plan(&control_plane, &workers);
        Self { version, control_plane, workers, pods }
    }

    /// All nodes, the control plane first.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        std::iter::once(&self.control_plane).chain(&self.workers)
    }

    pub(super) fn pods_on<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a PodPlan> {
        self.pods.iter().filter(move |pod| pod.node == node)
    }

    /// The replicas of the workload.
    pub(super) fn workload(&self) -> impl Iterator<Item = &PodPlan> {
        self.pods.iter().filter(|pod| pod.app == "httpbin")
    }
}

struct Planner {
    version: Version,
    dice: Dice,
    pods: Vec<PodPlan>,
}

impl Planner {
    fn plan(mut self, control_plane: &Member, workers: &[Member]) -> Vec<PodPlan> {
        let version = self.version.git_version();
        let registry = if self.version <= Version::V1_20 { "k8s.gcr.io" } else { "registry.k8s.io" };
        for app in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
            let image = match app {
                "etcd" => format!("{registry}/etcd:3.6.5-0"),
                app => format!("{registry}/{app}:{version}"),
            };
            self.pod(control_plane, "kube-system", app, image, Owner::Node, 0);
        }
        for member in std::iter::once(control_plane).chain(workers) {
            let image = format!("{registry}/kube-proxy:{version}");
            self.pod(member, "kube-system", "kube-proxy", image, Owner::DaemonSet, 0);
            let image = "docker.io/kindest/kindnetd:v20251212-v0.29.0-alpha".to_owned();
            self.pod(member, "kube-system", "kindnet", image, Owner::DaemonSet, 0);
        }
        if workers.is_empty() {
            return self.pods;
        }
        let (coredns, httpbin) = (self.dice.suffix(10), self.dice.suffix(9));
        for replica in 0..2 {
            let image = format!("{registry}/coredns/coredns:v1.12.1");
            let member = &workers[replica % workers.len()];
            self.replica(member, "kube-system", "coredns", image, &coredns, 2 + replica);
        }
        for replica in 0..REPLICAS {
            let member = &workers[replica % workers.len()];
            self.replica(member, "default", "httpbin", "kong/httpbin:0.2.3".to_owned(), &httpbin, 10 + replica);
        }
        self.pods
    }

    fn replica(
        &mut self,
        on: &Member,
        namespace: &'static str,
        app: &'static str,
        image: String,
        hash: &str,
        ip: usize,
    ) {
        self.pod(on, namespace, app, image, Owner::ReplicaSet, ip);
        if let Some(pod) = self.pods.last_mut() {
            pod.name = format!("{app}-{hash}-{}", self.dice.suffix(5));
        }
    }

    /// `ip`: the last part of its address in the node's pod network; 0 for the host's own network.
    fn pod(&mut self, on: &Member, namespace: &'static str, app: &'static str, image: String, owner: Owner, ip: usize) {
        let name = match owner {
            Owner::Node => format!("{app}-{}", on.name),
            Owner::DaemonSet | Owner::ReplicaSet => format!("{app}-{}", self.dice.suffix(5)),
        };
        let address = match ip {
            0 => on.address.clone(),
            ip => on.pod_cidr.replace("0/24", &ip.to_string()),
        };
        let config: &'static [&'static str] = match app {
            "kube-proxy" => &["kube-proxy"],
            "coredns" => &["coredns"],
            _ => &[],
        };
        self.pods.push(PodPlan {
            namespace,
            name,
            app,
            image,
            owner,
            node: on.name.clone(),
            host_address: on.address.clone(),
            address,
            uid: self.dice.uid(),
            config,
            // one token for each service account, not for each pod
            token: Dice::new(0x70_6b).of(app).suffix(5),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workload_is_spread_over_the_workers_and_nothing_of_it_is_on_the_control_plane() {
        for workers in [1, 3, 50] {
            let topology = Topology::new(workers, Version::default(), &Dice::new(1));
            assert_eq!(topology.workers.len(), workers);
            assert_eq!(topology.workload().count(), 3);
            assert!(topology.workload().all(|pod| pod.node != topology.control_plane.name));
            let names: std::collections::BTreeSet<_> = topology.pods.iter().map(|pod| &pod.name).collect();
            assert_eq!(names.len(), topology.pods.len());
        }
    }

    #[test]
    fn nodes_are_named_as_kind_names_them() {
        let topology = Topology::new(2, Version::default(), &Dice::new(1));
        let names: Vec<_> = topology.members().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["lab-control-plane", "lab-worker", "lab-worker2"]);
    }
}
