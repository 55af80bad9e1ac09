//! The nodes and pods of the lab's cluster, with the names and addresses that kind and kubeadm would give them. Pure.
//!
//! The addresses are those of kind's network, 172.18.0.0/16. They appear in objects and journals only; every socket of
//! the lab is on the loopback.

use super::version::KubernetesVersion;
use crate::{lab::rng::Rng, observation::NodeRole};

/// kind's name of the cluster, and the name of its kubeconfig context.
pub(in crate::lab) const CLUSTER: &str = "lab";
/// Address of the DNS server that the nodes ask: the engine's.
pub(in crate::lab) const DNS_SERVER: &str = "172.18.0.1:53";
/// Port of the API server in the cluster's network.
pub(in crate::lab) const API_PORT: u16 = 6443;
/// NodePort of the workload.
pub(in crate::lab) const NODE_PORT: u16 = 30090;
/// Replicas of the workload.
const REPLICAS: usize = 3;
/// Seed of the token names, the same for every lab: one token for each service account, not for each pod.
const TOKEN_SEED: u64 = 0x70_6b;

/// A node. Its container, host and Kubernetes node have the same name.
#[derive(Debug, Clone)]
pub(in crate::lab) struct LabNode {
    pub(in crate::lab) name: String,
    pub(in crate::lab) role: NodeRole,
    /// IP address in kind's network.
    pub(in crate::lab) address: String,
    /// Subnet of the node's pods.
    pub(in crate::lab) pod_cidr: String,
    /// Process id of the kubelet.
    pub(in crate::lab) kubelet_pid: u32,
    pub(in crate::lab) uid: String,
}

/// A pod with one container.
#[derive(Debug, Clone)]
pub(in crate::lab) struct LabPod {
    pub(in crate::lab) namespace: &'static str,
    pub(in crate::lab) name: String,
    /// Name of the container, of the `app` label and of the owner.
    pub(in crate::lab) app: &'static str,
    pub(in crate::lab) image: String,
    pub(in crate::lab) owner: PodOwner,
    pub(in crate::lab) node: String,
    pub(in crate::lab) host_address: String,
    pub(in crate::lab) address: String,
    pub(in crate::lab) uid: String,
    /// Names of the mounted configmaps.
    pub(in crate::lab) config_maps: &'static [&'static str],
    /// Suffix of the secret with the service account's token (up to Kubernetes 1.20).
    pub(in crate::lab) token_suffix: String,
}

/// The kind of a pod's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) enum PodOwner {
    /// The node: a static pod, from a manifest on its disk.
    Node,
    DaemonSet,
    ReplicaSet,
}

/// The nodes and pods of the cluster. Neither changes while the lab runs.
#[derive(Debug, Clone)]
pub(in crate::lab) struct Topology {
    pub(in crate::lab) version: KubernetesVersion,
    pub(in crate::lab) control_plane: LabNode,
    pub(in crate::lab) workers: Vec<LabNode>,
    pub(in crate::lab) pods: Vec<LabPod>,
}

impl Topology {
    pub(in crate::lab) fn new(workers: usize, version: KubernetesVersion, rng: &Rng) -> Self {
        let mut rng = rng.stream("topology");
        let mut node = |number: usize, name: String, role| LabNode {
            name,
            role,
            address: format!("172.18.0.{}", number + 2),
            pod_cidr: format!("10.244.{number}.0/24"),
            kubelet_pid: 200 + rng.index(60) as u32,
            uid: rng.uid(),
        };
        let control_plane = node(0, format!("{CLUSTER}-control-plane"), NodeRole::ControlPlane);
        let workers: Vec<_> = (1..=workers)
            .map(|number| {
                let suffix = if number == 1 { String::new() } else { number.to_string() };
                node(number, format!("{CLUSTER}-worker{suffix}"), NodeRole::Worker)
            })
            .collect();
        let pods = PodPlanner { version, rng: rng.stream("pods"), pods: Vec::new() }.plan(&control_plane, &workers);
        Self { version, control_plane, workers, pods }
    }

    /// Iterates over all nodes, the control plane first.
    pub(in crate::lab) fn nodes(&self) -> impl Iterator<Item = &LabNode> {
        std::iter::once(&self.control_plane).chain(&self.workers)
    }

    pub(in crate::lab) fn pods_on<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a LabPod> {
        self.pods.iter().filter(move |pod| pod.node == node)
    }

    /// Iterates over the replicas of the workload.
    pub(in crate::lab) fn workload(&self) -> impl Iterator<Item = &LabPod> {
        self.pods.iter().filter(|pod| pod.app == "httpbin")
    }
}

