//! The durations that separate an outage from quiet and from the next outage, each with its source.
//!
//! Constants only, so that the transitions, the retry loops and `analyze` can use them without importing each other.

use chrono::Duration;

/// Silence after which every lane counts as quiet: a kubelet reports its node's status every 10 s
/// (`nodeStatusUpdateFrequency`), plus 2 s of slack.
pub(in crate::world) const QUIET: Duration = Duration::seconds(12);

/// Silence about the control plane after which a journal has seen the end of an outage. A reflector backs off for up to
/// 60 s (30 s with jitter 1.0, client-go `tools/cache/reflector.go`), plus 30 s of slack; a lease is retried every 7 s.
pub const JOURNAL_GAP: Duration = Duration::seconds(90);

/// Time by which a line or a lease may be stamped before its cause. Host and workers share one clock under kind, so
/// this covers only the way of an event through the engine (under 1 s in every run of `tests/fixtures/logs`).
pub(in crate::world) const SLACK: Duration = Duration::seconds(2);

/// Time-outs of `/readyz` in a row that count as a failure. A busy machine is slow once; a paused container is reported
/// by the engine at once, so nothing is lost by waiting for the second.
pub(in crate::world) const TIMEOUTS_THAT_COUNT: u32 = 2;

/// Time after which a signal has had no effect on a container that still runs: docker's default grace period of 10 s
/// before SIGKILL, plus the slack.
pub(in crate::world) const SIGNAL_EXPIRES: Duration = Duration::seconds(12);

/// Time after `/readyz` passed again for which an outage waits for its nodes and lanes. The node controller evicts the
/// pods of a node that is away for longer (`tolerationSeconds` of 300 s by default): that is trouble of its own.
pub(in crate::world) const NODES_AWAITED: Duration = Duration::seconds(300);
