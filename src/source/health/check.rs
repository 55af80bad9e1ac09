//! A single health check.

use std::{error::Error, time::Duration};

use http_body_util::{BodyExt as _, Limited};
use tokio::{net::TcpStream, time::timeout};

use crate::{
    clock::Clock,
    error_chain,
    observation::{HealthCheck, HealthProbe, NamedCheck, ProbeError, ProbeOutcome},
    source::{access::AccessError, failure},
};

/// Time limit of a check.
pub(super) const CHECK_TIMEOUT: Duration = Duration::from_millis(1500);

/// Longest answer that is read, in bytes; `/readyz?verbose` has some 2 kB.
const MAX_BODY: usize = 64 * 1024;

/// Message for an answer of 401.
const UNKNOWN_USER: &str =
    "the API server does not know the kubeconfig's user (401): `kind export kubeconfig` rewrites the credentials";

/// Result of a check.
pub(super) struct CheckResult {
    pub(super) probe: HealthProbe,
    /// Message for a failure whose kind alone does not help. `None` for any other result.
    pub(super) message: Option<String>,
}

/// Connects to the port.
pub(super) async fn port(clock: Clock, address: &str) -> CheckResult {
    let start = clock.instant_now();
    let (outcome, message) = match timeout(CHECK_TIMEOUT, TcpStream::connect(address)).await {
        Ok(Ok(_connected)) => (ProbeOutcome::Ok, None),
        Ok(Err(error)) => failed(&error, address),
        Err(_elapsed) => (ProbeOutcome::Failed(ProbeError::Timeout), None),
    };
    result(HealthCheck::Port, clock.instant_now() - start, outcome, message)
}

/// Requests `/livez` or `/readyz`.
pub(super) async fn get(clock: Clock, client: &kube::Client, check: HealthCheck, path: &str) -> CheckResult {
    let start = clock.instant_now();
    let request = http::Request::get(path);
    let mut named = Vec::new();
    let (outcome, message) = match timeout(CHECK_TIMEOUT, send(client, request, "")).await {
        Ok(Ok((status, body))) => {
            if check == HealthCheck::Readyz {
                named = named_checks(&body);
            }
            match status {
                200 => (ProbeOutcome::Ok, None),
                401 => (ProbeOutcome::Status(401), Some(UNKNOWN_USER.to_owned())),
                status => (ProbeOutcome::Status(status), None),
            }
        }
        Ok(Err(error)) => failed(&error, path),
        Err(_elapsed) => (ProbeOutcome::Failed(ProbeError::Timeout), None),
    };
    let mut result = result(check, clock.instant_now() - start, outcome, message);
    result.probe.checks = named;
    result
}

/// Sends a request. Returns the status and the body of the answer.
///
/// # Errors
///
/// Fails if there is no answer, or its body is longer than [`MAX_BODY`].
pub(super) async fn send(
    client: &kube::Client,
    request: http::request::Builder,
    body: &'static str,
) -> Result<(u16, bytes::Bytes), kube::Error> {
    let body = kube::client::Body::from(body.as_bytes().to_vec());
    let response = client.send(request.body(body).map_err(kube::Error::HttpError)?).await?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MAX_BODY).collect().await.map_err(kube::Error::Service)?;
    Ok((status, body.to_bytes()))
}

/// Outcome of a failure, and a message if its kind alone does not help. `object` is what was checked.
pub(super) fn failed(error: &(dyn Error + 'static), object: &str) -> (ProbeOutcome, Option<String>) {
    let kind = failure::probe_error(error);
    let message = match kind {
        ProbeError::Tls => Some(failure::untrusted_certificate(error)),
        ProbeError::Other => Some(format!("the check of {object} failed: {}", error_chain::message(error))),
        _ => None,
    };
    (ProbeOutcome::Failed(kind), message)
}

/// Creates the client for checks.
///
/// # Errors
///
/// Fails if kube refuses the configuration.
pub(super) fn client(config: kube::Config) -> Result<kube::Client, AccessError> {
    kube::Client::try_from(config)
        .map_err(|source| AccessError::Client { message: error_chain::message(&source), source: source.into() })
}

fn result(check: HealthCheck, latency: Duration, outcome: ProbeOutcome, message: Option<String>) -> CheckResult {
    let probe = HealthProbe { check, latency_us: latency.as_micros() as u64, outcome, checks: Vec::new() };
    CheckResult { probe, message }
}

/// Parses the lines `[+]name ok` and `[-]name failed: …` of an answer, and leaves out the others.
fn named_checks(body: &[u8]) -> Vec<NamedCheck> {
    let text = String::from_utf8_lossy(body);
    let checks = text.lines().filter_map(|line| {
        let (ok, rest) = match line.get(..3)? {
            "[+]" => (true, &line[3..]),
            "[-]" => (false, &line[3..]),
            _ => return None,
        };
        let name = rest.split_whitespace().next()?;
        Some(NamedCheck { name: name.to_owned(), ok })
    });
    checks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_checks_are_parsed_from_a_verbose_answer() {
        let body = b"[+]ping ok\n[-]etcd failed: reason withheld\n[+]poststarthook/rbac/bootstrap-roles ok\n\n\
                     healthz check failed\n";
        let checks: Vec<_> = named_checks(body).into_iter().map(|check| (check.name, check.ok)).collect();
        let expected = [("ping", true), ("etcd", false), ("poststarthook/rbac/bootstrap-roles", true)];
        assert_eq!(checks, expected.map(|(name, ok)| (name.to_owned(), ok)));
        assert!(named_checks("[+]\n[-]   \n\u{fffd}é".as_bytes()).is_empty());
    }
}
