//! `/livez`, `/healthz` and `/readyz`, with their named checks. Pure.

use std::fmt::Write as _;

use hyper::{Response, StatusCode};

use super::{
    query::QueryParams,
    response::{ApiBody, text_response},
    serving_phase::ServingPhase,
};

/// The checks in the order in which the server lists them, and whether `/livez` and `/healthz` have them, too.
const CHECKS: [(&str, bool); 17] = [
    ("ping", true),
    ("log", true),
    ("etcd", true),
    ("etcd-readiness", false),
    ("informer-sync", false),
    ("poststarthook/start-apiserver-admission-initializer", true),
    ("poststarthook/generic-apiserver-start-informers", true),
    ("poststarthook/priority-and-fairness-config-consumer", true),
    ("poststarthook/storage-object-count-tracker-hook", true),
    ("poststarthook/start-system-namespaces-controller", true),
    ("poststarthook/start-legacy-token-tracking-controller", true),
    (BOOTSTRAP_ROLES, true),
    (PRIORITY_CLASSES, true),
    ("poststarthook/priority-and-fairness-config-producer", true),
    ("poststarthook/start-kube-aggregator-informers", true),
    ("poststarthook/apiservice-registration-controller", true),
    ("shutdown", false),
];

/// The two checks that fail last in a start.
const BOOTSTRAP_ROLES: &str = "poststarthook/rbac/bootstrap-roles";
const PRIORITY_CLASSES: &str = "poststarthook/scheduling/bootstrap-system-priority-classes";

/// Responds for one of the three paths: 200 if the API server is ready, otherwise 500 with the list of checks.
pub(super) fn response(path: &str, query: &QueryParams, phase: ServingPhase) -> Response<ApiBody> {
    let name = path.trim_start_matches('/');
    let failing = phase != ServingPhase::Ready;
    let mut text = String::new();
    for (check, in_livez) in CHECKS {
        if name == "readyz" || in_livez {
            // writing to a string cannot fail
            let _infallible = if failing && matches!(check, BOOTSTRAP_ROLES | PRIORITY_CLASSES) {
                writeln!(text, "[-]{check} failed: reason withheld")
            } else {
                writeln!(text, "[+]{check} ok")
            };
        }
    }
    if failing {
        return text_response(StatusCode::INTERNAL_SERVER_ERROR, format!("{text}{name} check failed\n"));
    }
    let text = if query.has("verbose") { format!("{text}{name} check passed\n") } else { "ok".to_owned() };
    text_response(StatusCode::OK, text)
}
