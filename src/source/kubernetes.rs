//! Watches of the API server's nodes, pods and node leases, each with its own connection, backoff and health.
//!
//! A fact stays the last known one: a broken watch removes nothing, and a new list is sent completely or not at all. A
//! watch is live once the API server has answered its request, because a resumed watch may have no event to send. When
//! the health source signals that the API server has recovered, every watch reconnects at once, even one that looks
//! healthy: its connection may lead to a server that is gone. Each wait for the server has a time limit.

mod answer_count;
mod client;
mod decode;
mod pod_status;
mod resource_watch;
mod watch_error;
mod watch_health;

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
use resource_watch::ResourceWatch;

/// Watches one kind of object until the source is cancelled or the session has ended. Run it once for each kind.
pub async fn run(context: SourceContext, resource: ListedResource, access: ApiAccess, cluster: ClusterView) {
    let source = match resource {
        ListedResource::Nodes => SourceId::Nodes,
        ListedResource::Pods => SourceId::Pods,
        ListedResource::Leases => SourceId::Leases,
    };
    let reporter = SourceReporter::new(&context, source);
    let watch = ResourceWatch::new(reporter, access, cluster, &context);
    match resource {
        ListedResource::Nodes => context.until_cancelled(watch.run::<Node>()).await,
        ListedResource::Pods => context.until_cancelled(watch.run::<Pod>()).await,
        ListedResource::Leases => context.until_cancelled(watch.run::<Lease>()).await,
    }
}
