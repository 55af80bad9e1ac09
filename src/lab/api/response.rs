//! Responses: bodies, and errors as `metav1.Status`.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::{Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::lab::cluster::{object_kind::ObjectKind, store::StoreError};

/// The body of a response: complete, or that of a watch, which goes on.
pub(in crate::lab) type ApiBody = UnsyncBoxBody<Bytes, Infallible>;

pub(super) fn json_response(status: StatusCode, body: &impl Serialize) -> Response<ApiBody> {
    // the lab only serializes `Value`s, which cannot fail
    let text = serde_json::to_vec(body).unwrap_or_default();
    response(status, "application/json", Full::new(text.into()).boxed_unsync())
}

pub(super) fn text_response(status: StatusCode, text: String) -> Response<ApiBody> {
    response(status, "text/plain; charset=utf-8", Full::new(text.into()).boxed_unsync())
}

pub(super) fn response(status: StatusCode, content_type: &'static str, body: ApiBody) -> Response<ApiBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}

/// A failed request, as Kubernetes' `StatusError`.
#[derive(Debug)]
pub(super) struct StatusError {
    code: StatusCode,
    reason: &'static str,
    message: String,
}

impl StatusError {
    fn new(code: StatusCode, reason: &'static str, message: String) -> Self {
        Self { code, reason, message }
    }

    pub(super) fn no_such_path(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", format!("the lab's API server does not serve {path}"))
    }

    pub(super) fn not_found(kind: ObjectKind, name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", format!("{} \"{name}\" not found", qualified(kind)))
    }

    pub(super) fn not_written(error: StoreError, kind: ObjectKind, name: &str) -> Self {
        let resource = qualified(kind);
        match error {
            StoreError::NotFound => Self::not_found(kind, name),
            StoreError::AlreadyExists => {
                Self::new(StatusCode::CONFLICT, "AlreadyExists", format!("{resource} \"{name}\" already exists"))
            }
            StoreError::Conflict => Self::new(
                StatusCode::CONFLICT,
                "Conflict",
                format!(
                    "Operation cannot be fulfilled on {resource} \"{name}\": the object has been modified; please \
                     apply your changes to the latest version and try again"
                ),
            ),
        }
    }

    pub(super) fn forbidden(message: String) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    pub(super) fn bad_request(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(super) fn invalid(kind: ObjectKind, name: &str, message: &str) -> Self {
        let message = format!("{} \"{name}\" is invalid: {message}", kind.name());
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
    }

    pub(super) fn read_only(method: &str) -> Self {
        let message = format!(
            "the lab's API server accepts only the writes of its kubelets; try this {method} with --dry-run=server"
        );
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    /// The resource version from which a watch resumes is older than the history.
    pub(super) fn expired(version: u64, oldest: u64) -> Self {
        Self::new(StatusCode::GONE, "Expired", format!("too old resource version: {version} ({oldest})"))
    }

    /// Builds the body of the response, a `metav1.Status`.
    pub(super) fn status(&self) -> Value {
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code.as_u16(),
        })
    }

    pub(super) fn into_response(self) -> Response<ApiBody> {
        json_response(self.code, &self.status())
    }
}

/// Returns the plural name with its group, such as `leases.coordination.k8s.io`.
fn qualified(kind: ObjectKind) -> String {
    match kind.group() {
        "" => kind.plural().to_owned(),
        group => format!("{}.{group}", kind.plural()),
    }
}
