//! blackout's own log: into the overlay of the dashboard, never onto the screen.
//!
//! The kubelets' lines are no log of ours; they live in the world. Nothing of a kubeconfig is logged: the clients'
//! bodies (bollard at `debug`) and errors (kube, once for each failed request in an outage) stay below the filter.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, filter::Targets, layer::SubscriberExt as _};

/// Sends what the program says of itself to the overlay. Called once, by the program; a second call changes nothing.
pub fn to_overlay() {
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("blackout", LevelFilter::DEBUG)
        // one line for each failed request: in an outage these are the data, and the panes show them
        .with_target("kube_client::client::builder", LevelFilter::OFF);
    let layer = tui_logger::TuiTracingSubscriberLayer.with_filter(targets);
    let first = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).is_ok();
    if first {
        // not `init_logger`: with the tracing feature it would only start a thread that wakes a hundred times a second to
        // move lines into the overlay's buffer; the screen does that when it draws
        tui_logger::set_default_level(tui_logger::LevelFilter::Debug);
    }
}
