//! What the API server says of nodes, pods and node leases: one watch for each, with its own connection, its own
//! backoff and its own health.
//!
//! A fact stays true as the last known one: nothing is taken back because a watch broke, and a list that is made anew
//! is said whole or not at all. A watch is live when its transport is: a watch that is resumed has no event to tell
//! of. When the health source says that the API server is ready again, every watch starts anew at once, also one that
//! looks healthy: its connection may lead to a server that is gone. Nothing here waits for a server without a bound.

mod decode;
mod pod_status;
mod transport;
mod watch;

use k8s_openapi::api::{
    coordination::v1::Lease,
    core::v1::{Node, Pod},
};

use super::{
    access::ApiAccess,
    context::{ClusterView, SourceContext},
    reporter::SourceReporter,
};
use crate::observation::{ListedResource, SourceId};

/// The label of the workload's pods.
pub const WORKLOAD_LABEL: (&str, &str) = ("app", "httpbin");

/// Watches one kind of object until the context's token is cancelled or the session is gone. Run it once for each.
pub async fn run(context: SourceContext, resource: ListedResource, access: ApiAccess, cluster: ClusterView) {
    let source = match resource {
        ListedResource::Nodes => SourceId::Nodes,
        ListedResource::Pods => SourceId::Pods,
        ListedResource::Leases => SourceId::Leases,
    };
    let reporter = SourceReporter::new(&context, source);
    let watch = watch::Watch::new(reporter, access, cluster, &context);
    match resource {
        ListedResource::Nodes => context.until_cancelled(watch.run::<Node>()).await,
        ListedResource::Pods => context.until_cancelled(watch.run::<Pod>()).await,
        ListedResource::Leases => context.until_cancelled(watch.run::<Lease>()).await,
    }
}
