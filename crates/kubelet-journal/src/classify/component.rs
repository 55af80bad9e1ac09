//! The part of a kubelet, or of another program in its journal, that a source file belongs to.
//!
//! A table from file names to components. A file that is not in the table is [`Component::Unknown`] and is classified
//! by its messages alone, so a new version's new file costs accuracy, never correctness.
//!
//! Source: the files with log calls in `pkg/kubelet`, `pkg/volume`, `pkg/credentialprovider` and
//! `staging/src/k8s.io/client-go` of Kubernetes 1.5 to 1.36, and those of the other programs in
//! `tests/fixtures/corpus`.

use crate::classify::activity::Activity;

/// The part of a program that writes through a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    /// List and watch loops (client-go's `reflector.go`).
    Reflector,
    /// The controller that renews the node's lease.
    Lease,
    /// Updates of the node's status, and the node's registration.
    NodeStatus,
    /// The recorder of events.
    Event,
    /// The pod status manager, and the client for mirror pods.
    PodStatus,
    /// The kubelet's main file, which logs for several components.
    Kubelet,
    /// The certificate manager, and the transport that uses its certificates.
    Certificate,
    /// The token manager for service accounts.
    Token,
    /// Storage drivers, and the objects that describe them.
    Csi,
    /// Attaching and mounting, and the code that wraps their errors.
    Volume,
    /// The pod workers, which repeat the errors of all other components.
    PodWorkers,
    /// Image pulls and their credentials.
    Image,
    /// The container runtime and the pod network.
    Runtime,
    /// Liveness, readiness and startup probes.
    Probe,
    /// The kubelet's own server: requests that come in.
    Server,
    /// Files of other programs with messages like a kubelet's.
    OtherProgram,
    /// The request loop of client-go.
    Request,
    /// A file that is not in the table.
    Unknown,
}

