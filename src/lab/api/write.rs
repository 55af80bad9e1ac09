//! Writes: those of kubelets are stored, any other may be tried with `dryRun=All`.

use http_body_util::{BodyExt as _, Limited};
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use serde_json::{Value, json};

use super::{
    ApiHandler, patch,
    query::QueryParams,
    resource_path::ResourcePath,
    response::{ApiBody, StatusError, json_response},
};
use crate::lab::cluster::{
    object_kind::ObjectKind,
    objects,
    store::{ObjectKey, StoreError},
};

/// Largest body that is read, in bytes. etcd limits a request to 1.5 MB.
const MAX_BODY: usize = 1 << 20;

impl ApiHandler {
    /// Creates, replaces or patches an object.
    ///
    /// # Errors
    ///
    /// If the write is neither a kubelet's nor a dry run, if its body can't be read, or if the store rejects it.
    pub(super) async fn write(
        &self,
        request: Request<Incoming>,
        resource: &ResourcePath,
        query: &QueryParams,
    ) -> Result<Response<ApiBody>, StatusError> {
        let method = request.method().clone();
        let dry_run = query.get("dryRun") == "All";
        if !dry_run && !is_written_by_kubelets(&method, resource.kind) {
            return Err(StatusError::read_only(method.as_str()));
        }
        let body = read_body(request).await?;
        if method == Method::POST {
            return self.create(resource, body, dry_run);
        }
        let (kind, key) = (resource.kind, resource.key());
        let name = key.name.clone();
        let stored = self.store.get(kind, &key).ok_or_else(|| StatusError::not_found(kind, &name))?;
        let is_patch = method == Method::PATCH;
        if dry_run {
            let mut object = (*stored).clone();
            if is_patch {
                patch::merge(&mut object, &body);
            }
            return Ok(json_response(StatusCode::OK, &object));
        }
        let written = if is_patch {
            self.store.update(kind, key, |object| patch::merge(object, &body))
        } else {
            self.store.replace(kind, key, body)
        };
        let object = written.map_err(|error| StatusError::not_written(error, kind, &name))?;
        Ok(json_response(StatusCode::OK, &*object))
    }

    fn create(
        &self,
        resource: &ResourcePath,
        mut object: Value,
        dry_run: bool,
    ) -> Result<Response<ApiBody>, StatusError> {
        let kind = resource.kind;
        let mut rng = self.rng.stream(&self.store.version().to_string());
        let metadata = &mut object["metadata"];
        if metadata["name"].as_str().is_none_or(str::is_empty) {
            let Some(prefix) = metadata["generateName"].as_str() else {
                let message = "metadata.name: Required value: name or generateName is required";
                return Err(StatusError::invalid(kind, "", message));
            };
            metadata["name"] = json!(format!("{prefix}{}", rng.name_suffix(5)));
        }
        let name = metadata["name"].as_str().unwrap_or_default().to_owned();
        let namespace = match (&resource.namespace, kind.is_namespaced()) {
            (Some(namespace), true) => namespace.clone(),
            (None, true) => "default".to_owned(),
            (_, false) => String::new(),
        };
        if kind.is_namespaced() {
            metadata["namespace"] = json!(namespace);
        }
        metadata["uid"] = json!(rng.uid());
        metadata["creationTimestamp"] = objects::time(self.time.now());
        if kind == ObjectKind::Pods {
            if object["spec"]["containers"].as_array().is_none_or(Vec::is_empty) {
                return Err(StatusError::invalid(kind, &name, "spec.containers: Required value"));
            }
            object["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"});
        }
        let key = ObjectKey::new(&namespace, &name);
        if dry_run {
            if self.store.get(kind, &key).is_some() {
                return Err(StatusError::not_written(StoreError::AlreadyExists, kind, &name));
            }
            object["kind"] = json!(kind.name());
            object["apiVersion"] = json!(kind.api_version());
            return Ok(json_response(StatusCode::CREATED, &object));
        }
        let created =
            self.store.create(kind, key, object).map_err(|error| StatusError::not_written(error, kind, &name))?;
        Ok(json_response(StatusCode::CREATED, &*created))
    }
}

fn is_written_by_kubelets(method: &Method, kind: ObjectKind) -> bool {
    use ObjectKind::{Events, Leases, Nodes, Pods};
    match *method {
        Method::POST => matches!(kind, Leases | Events),
        Method::PUT => kind == Leases,
        Method::PATCH => matches!(kind, Nodes | Pods | Leases | Events),
        _ => false,
    }
}

async fn read_body(request: Request<Incoming>) -> Result<Value, StatusError> {
    let unreadable = |error: String| StatusError::bad_request(format!("the request body cannot be read: {error}"));
    let body = Limited::new(request.into_body(), MAX_BODY).collect().await;
    let bytes = body.map_err(|error| unreadable(error.to_string()))?.to_bytes();
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))
}
