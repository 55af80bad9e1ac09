//! What a kubelet says, in the exact form of its version. Pure.
//!
//! Up to 1.20 it is text; later it is structured, with values quoted as Go quotes them. What is true of the call stands
//! in the error, which is the caller's.

use std::time::Duration;

use super::{
    pen::{Record, Severity},
    plan::Watched,
};
use crate::lab::{
    topology::PodPlan,
    version::{Sites, Version},
};

/// The words of one version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) version: Version,
    sites: Sites,
}

impl Words {
    pub(super) fn of(version: Version) -> Self {
        Self { version, sites: version.sites() }
    }

    fn structured(self) -> bool {
        self.version.is_structured()
    }

    /// `title: error` as text, `"Title" err="error"` structured.
    fn failed(self, text: &str, structured: &str, error: &str) -> String {
        if self.structured() { format!("\"{structured}\" err={error:?}") } else { format!("{text}: {error}") }
    }

    pub(super) fn node_status_failed(self, node: &str, error: &str) -> Record {
        let said = "Error updating node status, will retry";
        let error = format!("error getting node {node:?}: {error}");
        self.node_status(Severity::Error, self.sites.node_status_failed, self.failed(said, said, &error))
    }

    pub(super) fn node_status_given_up(self) -> Record {
        let said = "Unable to update node status";
        let message = self.failed(said, said, "update node status exceeds retry count");
        self.node_status(Severity::Error, self.sites.node_status_given_up, message)
    }

    fn node_status(self, severity: Severity, line: u32, message: String) -> Record {
        Record { severity, file: "kubelet_node_status.go", line, message }
    }

    pub(super) fn lease_update_failed(self, error: &str) -> Record {
        let message = self.failed("failed to update lease, error", "Failed to update lease", error);
        lease(Severity::Error, self.sites.lease_update, message)
    }

    pub(super) fn lease_fallback(self) -> Record {
        let said = "failed to update lease using latest lease, fallback to ensure lease";
        let message = self.failed(&format!("{said}, err"), said, "failed 5 attempts to update lease");
        lease(Severity::Info, self.sites.lease_fallback, message)
    }

    pub(super) fn lease_ensure_failed(self, error: &str, wait: Duration) -> Record {
        let wait = go_duration(wait);
        let message = if self.structured() {
            format!("\"Failed to ensure lease exists, will retry\" err={error:?} interval=\"{wait}\"")
        } else {
            format!("failed to ensure lease exists, will retry in {wait}, error: {error}")
        };
        lease(Severity::Error, self.sites.lease_ensure, message)
    }

    /// A reflector's list failed: in some versions two lines.
    pub(super) fn list_failed(self, watched: &Watched, error: &str) -> Vec<Record> {
        let listed = format!("failed to list {}: {error}", watched.kind);
        let mut records = Vec::with_capacity(2);
        if self.version.has_list_line() {
            let message = format!("{}: {listed}", self.reflector_name(watched));
            records.push(reflector(Severity::Warning, self.sites.reflector_list, message));
        }
        records.push(self.watch_failed(watched, &listed));
        records
    }

    /// A reflector's loop gave up a try.
    pub(super) fn watch_failed(self, watched: &Watched, error: &str) -> Record {
        let (name, kind) = (self.reflector_name(watched), watched.kind);
        let message = if self.version >= Version::V1_33 {
            format!("\"Failed to watch\" err={error:?} logger=\"UnhandledError\" reflector={name:?} type=\"{kind}\"")
        } else {
            format!("{name}: Failed to watch {kind}: {error}")
        };
        reflector(Severity::Error, self.sites.reflector_loop, message)
    }

    /// A running watch broke off.
    pub(super) fn watch_ended(self, watched: &Watched, why: &str) -> Record {
        let (name, kind) = (self.reflector_name(watched), watched.kind);
        let error = format!(
            "an error on the server (\"unable to decode an event from the watch stream: {why}\") has prevented the \
             request from succeeding"
        );
        let (severity, message) = if self.version >= Version::V1_33 {
            let message =
                format!("\"Warning: watch ended with error\" reflector={name:?} type=\"{kind}\" err={error:?}");
            (Severity::Info, message)
        } else {
            (Severity::Warning, format!("{name}: watch of {kind} ended with: {error}"))
        };
        reflector(severity, self.sites.watch_ended, message)
    }

    fn reflector_name(self, watched: &Watched) -> String {
        match &watched.object {
            Some((namespace, name)) => format!("object-{namespace:?}/{name:?}"),
            None => match watched.kind {
                "*v1.Pod" => self.sites.pods.to_owned(),
                "*v1.Node" => self.sites.node.to_owned(),
                _ => self.sites.factory.to_owned(),
            },
        }
    }

