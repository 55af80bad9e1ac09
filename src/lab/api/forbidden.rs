//! The 403 with which an API server answers everybody until its RBAC roles are loaded. Pure.

use hyper::{Request, body::Incoming};

use super::{query::QueryParams, resource_path::ResourcePath, response::StatusError};

/// Builds the error for a request, in the form of Kubernetes' RBAC authorizer.
pub(super) fn error(request: &Request<Incoming>) -> StatusError {
    let user = request.headers().get("x-remote-user").and_then(|user| user.to_str().ok()).unwrap_or("system:anonymous");
    let path = request.uri().path();
    let method = request.method().as_str().to_ascii_lowercase();
    let Some(resource) = ResourcePath::parse(path) else {
        return StatusError::forbidden(format!("forbidden: User \"{user}\" cannot {method} path \"{path}\""));
    };
    let verb = match (method.as_str(), &resource.name) {
        ("get", None) if QueryParams::of(request.uri()).is_true("watch") => "watch",
        ("get", None) => "list",
        ("put", _) => "update",
        ("post", _) => "create",
        (method, _) => method,
    };
    let (plural, group) = (resource.kind.plural(), resource.kind.group());
    let object = resource.name.as_ref().map(|name| format!("{plural}.{group} \"{name}\"").replace(". ", " "));
    let object = object.unwrap_or_else(|| format!("{plural}.{group}").trim_end_matches('.').to_owned());
    let scope = match &resource.namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    StatusError::forbidden(format!(
        "{object} is forbidden: User \"{user}\" cannot {verb} resource \"{plural}\" in API group \"{group}\" {scope}"
    ))
}
