//! Health checks of the control plane from outside: the port, `/livez` and `/readyz`.
//!
//! The checks have a clock and connections of their own, and a time limit each, so that a frozen server is detected
//! within 3 s. A round that outlasts its slot delays the next one: rounds never pile up. The port is checked even
//! without a kubeconfig, and while a credential plugin runs. A failed check is a fact, not a failure of the source.
//! Probes beyond health are in `api_probes`.

mod api_probes;
mod check;
mod health_source;
mod readiness;
mod slots;
mod target;

pub use readiness::{Readiness, readiness};

use super::{
    access::ApiAccess,
    context::{ClusterView, SourceContext},
    reporter::SourceReporter,
};
use crate::observation::SourceId;
use health_source::HealthSource;

/// Checks until the source is cancelled or the session has ended.
pub async fn run(context: SourceContext, access: ApiAccess, cluster: ClusterView) {
    let reporter = SourceReporter::new(&context, SourceId::Health);
    let source = HealthSource::new(reporter, access, cluster, &context);
    context.until_cancelled(source.run()).await;
}