    pub(super) fn pod_status_failed(self, pod: &PodPlan, error: &str) -> Record {
        let PodPlan { namespace, name, uid, .. } = pod;
        let said = "Failed to get status for pod";
        let (severity, message) = if self.structured() {
            (Severity::Info, format!("\"{said}\" podUID=\"{uid}\" pod=\"{namespace}/{name}\" err={error:?}"))
        } else {
            (Severity::Warning, format!("{said} \"{name}_{namespace}({uid})\": {error}"))
        };
        Record { severity, file: "status_manager.go", line: self.sites.pod_status, message }
    }

    pub(super) fn event_failed(self, dump: &str, error: &str) -> Record {
        let message = if self.structured() {
            format!("\"Unable to write event (may retry after sleeping)\" err={error:?} event=\"&Event{{{dump}}}\"")
        } else {
            format!("Unable to write event: '&v1.Event{{{dump}}}': '{error}'(may retry after sleeping)")
        };
        Record { severity: Severity::Error, file: "event.go", line: self.sites.event_failed, message }
    }

    pub(super) fn event_given_up(self, dump: &str) -> Record {
        let message = if self.structured() {
            format!("\"Unable to write event (retry limit exceeded!)\" event=\"&Event{{{dump}}}\"")
        } else {
            format!("Unable to write event '&v1.Event{{{dump}}}' (retry limit exceeded!)")
        };
        Record { severity: Severity::Error, file: "event.go", line: self.sites.event_given_up, message }
    }

    pub(super) fn container_removed(self, container: &str) -> Record {
        let (file, message) = if self.structured() {
            ("scope.go", format!("\"RemoveContainer\" containerID=\"{container}\""))
        } else {
            ("scope.go", format!("[topologymanager] RemoveContainer - Container ID: {container}"))
        };
        Record { severity: Severity::Info, file, line: self.sites.remove_container, message }
    }

    pub(super) fn backs_off(self, pod: &PodPlan, wait: Duration) -> Record {
        let PodPlan { namespace, name, uid, app, .. } = pod;
        let wait = go_duration(wait);
        let error = format!(
            "failed to \"StartContainer\" for \"{app}\" with CrashLoopBackOff: \"back-off {wait} restarting failed \
             container={app} pod={name}_{namespace}({uid})\""
        );
        let said = "Error syncing pod, skipping";
        let message = if self.structured() {
            format!("\"{said}\" err={error:?} pod=\"{namespace}/{name}\" podUID=\"{uid}\"")
        } else {
            format!("Error syncing pod {uid} (\"{name}_{namespace}({uid})\"), skipping: {error}")
        };
        Record {
            severity: Severity::Error,
            file: "pod_workers.go",
            line: if self.structured() { 1301 } else { 191 },
            message,
        }
    }

    /// What a kubelet says when it starts, shortened; the node was there before.
    pub(super) fn started(self, node: &str, cidr: &str) -> Vec<Record> {
        let info = |file, line, text: String, structured: String| Record {
            severity: Severity::Info,
            file,
            line,
            message: if self.structured() { structured } else { text },
        };
        let plain = |file, line, said: &str| info(file, line, said.to_owned(), format!("\"{said}\""));
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

fn lease(severity: Severity, line: u32, message: String) -> Record {
    Record { severity, file: "controller.go", line, message }
}

fn reflector(severity: Severity, line: u32, message: String) -> Record {
    Record { severity, file: "reflector.go", line, message }
}

/// A duration as Go prints it: `200ms`, `1.6s`, `7s`, `7m41s`.
pub(super) fn go_duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{}ms", duration.as_millis());
    }
    let (minutes, seconds) = (duration.as_secs() / 60, duration.as_secs_f64() % 60.0);
    let seconds = format!("{}s", (seconds * 1000.0).round() / 1000.0);
    match (minutes / 60, minutes % 60) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        let texts =
            [200, 1600, 3200, 7000, 461_000, 3_600_000].map(|millis| go_duration(Duration::from_millis(millis)));
        assert_eq!(texts, ["200ms", "1.6s", "3.2s", "7s", "7m41s", "1h0m0s"]);
    }

    #[test]
    fn the_words_are_those_of_recorded_journals() {
        let error = "Put \"https://cp:6443/x\": dial tcp 1.2.3.4:6443: connect: connection refused";
        let said = |version| Words::of(version).lease_update_failed(error);
        let text = said(Version::V1_20);
        assert_eq!((text.line, text.message), (187, format!("failed to update lease, error: {error}")));
        let structured = said(Version::V1_30);
        let expected = "\"Failed to update lease\" err=\"Put \\\"https://cp:6443/x\\\": dial tcp 1.2.3.4:6443: connect: connection refused\"";
        assert_eq!((structured.line, structured.message.as_str()), (195, expected));
        let ensure = Words::of(Version::V1_30).lease_ensure_failed("x", Duration::from_millis(6400));
        assert_eq!(ensure.message, "\"Failed to ensure lease exists, will retry\" err=\"x\" interval=\"6.4s\"");
    }
}
