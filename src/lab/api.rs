//! Request routing of the lab's API server. The sockets are in `net/server.rs`.
//!
//! Responses match a real API server in the fields that blackout, kubelets and kubectl read. Its only state is the
//! [`ObjectStore`]. It accepts the writes of kubelets; any other write is accepted only with `dryRun=All`.

mod discovery;
mod forbidden;
mod health;
mod patch;
mod query;
mod resource_path;
mod response;
mod serving_phase;
mod table;
mod watch_stream;
mod write;

use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use serde_json::json;
use tokio::sync::watch;

pub(super) use response::ApiBody;
pub(super) use serving_phase::ServingPhase;

use query::QueryParams;
use resource_path::ResourcePath;
use response::{StatusError, json_response};
use watch_stream::WatchStream;

use super::{
    cluster::{selector::ObjectSelector, store::ObjectStore, version::KubernetesVersion},
    rng::Rng,
    time_scale::TimeScale,
};

/// The API server's request handler.
#[derive(Debug)]
pub(super) struct ApiHandler {
    store: ObjectStore,
    version: KubernetesVersion,
    time: TimeScale,
    phase: watch::Receiver<ServingPhase>,
    rng: Rng,
}

impl ApiHandler {
    pub(super) fn new(
        store: ObjectStore,
        version: KubernetesVersion,
        time: TimeScale,
        phase: watch::Receiver<ServingPhase>,
        rng: &Rng,
    ) -> Self {
        Self { store, version, time, phase, rng: rng.stream("api") }
    }

    /// Returns a receiver that tracks the startup of the API server.
    pub(super) fn phase(&self) -> watch::Receiver<ServingPhase> {
        self.phase.clone()
    }

    /// Responds to a request; a failure becomes a `metav1.Status`.
    pub(super) async fn respond(&self, request: Request<Incoming>) -> Response<ApiBody> {
        let phase = *self.phase.borrow();
        let response = match phase {
            ServingPhase::Silent | ServingPhase::Forbidding => Err(forbidden::error(&request)),
            ServingPhase::Failing | ServingPhase::Ready => self.route(request, phase).await,
        };
        response.unwrap_or_else(StatusError::into_response)
    }

    async fn route(&self, request: Request<Incoming>, phase: ServingPhase) -> Result<Response<ApiBody>, StatusError> {
        let path = request.uri().path().trim_end_matches('/').to_owned();
        let query = QueryParams::of(request.uri());
        match path.as_str() {
            "/version" => return Ok(json_response(StatusCode::OK, &discovery::version(self.version))),
            "/livez" | "/healthz" | "/readyz" => return Ok(health::response(&path, &query, phase)),
            _ => {}
        }
        if let Some(document) = discovery::document(&path) {
            return Ok(json_response(StatusCode::OK, &document));
        }
        let resource = ResourcePath::parse(&path).ok_or_else(|| StatusError::no_such_path(&path))?;
        if request.method() != Method::GET {
            return self.write(request, &resource, &query).await;
        }
        let as_table = table::is_wanted(&request);
        if resource.name.is_some() {
            return self.get(&path, &resource, as_table);
        }
        let namespace = resource.namespace.as_deref();
        let selector = ObjectSelector::new(namespace, query.get("fieldSelector"), query.get("labelSelector"));
        if query.is_true("watch") {
            let stream = WatchStream::new(self.store.clone(), self.time, resource.kind, selector, &query, as_table);
            return Ok(stream.into_response());
        }
        Ok(self.list(&resource, &selector, as_table))
    }

    fn get(&self, path: &str, resource: &ResourcePath, as_table: bool) -> Result<Response<ApiBody>, StatusError> {
        // `log` and `exec` are unsupported because pods of the lab run no processes
        if resource.subresource.as_deref().is_some_and(|subresource| subresource != "status") {
            return Err(StatusError::no_such_path(path));
        }
        let key = resource.key();
        let object =
            self.store.get(resource.kind, &key).ok_or_else(|| StatusError::not_found(resource.kind, &key.name))?;
        if as_table {
            let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
            let table = table::build(resource.kind, &[object], &version, self.time.now());
            return Ok(json_response(StatusCode::OK, &table));
        }
        Ok(json_response(StatusCode::OK, &*object))
    }

    fn list(&self, resource: &ResourcePath, selector: &ObjectSelector, as_table: bool) -> Response<ApiBody> {
        let kind = resource.kind;
        let (objects, version) = self.store.list(kind, selector);
        let list = if as_table {
            table::build(kind, &objects, &version.to_string(), self.time.now())
        } else {
            json!({
                "kind": format!("{}List", kind.name()),
                "apiVersion": kind.api_version(),
                "metadata": {"resourceVersion": version.to_string()},
                "items": objects.iter().map(|object| &**object).collect::<Vec<_>>(),
            })
        };
        json_response(StatusCode::OK, &list)
    }
}
