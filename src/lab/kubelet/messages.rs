//! The log messages of a kubelet, in the exact form of its version. Pure.
//!
//! Up to 1.20 a message is text; later it is structured, with its values quoted as Go quotes them. The error in a
//! message is that of the call, which is made elsewhere.

use std::time::Duration;

use super::{go_duration::go_duration, watch_spec::WatchSpec};
use crate::{
    kubelet::Severity,
    lab::cluster::{
        topology::LabPod,
        version::{KubernetesVersion, SourceLines},
    },
};

/// A log record, before klog writes it with its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogRecord {
    pub(super) severity: Severity,
    /// The source file and line that log it.
    pub(super) file: &'static str,
    pub(super) line: u32,
    pub(super) message: String,
}

/// The log messages of one version.
#[derive(Debug, Clone, Copy)]
pub(super) struct KubeletMessages {
    version: KubernetesVersion,
    lines: SourceLines,
}

impl KubeletMessages {
    pub(super) fn new(version: KubernetesVersion) -> Self {
        Self { version, lines: version.source_lines() }
    }

    fn structured(self) -> bool {
        self.version.is_structured()
    }

    /// Formats an error: `"STRUCTURED" err="ERROR"`, or `TEXT: ERROR` up to 1.20.
    fn with_error(self, text: &str, structured: &str, error: &str) -> String {
        if self.structured() { format!("\"{structured}\" err={error:?}") } else { format!("{text}: {error}") }
    }

    pub(super) fn node_status_failed(self, node: &str, error: &str) -> LogRecord {
        let text = "Error updating node status, will retry";
        let error = format!("error getting node {node:?}: {error}");
        self.node_status_record(Severity::Error, self.lines.node_status_failed, self.with_error(text, text, &error))
    }

    pub(super) fn node_status_given_up(self) -> LogRecord {
        let text = "Unable to update node status";
        let message = self.with_error(text, text, "update node status exceeds retry count");
        self.node_status_record(Severity::Error, self.lines.node_status_given_up, message)
    }

    fn node_status_record(self, severity: Severity, line: u32, message: String) -> LogRecord {
        LogRecord { severity, file: "kubelet_node_status.go", line, message }
    }

    pub(super) fn lease_update_failed(self, error: &str) -> LogRecord {
        let message = self.with_error("failed to update lease, error", "Failed to update lease", error);
        lease_record(Severity::Error, self.lines.lease_update, message)
    }

    pub(super) fn lease_fallback(self) -> LogRecord {
        let text = "failed to update lease using latest lease, fallback to ensure lease";
        let message = self.with_error(&format!("{text}, err"), text, "failed 5 attempts to update lease");
        lease_record(Severity::Info, self.lines.lease_fallback, message)
    }

    pub(super) fn lease_ensure_failed(self, error: &str, wait: Duration) -> LogRecord {
        let wait = go_duration(wait);
        let message = if self.structured() {
            format!("\"Failed to ensure lease exists, will retry\" err={error:?} interval=\"{wait}\"")
        } else {
            format!("failed to ensure lease exists, will retry in {wait}, error: {error}")
        };
        lease_record(Severity::Error, self.lines.lease_ensure, message)
    }

    /// A failed list: two records in versions with a list line, otherwise one.
    pub(super) fn list_failed(self, spec: &WatchSpec, error: &str) -> Vec<LogRecord> {
        let error = format!("failed to list {}: {error}", spec.go_type);
        let mut records = Vec::with_capacity(2);
        if self.version.has_list_line() {
            let message = format!("{}: {error}", self.reflector_name(spec));
            records.push(reflector_record(Severity::Warning, self.lines.reflector_list, message));
        }
        records.push(self.watch_failed(spec, &error));
        records
    }

    /// A failed attempt to list or watch.
    pub(super) fn watch_failed(self, spec: &WatchSpec, error: &str) -> LogRecord {
        let (name, go_type) = (self.reflector_name(spec), spec.go_type);
        let message = if self.version >= KubernetesVersion::V1_33 {
            format!("\"Failed to watch\" err={error:?} logger=\"UnhandledError\" reflector={name:?} type=\"{go_type}\"")
        } else {
            format!("{name}: Failed to watch {go_type}: {error}")
        };
        reflector_record(Severity::Error, self.lines.reflector_watch, message)
    }

    /// A watch that ended with an error.
    pub(super) fn watch_ended(self, spec: &WatchSpec, reason: &str) -> LogRecord {
        let (name, go_type) = (self.reflector_name(spec), spec.go_type);
        let error = format!(
            "an error on the server (\"unable to decode an event from the watch stream: {reason}\") has prevented the \
             request from succeeding"
        );
        let (severity, message) = if self.version >= KubernetesVersion::V1_33 {
            let message =
                format!("\"Warning: watch ended with error\" reflector={name:?} type=\"{go_type}\" err={error:?}");
            (Severity::Info, message)
        } else {
            (Severity::Warning, format!("{name}: watch of {go_type} ended with: {error}"))
        };
        reflector_record(severity, self.lines.watch_ended, message)
    }

    fn reflector_name(self, spec: &WatchSpec) -> String {
        match &spec.object {
            Some((namespace, name)) => format!("object-{namespace:?}/{name:?}"),
            None => match spec.go_type {
                "*v1.Pod" => self.lines.pod_source.to_owned(),
                "*v1.Node" => self.lines.node_informer.to_owned(),
                _ => self.lines.informer_factory.to_owned(),
            },
        }
    }

