//! Writes: what kubelets write is kept; anything may be tried out.

use http_body_util::{BodyExt as _, Limited};
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use serde_json::{Value, json};

use super::{
    Api,
    answer::{Body, Problem, json_answer},
    patch,
    request::{Query, Target},
};
use crate::lab::{
    objects,
    store::{Key, Kind},
};

/// The longest object that is taken.
const LONGEST: usize = 1 << 20;

impl Api {
    pub(super) async fn write(
        &self,
        request: Request<Incoming>,
        target: &Target,
        query: &Query,
    ) -> Result<Response<Body>, Problem> {
        let method = request.method().clone();
        let dry = query.get("dryRun") == "All";
        let is_patch = method == Method::PATCH;
        let name = target.name.clone().unwrap_or_default();
        let kept = match (&method, target.kind) {
            (&Method::POST, Kind::Leases | Kind::Events)
            | (&Method::PUT, Kind::Leases)
            | (&Method::PATCH, Kind::Nodes | Kind::Pods | Kind::Leases | Kind::Events) => true,
            _ => dry,
        };
        if !kept {
            return Err(Problem::not_taken(method.as_str()));
        }
        let body = body(request).await?;
        if method == Method::POST {
            return self.create(target, body, dry);
        }
        let there = self.store.get(target.kind, &target.key()).ok_or_else(|| Problem::not_found(target.kind, &name))?;
        if dry {
            let mut object = (*there).clone();
            if is_patch {
                patch::merge(&mut object, &body);
            }
            return Ok(json_answer(StatusCode::OK, &object));
        }
        let written = if is_patch {
            self.store.alter(target.kind, target.key(), |object| patch::merge(object, &body))
        } else {
            self.store.replace(target.kind, target.key(), body)
        };
        let object = written.map_err(|refused| Problem::refused(refused, target.kind, &name))?;
        Ok(json_answer(StatusCode::OK, &*object))
    }

    fn create(&self, target: &Target, mut object: Value, dry: bool) -> Result<Response<Body>, Problem> {
        let kind = target.kind;
        let mut dice = self.dice.of(&self.store.version().to_string());
        let metadata = &mut object["metadata"];
        if metadata["name"].as_str().is_none_or(str::is_empty) {
            let Some(prefix) = metadata["generateName"].as_str() else {
                return Err(Problem::invalid(
                    kind,
                    "",
                    "metadata.name: Required value: name or generateName is required",
                ));
            };
            metadata["name"] = json!(format!("{prefix}{}", dice.suffix(5)));
        }
        let name = metadata["name"].as_str().unwrap_or_default().to_owned();
        let namespace = match (&target.namespace, kind.is_namespaced()) {
            (Some(namespace), true) => namespace.clone(),
            (None, true) => "default".to_owned(),
            (_, false) => String::new(),
        };
        if kind.is_namespaced() {
            metadata["namespace"] = json!(namespace);
        }
        metadata["uid"] = json!(dice.uid());
        metadata["creationTimestamp"] = objects::time(self.pace.now());
        if kind == Kind::Pods {
            if object["spec"]["containers"].as_array().is_none_or(Vec::is_empty) {
                return Err(Problem::invalid(kind, &name, "spec.containers: Required value"));
            }
            object["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"});
        }
        let key = Key::new(&namespace, &name);
        if dry {
            if self.store.get(kind, &key).is_some() {
                return Err(Problem::refused(crate::lab::store::Refused::Exists, kind, &name));
            }
            object["kind"] = json!(kind.name());
            object["apiVersion"] = json!(kind.api_version());
            return Ok(json_answer(StatusCode::CREATED, &object));
        }
        let made = self.store.create(kind, key, object).map_err(|refused| Problem::refused(refused, kind, &name))?;
        Ok(json_answer(StatusCode::CREATED, &*made))
    }
}

async fn body(request: Request<Incoming>) -> Result<Value, Problem> {
    let unreadable = |words: String| Problem::bad_request(format!("the request's body cannot be read: {words}"));
    let body = Limited::new(request.into_body(), LONGEST).collect().await;
    let bytes = body.map_err(|error| unreadable(error.to_string()))?.to_bytes();
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))
}
