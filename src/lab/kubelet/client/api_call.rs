//! A call to the API server, before it is made.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

/// A call to the API server.
pub(in crate::lab::kubelet) struct ApiCall {
    pub(super) method: Method,
    /// Path and query of the URL.
    pub(super) path: String,
    pub(super) body: Bytes,
    /// Time-out of the client, before it is scaled; `None` if the call may take any time.
    pub(super) timeout: Option<Duration>,
}

impl ApiCall {
    pub(in crate::lab::kubelet) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: Bytes::new(), timeout: None }
    }

    pub(in crate::lab::kubelet) fn write(method: Method, path: impl Into<String>, body: &Value) -> Self {
        Self { method, path: path.into(), body: body.to_string().into(), timeout: None }
    }

    pub(in crate::lab::kubelet) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }
}
