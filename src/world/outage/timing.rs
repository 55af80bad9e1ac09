//! The times by which an outage is told from quiet and from another outage, each with its source.
//!
//! Constants only; they are used by the transitions in `outages`, by the retry loops, and by `analyze`.

use chrono::Duration;

/// Time without a line after which every lane counts as quiet: the kubelet reports its node's status every 10 s
/// (`nodeStatusUpdateFrequency`), plus 2 s of slack.
pub(in crate::world) const QUIET: Duration = Duration::seconds(12);

/// Silence about the control plane after which a journal has seen the end of an outage: a reflector backs off for up to
/// 60 s (30 s with jitter 1.0, client-go `tools/cache/reflector.go`), and a lease is retried every 7 s.
pub const JOURNAL_GAP: Duration = Duration::seconds(90);

/// Time by which a line or a lease may be stamped before its cause. Host and workers share one clock under kind.
pub(in crate::world) const SLACK: Duration = Duration::seconds(2);