    pub(super) fn pod_status_failed(self, pod: &LabPod, error: &str) -> LogRecord {
        let LabPod { namespace, name, uid, .. } = pod;
        let text = "Failed to get status for pod";
        let (severity, message) = if self.structured() {
            (Severity::Info, format!("\"{text}\" podUID=\"{uid}\" pod=\"{namespace}/{name}\" err={error:?}"))
        } else {
            (Severity::Warning, format!("{text} \"{name}_{namespace}({uid})\": {error}"))
        };
        LogRecord { severity, file: "status_manager.go", line: self.lines.pod_status, message }
    }

    pub(super) fn event_failed(self, dump: &str, error: &str) -> LogRecord {
        let message = if self.structured() {
            format!("\"Unable to write event (may retry after sleeping)\" err={error:?} event=\"&Event{{{dump}}}\"")
        } else {
            format!("Unable to write event: '&v1.Event{{{dump}}}': '{error}'(may retry after sleeping)")
        };
        LogRecord { severity: Severity::Error, file: "event.go", line: self.lines.event_failed, message }
    }

    pub(super) fn event_given_up(self, dump: &str) -> LogRecord {
        let message = if self.structured() {
            format!("\"Unable to write event (retry limit exceeded!)\" event=\"&Event{{{dump}}}\"")
        } else {
            format!("Unable to write event '&v1.Event{{{dump}}}' (retry limit exceeded!)")
        };
        LogRecord { severity: Severity::Error, file: "event.go", line: self.lines.event_given_up, message }
    }

    pub(super) fn container_removed(self, container_id: &str) -> LogRecord {
        let message = if self.structured() {
            format!("\"RemoveContainer\" containerID=\"{container_id}\"")
        } else {
            format!("[topologymanager] RemoveContainer - Container ID: {container_id}")
        };
        LogRecord { severity: Severity::Info, file: "scope.go", line: self.lines.remove_container, message }
    }

    /// A restart that is delayed by `wait`.
    pub(super) fn restart_backoff(self, pod: &LabPod, wait: Duration) -> LogRecord {
        let LabPod { namespace, name, uid, app, .. } = pod;
        let wait = go_duration(wait);
        let error = format!(
            "failed to \"StartContainer\" for \"{app}\" with CrashLoopBackOff: \"back-off {wait} restarting failed \
             container={app} pod={name}_{namespace}({uid})\""
        );
        let message = if self.structured() {
            format!("\"Error syncing pod, skipping\" err={error:?} pod=\"{namespace}/{name}\" podUID=\"{uid}\"")
        } else {
            format!("Error syncing pod {uid} (\"{name}_{namespace}({uid})\"), skipping: {error}")
        };
        LogRecord { severity: Severity::Error, file: "pod_workers.go", line: self.lines.pod_sync, message }
    }

    /// A selection of the records of a kubelet that starts on a node which was registered before.
    pub(super) fn started(self, node: &str, cidr: &str) -> Vec<LogRecord> {
        let info = |file, line, text: String, structured: String| LogRecord {
            severity: Severity::Info,
            file,
            line,
            message: if self.structured() { structured } else { text },
        };
        let plain = |file, line, text: &str| info(file, line, text.to_owned(), format!("\"{text}\""));
        vec![
            plain("server.go", 1264, "Started kubelet"),
            info(
                "server.go",
                163,
                "Starting to listen on 0.0.0.0:10250".to_owned(),
                "\"Starting to listen\" address=\"0.0.0.0\" port=10250".to_owned(),
            ),
            plain("volume_manager.go", 291, "Starting Kubelet Volume Manager"),
            plain("status_manager.go", 217, "Starting to sync pod status with apiserver"),
            plain("kubelet.go", 2356, "Starting kubelet main sync loop"),
            plain("plugin_manager.go", 118, "Starting Kubelet Plugin Manager"),
            info(
                "kubelet_node_status.go",
                73,
                format!("Attempting to register node {node}"),
                format!("\"Attempting to register node\" node=\"{node}\""),
            ),
            info(
                "kubelet_node_status.go",
                if self.structured() { 124 } else { 109 },
                format!("Node {node} was previously registered"),
                format!("\"Node was previously registered\" node=\"{node}\""),
            ),
            info(
                "kuberuntime_manager.go",
                1523,
                format!("updating runtime config through cri with podcidr {cidr}"),
                format!("\"Updating runtime config through cri with podcidr\" CIDR=\"{cidr}\""),
            ),
            plain("apiserver.go", 52, "Watching apiserver"),
        ]
    }
}

fn lease_record(severity: Severity, line: u32, message: String) -> LogRecord {
    LogRecord { severity, file: "controller.go", line, message }
}

fn reflector_record(severity: Severity, line: u32, message: String) -> LogRecord {
    LogRecord { severity, file: "reflector.go", line, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_recorded_journals() {
        let error = "Put \"https://cp:6443/x\": dial tcp 1.2.3.4:6443: connect: connection refused";
        let update_failed = |version| KubeletMessages::new(version).lease_update_failed(error);
        let text = update_failed(KubernetesVersion::V1_20);
        assert_eq!((text.line, text.message), (187, format!("failed to update lease, error: {error}")));
        let structured = update_failed(KubernetesVersion::V1_30);
        let quoted = error.replace('"', "\\\"");
        let expected = format!("\"Failed to update lease\" err=\"{quoted}\"");
        assert_eq!((structured.line, structured.message), (195, expected));
        let ensure =
            KubeletMessages::new(KubernetesVersion::V1_30).lease_ensure_failed("x", Duration::from_millis(6400));
        assert_eq!(ensure.message, "\"Failed to ensure lease exists, will retry\" err=\"x\" interval=\"6.4s\"");
    }
}
