//! Who wrote a line: the part of the kubelet (or of another program in its journal) that a source file belongs to.
//!
//! A table from file names to desks. A file that is not in it belongs to [`Desk::Elsewhere`] and is judged by its words alone, so a new
//! version's new file costs accuracy, never correctness.

use super::activity::Activity;

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

impl Desk {
    /// The desk of a source file.
    pub(crate) fn of(file: &str) -> Self {
        match file {
            "reflector.go" => Self::Reflector,
            "controller.go" | "nodelease.go" => Self::Lease,
            "kubelet_node_status.go" | "setters.go" => Self::NodeStatus,
            "event.go" | "event_broadcaster.go" => Self::Event,
            "status_manager.go" | "mirror_client.go" | "pod_status_manager.go" => Self::PodStatus,
            "kubelet.go" => Self::Kubelet,
            "certificate_manager.go" | "transport.go" | "bootstrap.go" | "csr.go" | "certificate_store.go" => {
                Self::Certificate
            }
            "token_manager.go" => Self::Token,
            "csi_plugin.go"
            | "csi_attacher.go"
            | "csi_mounter.go"
            | "csi_client.go"
            | "csi_block.go"
            | "csi_util.go"
            | "csi_metrics.go"
            | "expander.go"
            | "nodeinfomanager.go"
            | "csi_drivers_store.go"
            | "csi_node_updater.go" => Self::Csi,
            "nestedpendingoperations.go"
            | "goroutinemap.go"
            | "operation_generator.go"
            | "operation_executor.go"
            | "desired_state_of_world_populator.go"
            | "desired_state_of_world.go"
            | "actual_state_of_world.go"
            | "reconciler.go"
            | "reconciler_common.go"
            | "reconciler_new.go"
            | "reconstruct.go"
            | "reconstruct_common.go"
            | "reconstruct_new.go"
            | "volume_manager.go"
            | "kubelet_volumes.go"
            | "projected.go"
            | "configmap.go"
            | "secret.go"
            | "downwardapi.go"
            | "emptydir.go"
            | "empty_dir.go"
            | "nfs.go"
            | "iscsi_util.go"
            | "rbd.go"
            | "host_path.go"
            | "local.go"
            | "mount_linux.go"
            | "mount_helper_common.go"
            | "mount_helper_unix.go"
            | "subpath_linux.go"
            | "atomic_writer.go"
            | "metrics_cached.go"
            | "volume_linux.go"
            | "volume_stat_calculator.go"
            | "attacher.go"
            | "plugins.go" => Self::Volume,
            "pod_workers.go" => Self::Pods,
            "kuberuntime_image.go"
            | "remote_image.go"
            | "image_gc_manager.go"
            | "image_manager.go"
            | "aws_credentials.go"
            | "azure_credentials.go"
            | "gcp_credentials.go"
            | "credentials.go"
            | "keyring.go"
            | "kube_docker_client.go"
            | "puller.go"
            | "image_pull_manager.go"
            | "parallel_image_puller.go" => Self::Image,
            "kuberuntime_manager.go"
            | "kuberuntime_container.go"
            | "kuberuntime_sandbox.go"
            | "kuberuntime_gc.go"
            | "kuberuntime_logs.go"
            | "kuberuntime_termination_order.go"
            | "remote_runtime.go"
            | "generic.go"
            | "evented.go"
            | "pod_container_deletor.go"
            | "pod_sandbox_deleter.go"
            | "pod_sandbox_status_manager.go"
            | "docker_sandbox.go"
            | "docker_service.go"
            | "docker_container.go"
            | "docker_manager.go"
            | "docker_streaming.go"
            | "cni.go"
            | "network.go"
            | "kubenet_linux.go"
            | "scope.go"
            | "handlers.go"
            | "handler.go"
            | "container_log_manager.go"
            | "logs.go"
            | "helpers.go"
            | "runtime.go"
            | "container_gc.go"
            | "kubelet_runtime.go"
            | "legacy.go"
            | "hostport_manager.go"
            | "factory.go" => Self::Runtime,
            "prober.go" | "prober_manager.go" | "worker.go" | "probe.go" => Self::Probe,
            "conn.go"
            | "portforward.go"
            | "httpstream.go"
            | "websocket.go"
            | "streaming.go"
            | "exec.go"
            | "connection.go"
            | "dynamic_cafile_content.go"
            | "stream.go"
            | "tlsconfig.go" => Self::Server,
            "cacher.go"
            | "dispatcher.go"
            | "available_controller.go"
            | "remote_available_controller.go"
            | "local_available_controller.go"
            | "authentication.go"
            | "wrap.go"
            | "httplog.go"
            | "trace.go"
            | "handler_proxy.go"
            | "status.go"
            | "writers.go"
            | "finisher.go"
            | "timeout.go"
            | "client_builder_dynamic.go"
            | "clientconn.go"
            | "logging.go"
            | "store.go"
            | "watcher.go"
            | "compact.go"
            | "repairip.go"
            | "storage_rbac.go"
            | "crd_finalizer.go"
            | "naming_controller.go"
            | "graph_builder.go"
            | "garbagecollector.go"
            | "resource_quota_controller.go"
            | "round_trippers.go"
            | "aggregator.go" => Self::Foreign,
            "request.go" | "with_retry.go" => Self::Request,
            _ => Self::Elsewhere,
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
