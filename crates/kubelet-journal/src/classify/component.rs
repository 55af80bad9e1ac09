//! Who wrote a line: the part of the kubelet (or of another program in its journal) that a source file belongs to.
//!
//! A table from file names to desks. A file that is not in it belongs to [`Desk::Elsewhere`] and is judged by its words alone, so a new
//! version's new file costs accuracy, never correctness.

use crate::classify::activity::Activity;

/// The part of a program that writes through a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    /// client-go's list and watch loops.
    Reflector,
    /// The lease controller.
    Lease,
    /// Node status and registration.
    NodeStatus,
    /// The recorder of events.
    Event,
    /// The pod status manager and the mirror pods.
    PodStatus,
    /// The kubelet's own file, which holds a little of everything.
    Kubelet,
    /// The certificate manager and the transport that uses its certificates.
    Certificate,
    /// Tokens of service accounts.
    Token,
    /// Storage drivers and the objects that describe them.
    Csi,
    /// Mounting, and whatever wraps its errors.
    Volume,
    /// The workers that run pods: they repeat errors of all the others.
    Pods,
    /// Image pulls.
    Image,
    /// Container runtime and pod network.
    Runtime,
    /// Probes.
    Probe,
    /// The kubelet's own server: what others want from it.
    Server,
    /// Parts of other programs whose words sound like a kubelet's, and never are.
    Foreign,
    /// client-go's request loop.
    Request,
    /// A file that is in no table.
    Elsewhere,
}

