//! `/livez`, `/healthz` and `/readyz` with their named checks. Pure.

use std::fmt::Write as _;

use hyper::{Response, StatusCode};

use super::{
    Serving,
    answer::{Body, text_answer},
    request::Query,
};

/// The checks, in the server's order, and whether `/livez` has them too.
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
    (RBAC, true),
    (PRIORITIES, true),
    ("poststarthook/priority-and-fairness-config-producer", true),
    ("poststarthook/start-kube-aggregator-informers", true),
    ("poststarthook/apiservice-registration-controller", true),
    ("shutdown", false),
];

const RBAC: &str = "poststarthook/rbac/bootstrap-roles";
const PRIORITIES: &str = "poststarthook/scheduling/bootstrap-system-priority-classes";

/// The answer for one of the three paths.
pub(super) fn answer(path: &str, query: &Query, serving: Serving) -> Response<Body> {
    let name = path.trim_start_matches('/');
    let failing = serving != Serving::Ready;
    let mut text = String::new();
    for (check, in_livez) in CHECKS {
        if name == "readyz" || in_livez {
            // writing to a string cannot fail
            let _never = if failing && matches!(check, RBAC | PRIORITIES) {
                writeln!(text, "[-]{check} failed: reason withheld")
            } else {
                writeln!(text, "[+]{check} ok")
            };
        }
    }
    if failing {
        return text_answer(StatusCode::INTERNAL_SERVER_ERROR, format!("{text}{name} check failed\n"));
    }
    let text = if query.has("verbose") { format!("{text}{name} check passed\n") } else { "ok".to_owned() };
    text_answer(StatusCode::OK, text)
}
