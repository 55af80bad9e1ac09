//! Sends blackout's own log to the overlay of the dashboard, never to the terminal.
//!
//! Kubelet lines are data, not a log, and live in the world. Nothing of a kubeconfig is logged: the filter drops
//! bollard's bodies (`debug`) and kube's errors (one for each failed request).

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, filter::Targets, layer::SubscriberExt as _};

/// Installs the global subscriber. A second call changes nothing.
pub fn to_overlay() {
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("blackout", LevelFilter::DEBUG)
        // Logs each failed request: in an outage these are the data, which the panes show.
        .with_target("kube_client::client::builder", LevelFilter::OFF);
    let layer = tui_logger::TuiTracingSubscriberLayer.with_filter(targets);
    let first = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).is_ok();
    if first {
        // Replaces `init_logger`, which with the tracing feature only starts a thread that wakes a hundred times a
        // second to move lines into the overlay's buffer. The screen moves them when it draws.
        tui_logger::set_default_level(tui_logger::LevelFilter::Debug);
    }
}