/// Source files and their desks, in the order of the names.
const FILES: &[(&str, Desk)] = &[
    ("actual_state_of_world.go", Desk::Volume),
    ("aggregator.go", Desk::Foreign),
    ("atomic_writer.go", Desk::Volume),
    ("attacher.go", Desk::Volume),
    ("authentication.go", Desk::Foreign),
    ("available_controller.go", Desk::Foreign),
    ("aws_credentials.go", Desk::Image),
    ("azure_credentials.go", Desk::Image),
    ("bootstrap.go", Desk::Certificate),
    ("cacher.go", Desk::Foreign),
    ("certificate_manager.go", Desk::Certificate),
    ("certificate_store.go", Desk::Certificate),
    ("client_builder_dynamic.go", Desk::Foreign),
    ("clientconn.go", Desk::Foreign),
    ("cni.go", Desk::Runtime),
    ("compact.go", Desk::Foreign),
    ("configmap.go", Desk::Volume),
    ("conn.go", Desk::Server),
    ("connection.go", Desk::Server),
    ("container_gc.go", Desk::Runtime),
    ("container_log_manager.go", Desk::Runtime),
    ("controller.go", Desk::Lease),
    ("crd_finalizer.go", Desk::Foreign),
    ("credentials.go", Desk::Image),
    ("csi_attacher.go", Desk::Csi),
    ("csi_block.go", Desk::Csi),
    ("csi_client.go", Desk::Csi),
    ("csi_drivers_store.go", Desk::Csi),
    ("csi_metrics.go", Desk::Csi),
    ("csi_mounter.go", Desk::Csi),
    ("csi_node_updater.go", Desk::Csi),
    ("csi_plugin.go", Desk::Csi),
    ("csi_util.go", Desk::Csi),
    ("csr.go", Desk::Certificate),
    ("desired_state_of_world.go", Desk::Volume),
    ("desired_state_of_world_populator.go", Desk::Volume),
    ("dispatcher.go", Desk::Foreign),
    ("docker_container.go", Desk::Runtime),
    ("docker_manager.go", Desk::Runtime),
    ("docker_sandbox.go", Desk::Runtime),
    ("docker_service.go", Desk::Runtime),
    ("docker_streaming.go", Desk::Runtime),
    ("downwardapi.go", Desk::Volume),
    ("dynamic_cafile_content.go", Desk::Server),
    ("empty_dir.go", Desk::Volume),
    ("emptydir.go", Desk::Volume),
    ("event.go", Desk::Event),
    ("event_broadcaster.go", Desk::Event),
    ("evented.go", Desk::Runtime),
    ("exec.go", Desk::Server),
    ("expander.go", Desk::Csi),
    ("factory.go", Desk::Runtime),
    ("finisher.go", Desk::Foreign),
    ("garbagecollector.go", Desk::Foreign),
    ("gcp_credentials.go", Desk::Image),
    ("generic.go", Desk::Runtime),
    ("goroutinemap.go", Desk::Volume),
    ("graph_builder.go", Desk::Foreign),
    ("handler.go", Desk::Runtime),
    ("handler_proxy.go", Desk::Foreign),
    ("handlers.go", Desk::Runtime),
    ("helpers.go", Desk::Runtime),
    ("host_path.go", Desk::Volume),
    ("hostport_manager.go", Desk::Runtime),
    ("httplog.go", Desk::Foreign),
    ("httpstream.go", Desk::Server),
    ("image_gc_manager.go", Desk::Image),
    ("image_manager.go", Desk::Image),
    ("image_pull_manager.go", Desk::Image),
    ("iscsi_util.go", Desk::Volume),
    ("keyring.go", Desk::Image),
    ("kube_docker_client.go", Desk::Image),
    ("kubelet.go", Desk::Kubelet),
    ("kubelet_node_status.go", Desk::NodeStatus),
    ("kubelet_runtime.go", Desk::Runtime),
    ("kubelet_volumes.go", Desk::Volume),
    ("kubenet_linux.go", Desk::Runtime),
    ("kuberuntime_container.go", Desk::Runtime),
    ("kuberuntime_gc.go", Desk::Runtime),
    ("kuberuntime_image.go", Desk::Image),
    ("kuberuntime_logs.go", Desk::Runtime),
    ("kuberuntime_manager.go", Desk::Runtime),
    ("kuberuntime_sandbox.go", Desk::Runtime),
    ("kuberuntime_termination_order.go", Desk::Runtime),
    ("legacy.go", Desk::Runtime),
    ("local.go", Desk::Volume),
    ("local_available_controller.go", Desk::Foreign),
    ("logging.go", Desk::Foreign),
    ("logs.go", Desk::Runtime),
    ("metrics_cached.go", Desk::Volume),
    ("mirror_client.go", Desk::PodStatus),
    ("mount_helper_common.go", Desk::Volume),
    ("mount_helper_unix.go", Desk::Volume),
    ("mount_linux.go", Desk::Volume),
    ("naming_controller.go", Desk::Foreign),
    ("nestedpendingoperations.go", Desk::Volume),
    ("network.go", Desk::Runtime),
    ("nfs.go", Desk::Volume),
    ("nodeinfomanager.go", Desk::Csi),
    ("nodelease.go", Desk::Lease),
    ("operation_executor.go", Desk::Volume),
    ("operation_generator.go", Desk::Volume),
    ("parallel_image_puller.go", Desk::Image),
    ("plugins.go", Desk::Volume),
    ("pod_container_deletor.go", Desk::Runtime),
    ("pod_sandbox_deleter.go", Desk::Runtime),
    ("pod_sandbox_status_manager.go", Desk::Runtime),
    ("pod_status_manager.go", Desk::PodStatus),
    ("pod_workers.go", Desk::Pods),
    ("portforward.go", Desk::Server),
    ("probe.go", Desk::Volume),
    ("prober.go", Desk::Probe),
    ("prober_manager.go", Desk::Probe),
    ("projected.go", Desk::Volume),
    ("puller.go", Desk::Image),
    ("rbd.go", Desk::Volume),
    ("reconciler.go", Desk::Volume),
    ("reconciler_common.go", Desk::Volume),
    ("reconciler_new.go", Desk::Volume),
    ("reconstruct.go", Desk::Volume),
    ("reconstruct_common.go", Desk::Volume),
    ("reconstruct_new.go", Desk::Volume),
    ("reflector.go", Desk::Reflector),
    ("remote_available_controller.go", Desk::Foreign),
    ("remote_image.go", Desk::Image),
    ("remote_runtime.go", Desk::Runtime),
    ("repairip.go", Desk::Foreign),
    ("request.go", Desk::Request),
    ("resource_quota_controller.go", Desk::Foreign),
    ("round_trippers.go", Desk::Foreign),
    ("runtime.go", Desk::Runtime),
    ("scope.go", Desk::Runtime),
    ("secret.go", Desk::Volume),
    ("setters.go", Desk::NodeStatus),
    ("status.go", Desk::Foreign),
    ("status_manager.go", Desk::PodStatus),
    ("storage_rbac.go", Desk::Foreign),
    ("store.go", Desk::Foreign),
    ("stream.go", Desk::Server),
    ("streaming.go", Desk::Server),
    ("subpath_linux.go", Desk::Volume),
    ("timeout.go", Desk::Foreign),
    ("tlsconfig.go", Desk::Server),
    ("token_manager.go", Desk::Token),
    ("trace.go", Desk::Foreign),
    ("transport.go", Desk::Certificate),
    ("volume_linux.go", Desk::Volume),
    ("volume_manager.go", Desk::Volume),
    ("volume_stat_calculator.go", Desk::Volume),
    ("watcher.go", Desk::Foreign),
    ("websocket.go", Desk::Server),
    ("with_retry.go", Desk::Request),
    ("worker.go", Desk::Probe),
    ("wrap.go", Desk::Foreign),
    ("writers.go", Desk::Foreign),
];

impl Desk {
    /// The desk of a source file.
    pub(crate) fn of(file: &str) -> Self {
        match file {
            // those of an outage, first
            "reflector.go" => Self::Reflector,
            "controller.go" => Self::Lease,
            "kubelet_node_status.go" => Self::NodeStatus,
            _ => {
                FILES.binary_search_by(|(known, _)| (*known).cmp(file)).map_or(Self::Elsewhere, |index| FILES[index].1)
            }
        }
    }

    /// What the desk does when its words say nothing more.
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
            Self::Runtime | Self::Pods => Activity::Runtime,
            Self::Probe => Activity::Probe,
            Self::Kubelet | Self::Server | Self::Foreign | Self::Request | Self::Elsewhere => Activity::Other,
        }
    }

    /// Whether nothing this desk writes can be about a kubelet's call to its API server.
    pub(crate) const fn is_never_a_call(self) -> bool {
        matches!(self, Self::Image | Self::Runtime | Self::Probe | Self::Server | Self::Foreign)
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
