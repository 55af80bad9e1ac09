//! A kubelet's status manager: reports pods to the API server, changed ones at once, failed reports every ten seconds.

use std::{collections::BTreeMap, time::Duration};

use hyper::Method;
use serde_json::json;

use super::{call_error::CallError, client::ApiCall, handle::Kubelet};
use crate::lab::cluster::{
    objects::{self, PodState},
    topology::LabPod,
};

/// Time between two attempts to report pods (`syncPeriod` of the status manager).
const SYNC_PERIOD: Duration = Duration::from_secs(10);

impl Kubelet {
    /// Reports the pods of the node until dropped.
    pub(super) async fn report_pods(self, pods: Vec<LabPod>) {
        let pods: BTreeMap<_, _> = pods.into_iter().map(|pod| (pod.name.clone(), pod)).collect();
        loop {
            let mut failed = false;
            for name in self.statuses.to_report() {
                let Some(pod) = pods.get(&name) else { continue };
                let Some(state) = self.statuses.take(&name) else { continue };
                if let Err(error) = self.report_pod(pod, &state).await {
                    self.journal.write([self.messages.pod_status_failed(pod, &error.to_string())]);
                    self.statuses.return_failed(name);
                    failed = true;
                }
            }
            if failed {
                self.time.sleep(SYNC_PERIOD).await;
            } else {
                self.statuses.changed().await;
            }
        }
    }

    async fn report_pod(&self, pod: &LabPod, state: &PodState) -> Result<(), CallError> {
        let path = format!("/api/v1/namespaces/{}/pods/{}", pod.namespace, pod.name);
        self.api_client.call(ApiCall::get(path.as_str())).await?;
        let patch = json!({"status": objects::pod_status(pod, state)});
        self.api_client.call(ApiCall::write(Method::PATCH, format!("{path}/status"), &patch)).await.map(drop)
    }
}