/// Source files and their components, sorted by name for the binary search.
const FILES: &[(&str, Component)] = &[
    ("actual_state_of_world.go", Component::Volume),
    ("aggregator.go", Component::OtherProgram),
    ("atomic_writer.go", Component::Volume),
    ("attacher.go", Component::Volume),
    ("authentication.go", Component::OtherProgram),
    ("available_controller.go", Component::OtherProgram),
    ("aws_credentials.go", Component::Image),
    ("azure_credentials.go", Component::Image),
    ("bootstrap.go", Component::Certificate),
    ("cacher.go", Component::OtherProgram),
    ("certificate_manager.go", Component::Certificate),
    ("certificate_store.go", Component::Certificate),
    ("client_builder_dynamic.go", Component::OtherProgram),
    ("clientconn.go", Component::OtherProgram),
    ("cni.go", Component::Runtime),
    ("compact.go", Component::OtherProgram),
    ("configmap.go", Component::Volume),
    ("conn.go", Component::Server),
    ("connection.go", Component::Server),
    ("container_gc.go", Component::Runtime),
    ("container_log_manager.go", Component::Runtime),
    ("controller.go", Component::Lease),
    ("crd_finalizer.go", Component::OtherProgram),
    ("credentials.go", Component::Image),
    ("csi_attacher.go", Component::Csi),
    ("csi_block.go", Component::Csi),
    ("csi_client.go", Component::Csi),
    ("csi_drivers_store.go", Component::Csi),
    ("csi_metrics.go", Component::Csi),
    ("csi_mounter.go", Component::Csi),
    ("csi_node_updater.go", Component::Csi),
    ("csi_plugin.go", Component::Csi),
    ("csi_util.go", Component::Csi),
    ("csr.go", Component::Certificate),
    ("desired_state_of_world.go", Component::Volume),
    ("desired_state_of_world_populator.go", Component::Volume),
    ("dispatcher.go", Component::OtherProgram),
    ("docker_container.go", Component::Runtime),
    ("docker_manager.go", Component::Runtime),
    ("docker_sandbox.go", Component::Runtime),
    ("docker_service.go", Component::Runtime),
    ("docker_streaming.go", Component::Runtime),
    ("downwardapi.go", Component::Volume),
    ("dynamic_cafile_content.go", Component::Server),
    ("empty_dir.go", Component::Volume),
    ("emptydir.go", Component::Volume),
    ("event.go", Component::Event),
    ("event_broadcaster.go", Component::Event),
    ("evented.go", Component::Runtime),
    ("exec.go", Component::Server),
    ("expander.go", Component::Csi),
    ("factory.go", Component::Runtime),
    ("finisher.go", Component::OtherProgram),
    ("garbagecollector.go", Component::OtherProgram),
    ("gcp_credentials.go", Component::Image),
    ("generic.go", Component::Runtime),
    ("goroutinemap.go", Component::Volume),
    ("graph_builder.go", Component::OtherProgram),
    ("handler.go", Component::Runtime),
    ("handler_proxy.go", Component::OtherProgram),
    ("handlers.go", Component::Runtime),
    ("helpers.go", Component::Runtime),
    ("host_path.go", Component::Volume),
    ("hostport_manager.go", Component::Runtime),
    ("httplog.go", Component::OtherProgram),
    ("httpstream.go", Component::Server),
    ("image_gc_manager.go", Component::Image),
    ("image_manager.go", Component::Image),
    ("image_pull_manager.go", Component::Image),
    ("iscsi_util.go", Component::Volume),
    ("keyring.go", Component::Image),
    ("kube_docker_client.go", Component::Image),
    ("kubelet.go", Component::Kubelet),
    ("kubelet_node_status.go", Component::NodeStatus),
    ("kubelet_runtime.go", Component::Runtime),
    ("kubelet_volumes.go", Component::Volume),
    ("kubenet_linux.go", Component::Runtime),
    ("kuberuntime_container.go", Component::Runtime),
    ("kuberuntime_gc.go", Component::Runtime),
    ("kuberuntime_image.go", Component::Image),
    ("kuberuntime_logs.go", Component::Runtime),
    ("kuberuntime_manager.go", Component::Runtime),
    ("kuberuntime_sandbox.go", Component::Runtime),
    ("kuberuntime_termination_order.go", Component::Runtime),
    ("legacy.go", Component::Runtime),
    ("local.go", Component::Volume),
    ("local_available_controller.go", Component::OtherProgram),
    ("logging.go", Component::OtherProgram),
    ("logs.go", Component::Runtime),
    ("metrics_cached.go", Component::Volume),
    ("mirror_client.go", Component::PodStatus),
    ("mount_helper_common.go", Component::Volume),
    ("mount_helper_unix.go", Component::Volume),
    ("mount_linux.go", Component::Volume),
    ("naming_controller.go", Component::OtherProgram),
    ("nestedpendingoperations.go", Component::Volume),
    ("network.go", Component::Runtime),
    ("nfs.go", Component::Volume),
    ("nodeinfomanager.go", Component::Csi),
    ("nodelease.go", Component::Lease),
    ("operation_executor.go", Component::Volume),
    ("operation_generator.go", Component::Volume),
    ("parallel_image_puller.go", Component::Image),
    ("plugins.go", Component::Volume),
    ("pod_container_deletor.go", Component::Runtime),
    ("pod_sandbox_deleter.go", Component::Runtime),
    ("pod_sandbox_status_manager.go", Component::Runtime),
    ("pod_status_manager.go", Component::PodStatus),
    ("pod_workers.go", Component::PodWorkers),
    ("portforward.go", Component::Server),
    ("probe.go", Component::Volume),
    ("prober.go", Component::Probe),
    ("prober_manager.go", Component::Probe),
    ("projected.go", Component::Volume),
    ("puller.go", Component::Image),
    ("rbd.go", Component::Volume),
    ("reconciler.go", Component::Volume),
    ("reconciler_common.go", Component::Volume),
    ("reconciler_new.go", Component::Volume),
    ("reconstruct.go", Component::Volume),
    ("reconstruct_common.go", Component::Volume),
    ("reconstruct_new.go", Component::Volume),
    ("reflector.go", Component::Reflector),
    ("remote_available_controller.go", Component::OtherProgram),
    ("remote_image.go", Component::Image),
    ("remote_runtime.go", Component::Runtime),
    ("repairip.go", Component::OtherProgram),
    ("request.go", Component::Request),
    ("resource_quota_controller.go", Component::OtherProgram),
    ("round_trippers.go", Component::OtherProgram),
    ("runtime.go", Component::Runtime),
    ("scope.go", Component::Runtime),
    ("secret.go", Component::Volume),
    ("setters.go", Component::NodeStatus),
    ("status.go", Component::OtherProgram),
    ("status_manager.go", Component::PodStatus),
    ("storage_rbac.go", Component::OtherProgram),
    ("store.go", Component::OtherProgram),
    ("stream.go", Component::Server),
    ("streaming.go", Component::Server),
    ("subpath_linux.go", Component::Volume),
    ("timeout.go", Component::OtherProgram),
    ("tlsconfig.go", Component::Server),
    ("token_manager.go", Component::Token),
    ("trace.go", Component::OtherProgram),
    ("transport.go", Component::Certificate),
    ("volume_linux.go", Component::Volume),
    ("volume_manager.go", Component::Volume),
    ("volume_stat_calculator.go", Component::Volume),
    ("watcher.go", Component::OtherProgram),
    ("websocket.go", Component::Server),
    ("with_retry.go", Component::Request),
    ("worker.go", Component::Probe),
    ("wrap.go", Component::OtherProgram),
    ("writers.go", Component::OtherProgram),
];

impl Component {
    /// Returns the component of a source file.
    #[inline]
    pub(crate) fn of(file: &str) -> Self {
        match file {
            // the files of nearly every line of an outage
            "reflector.go" => Self::Reflector,
            "controller.go" => Self::Lease,
            "kubelet_node_status.go" => Self::NodeStatus,
            _ => FILES.binary_search_by(|(known, _)| (*known).cmp(file)).map_or(Self::Unknown, |index| FILES[index].1),
        }
    }

    /// Returns the activity of a record whose message is not more specific.
    pub(crate) const fn activity(self) -> Activity {
        match self {
            Self::Reflector => Activity::Watch,
            Self::Lease => Activity::Lease,
            Self::NodeStatus => Activity::NodeStatus,
            Self::Event => Activity::Event,
            Self::PodStatus => Activity::PodStatus,
            Self::Certificate => Activity::Certificate,
            Self::Token => Activity::Token,
            Self::Csi => Activity::Csi,
            Self::Volume => Activity::Volume,
            Self::Image => Activity::Image,
            Self::Runtime | Self::PodWorkers => Activity::Runtime,
            Self::Probe => Activity::Probe,
            Self::Kubelet | Self::Server | Self::OtherProgram | Self::Request | Self::Unknown => Activity::Other,
        }
    }

    /// Whether none of the component's messages is about a call of a kubelet to its API server.
    pub(crate) const fn never_calls(self) -> bool {
        matches!(self, Self::Image | Self::Runtime | Self::Probe | Self::Server | Self::OtherProgram)
    }
}

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn the_table_is_in_the_order_of_its_names() {
        assert!(FILES.is_sorted_by(|(a, _), (b, _)| a < b));
    }
}