/// Collects the pods of a cluster.
struct PodPlanner {
    version: KubernetesVersion,
    rng: Rng,
    pods: Vec<LabPod>,
}

/// Address of a pod.
#[derive(Clone, Copy)]
enum PodAddress {
    /// The node's: the pod uses the host's network.
    Host,
    /// The address with this last part in the node's pod subnet.
    PodNetwork(usize),
}

impl PodPlanner {
    fn plan(mut self, control_plane: &LabNode, workers: &[LabNode]) -> Vec<LabPod> {
        let version = self.version.git_version();
        let registry = if self.version <= KubernetesVersion::V1_20 { "k8s.gcr.io" } else { "registry.k8s.io" };
        for app in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
            let image = match app {
                "etcd" => format!("{registry}/etcd:3.6.5-0"),
                app => format!("{registry}/{app}:{version}"),
            };
            self.add(control_plane, "kube-system", app, image, PodOwner::Node, PodAddress::Host);
        }
        for node in std::iter::once(control_plane).chain(workers) {
            let image = format!("{registry}/kube-proxy:{version}");
            self.add(node, "kube-system", "kube-proxy", image, PodOwner::DaemonSet, PodAddress::Host);
            let image = "docker.io/kindest/kindnetd:v20251212-v0.29.0-alpha".to_owned();
            self.add(node, "kube-system", "kindnet", image, PodOwner::DaemonSet, PodAddress::Host);
        }
        if workers.is_empty() {
            return self.pods;
        }
        let (coredns, httpbin) = (self.rng.name_suffix(10), self.rng.name_suffix(9));
        for replica in 0..2 {
            let image = format!("{registry}/coredns/coredns:v1.12.1");
            let node = &workers[replica % workers.len()];
            self.add_replica(node, "kube-system", "coredns", image, &coredns, 2 + replica);
        }
        for replica in 0..REPLICAS {
            let node = &workers[replica % workers.len()];
            self.add_replica(node, "default", "httpbin", "kong/httpbin:0.2.3".to_owned(), &httpbin, 10 + replica);
        }
        self.pods
    }

    /// Adds a pod of a ReplicaSet; `hash` is the suffix of the ReplicaSet's name.
    fn add_replica(
        &mut self,
        node: &LabNode,
        namespace: &'static str,
        app: &'static str,
        image: String,
        hash: &str,
        address: usize,
    ) {
        self.add(node, namespace, app, image, PodOwner::ReplicaSet, PodAddress::PodNetwork(address));
        if let Some(pod) = self.pods.last_mut() {
            pod.name = format!("{app}-{hash}-{}", self.rng.name_suffix(5));
        }
    }

    fn add(
        &mut self,
        node: &LabNode,
        namespace: &'static str,
        app: &'static str,
        image: String,
        owner: PodOwner,
        address: PodAddress,
    ) {
        let name = match owner {
            PodOwner::Node => format!("{app}-{}", node.name),
            PodOwner::DaemonSet | PodOwner::ReplicaSet => format!("{app}-{}", self.rng.name_suffix(5)),
        };
        let address = match address {
            PodAddress::Host => node.address.clone(),
            PodAddress::PodNetwork(last) => node.pod_cidr.replace("0/24", &last.to_string()),
        };
        let config_maps: &'static [&'static str] = match app {
            "kube-proxy" => &["kube-proxy"],
            "coredns" => &["coredns"],
            _ => &[],
        };
        self.pods.push(LabPod {
            namespace,
            name,
            app,
            image,
            owner,
            node: node.name.clone(),
            host_address: node.address.clone(),
            address,
            uid: self.rng.uid(),
            config_maps,
            token_suffix: Rng::new(TOKEN_SEED).stream(app).name_suffix(5),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workload_runs_on_workers_only_and_pod_names_are_unique() {
        for workers in [1, 3, 50] {
            let topology = Topology::new(workers, KubernetesVersion::default(), &Rng::new(1));
            assert_eq!(topology.workers.len(), workers);
            assert_eq!(topology.workload().count(), 3);
            assert!(topology.workload().all(|pod| pod.node != topology.control_plane.name));
            let names: std::collections::BTreeSet<_> = topology.pods.iter().map(|pod| &pod.name).collect();
            assert_eq!(names.len(), topology.pods.len());
        }
    }

    #[test]
    fn nodes_are_named_as_kind_names_them() {
        let topology = Topology::new(2, KubernetesVersion::default(), &Rng::new(1));
        let names: Vec<_> = topology.nodes().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["lab-control-plane", "lab-worker", "lab-worker2"]);
    }
}
