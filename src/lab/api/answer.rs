//! Answers: bodies, and problems in the words of `metav1.Status`.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::{Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::lab::store::{Kind, Refused};

/// The body of an answer: whole, or a watch's that goes on.
pub(in crate::lab) type Body = UnsyncBoxBody<Bytes, Infallible>;

pub(super) fn json_answer(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    // what the lab answers are values and lists of them: they always serialize
    let text = serde_json::to_vec(body).unwrap_or_default();
    answer(status, "application/json", text.into())
}

pub(super) fn text_answer(status: StatusCode, text: String) -> Response<Body> {
    answer(status, "text/plain; charset=utf-8", text.into())
}

fn answer(status: StatusCode, content: &'static str, body: Bytes) -> Response<Body> {
    with_body(status, content, Full::new(body).boxed_unsync())
}

pub(super) fn with_body(status: StatusCode, content: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content));
    response
}

/// Why a request is not answered as it was meant.
#[derive(Debug)]
pub(super) struct Problem {
    code: StatusCode,
    reason: &'static str,
    message: String,
}

impl Problem {
    fn new(code: StatusCode, reason: &'static str, message: String) -> Self {
        Self { code, reason, message }
    }

    pub(super) fn no_such_path(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", format!("the lab's API server has nothing at {path}"))
    }

    pub(super) fn not_found(kind: Kind, name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", format!("{} \"{name}\" not found", qualified(kind)))
    }

    pub(super) fn refused(refused: Refused, kind: Kind, name: &str) -> Self {
        let what = qualified(kind);
        match refused {
            Refused::NotThere => Self::not_found(kind, name),
            Refused::Exists => {
                Self::new(StatusCode::CONFLICT, "AlreadyExists", format!("{what} \"{name}\" already exists"))
            }
            Refused::Conflict => Self::new(
                StatusCode::CONFLICT,
                "Conflict",
                format!(
                    "Operation cannot be fulfilled on {what} \"{name}\": the object has been modified; please apply \
                     your changes to the latest version and try again"
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

    pub(super) fn invalid(kind: Kind, name: &str, message: &str) -> Self {
        let message = format!("{} \"{name}\" is invalid: {message}", kind.name());
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
    }

    pub(super) fn not_taken(method: &str) -> Self {
        let message = format!(
            "the lab's API server keeps nothing but what its kubelets write; a {method} may be tried out (--dry-run=server)"
        );
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    /// A watch from before the history.
    pub(super) fn expired(version: u64, oldest: u64) -> Self {
        Self::new(StatusCode::GONE, "Expired", format!("too old resource version: {version} ({oldest})"))
    }

    pub(super) fn status(&self) -> Value {
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code.as_u16(),
        })
    }

    pub(super) fn into_answer(self) -> Response<Body> {
        json_answer(self.code, &self.status())
    }
}

fn qualified(kind: Kind) -> String {
    match kind.group() {
        "" => kind.plural().to_owned(),
        group => format!("{}.{group}", kind.plural()),
    }
}
