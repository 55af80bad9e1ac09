//! What blackout's own requests met: health checks of the control plane, and traffic to the workload.

use serde::{Deserialize, Serialize};

/// How a request failed before it had an HTTP answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeError {
    /// The host is there and the port is closed.
    Refused,
    /// The connection was reset.
    Reset,
    /// The connection was closed without an answer.
    Eof,
    /// No answer in the time given.
    Timeout,
    /// The TLS handshake failed: certificate, name or protocol.
    Tls,
    /// The name did not resolve.
    Dns,
    /// There is no way to the host.
    Unreachable,
    /// Something else; the source's health has the words.
    Other,
}

impl ProbeError {
    /// The failure in one or two words, for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Eof => "closed",
            Self::Timeout => "no answer",
            Self::Tls => "TLS failed",
            Self::Dns => "no such name",
            Self::Unreachable => "unreachable",
            Self::Other => "failed",
        }
    }
}

/// The three checks of the control plane, from the outside in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthCheck {
    /// A TCP connection to the API server's port.
    Port,
    /// `GET /livez`.
    Livez,
    /// `GET /readyz?verbose`.
    Readyz,
}

/// What a health check met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeOutcome {
    /// Connected, or answered 200.
    Ok,
    /// Answered with another HTTP status: 403 before RBAC is there, 500 while named checks fail, 429 when overloaded.
    Status(u16),
    /// No HTTP answer.
    Failed(ProbeError),
}

/// One health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthProbe {
    /// Which of the three.
    pub check: HealthCheck,
    /// How long it took, in microseconds; to the failure where it failed.
    pub latency_us: u64,
    /// What it met.
    pub outcome: ProbeOutcome,
    /// The named checks of `/readyz?verbose`, in the server's order; empty for the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<NamedCheck>,
}

/// One line of `/readyz?verbose`: `[+]etcd ok` or `[-]etcd failed: reason withheld`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedCheck {
    /// Its name, such as `etcd` or `poststarthook/rbac/bootstrap-roles`.
    pub name: String,
    /// Whether it passed.
    pub ok: bool,
}

/// What a request to the workload met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrafficOutcome {
    /// httpbin answered with this HTTP status.
    Answered(u16),
    /// It did not answer.
    Failed(ProbeError),
    /// The prober itself was late for this slot and sent nothing: unknown, neither success nor failure.
    Missed,
}

/// One request to the workload through a worker's NodePort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficProbe {
    /// The worker whose NodePort was asked.
    pub worker: String,
    /// Number of the slot on the fixed clock, from 0.
    pub slot: u64,
    /// How far the slots of that clock are apart, in milliseconds: [`TrafficProbe::SLOT`] where nothing is said.
    #[serde(default = "half_a_second", skip_serializing_if = "is_half_a_second")]
    pub every_ms: u32,
    /// Time to the answer or failure, in microseconds; 0 for a missed slot.
    pub latency_us: u64,
    /// What it met.
    pub outcome: TrafficOutcome,
}

impl TrafficProbe {
    /// The time between two slots, in a cluster of up to fifteen workers.
    pub const SLOT: std::time::Duration = std::time::Duration::from_millis(500);

    /// The time between two slots: the fewest half seconds in which so many workers are asked no more than thirty times
    /// a second together. A new connection each is what the asking costs.
    pub fn every(workers: usize) -> std::time::Duration {
        const AT_ONCE: u32 = 15;
        let workers = u32::try_from(workers).unwrap_or(u32::MAX);
        Self::SLOT * workers.div_ceil(AT_ONCE).max(1)
    }
}

fn half_a_second() -> u32 {
    TrafficProbe::SLOT.as_millis() as u32
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_half_a_second(every_ms: &u32) -> bool {
    *every_ms == half_a_second()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_workers_are_asked_on_a_slower_clock_and_a_tape_says_so() {
        let every = |workers| TrafficProbe::every(workers).as_millis();
        assert_eq!([0, 1, 3, 15, 16, 30, 31, 50].map(every), [500, 500, 500, 500, 1000, 1000, 1500, 2000]);
        let probe = |every_ms| TrafficProbe {
            worker: "w".to_owned(),
            slot: 7,
            every_ms,
            latency_us: 1,
            outcome: TrafficOutcome::Answered(200),
        };
        for (probe, said) in [(probe(500), false), (probe(2000), true)] {
            let text = serde_json::to_string(&probe).unwrap();
            assert_eq!(text.contains("every_ms"), said, "{text}");
            assert_eq!(serde_json::from_str::<TrafficProbe>(&text).unwrap(), probe);
        }
    }
}
