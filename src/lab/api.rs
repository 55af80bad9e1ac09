//! The lab's API server: what it answers. A request comes in, an answer goes out; sockets are `server`'s.
//!
//! It answers in the words of the real one as far as blackout, a kubelet and kubectl read them. It keeps nothing but
//! what is in the [`Store`], and takes only what kubelets write; anything else may be tried out (`dryRun=All`) and is
//! not kept.

mod answer;
mod discovery;
mod health;
mod patch;
mod request;
mod table;
mod watching;
mod writing;

use hyper::{Request, Response, StatusCode, body::Incoming};
use serde_json::json;
use tokio::sync::watch;

pub(super) use answer::Body;
use answer::{Problem, json_answer};
use request::{Query, Target};

use super::{
    dice::Dice,
    pace::Pace,
    store::{Selection, Store},
    version::Version,
};

/// How far the API server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Serving {
    /// Its port is open, and it is not ready to speak.
    Mute,
    /// It speaks, and its roles are not loaded: 403 to everyone.
    Forbidding,
    /// It works, and some of its checks fail.
    Failing,
    /// It is ready.
    Ready,
}

/// The API server.
#[derive(Debug)]
pub(super) struct Api {
    store: Store,
    version: Version,
    pace: Pace,
    serving: watch::Receiver<Serving>,
    dice: Dice,
}

impl Api {
    pub(super) fn new(
        store: Store,
        version: Version,
        pace: Pace,
        serving: watch::Receiver<Serving>,
        dice: &Dice,
    ) -> Self {
        Self { store, version, pace, serving, dice: dice.of("api") }
    }

    /// How far it is, for those who wait for it.
    pub(super) fn serving(&self) -> watch::Receiver<Serving> {
        self.serving.clone()
    }

    /// Answers a request. A failure is an answer, too.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let serving = *self.serving.borrow();
        let answered = match serving {
            Serving::Mute | Serving::Forbidding => Err(forbidden(&request)),
            Serving::Failing | Serving::Ready => self.route(request, serving).await,
        };
        answered.unwrap_or_else(Problem::into_answer)
    }

    async fn route(&self, request: Request<Incoming>, serving: Serving) -> Result<Response<Body>, Problem> {
        let path = request.uri().path().trim_end_matches('/').to_owned();
        let query = Query::of(request.uri());
        match path.as_str() {
            "/version" => return Ok(json_answer(StatusCode::OK, &discovery::version(self.version))),
            "/livez" | "/healthz" | "/readyz" => return Ok(health::answer(&path, &query, serving)),
            _ => {}
        }
        if let Some(listed) = discovery::answer(&path) {
            return Ok(json_answer(StatusCode::OK, &listed));
        }
        let target = Target::of(&path).ok_or_else(|| Problem::no_such_path(&path))?;
        let as_table = table::is_wanted(&request);
        if request.method() != hyper::Method::GET {
            return self.write(request, &target, &query).await;
        }
        let Some(name) = &target.name else {
            let namespace = target.namespace.as_deref();
            let selection = Selection::new(namespace, query.get("fieldSelector"), query.get("labelSelector"));
            if query.is("watch") {
                return Ok(self.watch(target.kind, selection, &query, as_table));
            }
            let (objects, version) = self.store.list(target.kind, &selection);
            let body = if as_table {
                table::of(target.kind, &objects, &version.to_string(), self.pace.now())
            } else {
                json!({
                    "kind": format!("{}List", target.kind.name()),
                    "apiVersion": target.kind.api_version(),
                    "metadata": {"resourceVersion": version.to_string()},
                    "items": objects.iter().map(|object| &**object).collect::<Vec<_>>(),
                })
            };
            return Ok(json_answer(StatusCode::OK, &body));
        };
        // no log, no exec: nothing runs behind a pod of the lab but an answer
        if target.part.as_deref().is_some_and(|part| part != "status") {
            return Err(Problem::no_such_path(&path));
        }
        let object = self.store.get(target.kind, &target.key()).ok_or_else(|| Problem::not_found(target.kind, name))?;
        if as_table {
            let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
            return Ok(json_answer(StatusCode::OK, &table::of(target.kind, &[object], &version, self.pace.now())));
        }
        Ok(json_answer(StatusCode::OK, &*object))
    }
}

/// What everyone is told until the roles are loaded.
fn forbidden(request: &Request<Incoming>) -> Problem {
    let user = request.headers().get("x-remote-user").and_then(|user| user.to_str().ok()).unwrap_or("system:anonymous");
    let path = request.uri().path();
    let verb = request.method().as_str().to_ascii_lowercase();
    let Some(target) = Target::of(path) else {
        return Problem::forbidden(format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\""));
    };
    let verb = match (verb.as_str(), &target.name) {
        ("get", None) if Query::of(request.uri()).is("watch") => "watch",
        ("get", None) => "list",
        ("put", _) => "update",
        ("post", _) => "create",
        (verb, _) => verb,
    };
    let (plural, group) = (target.kind.plural(), target.kind.group());
    let what = target.name.as_ref().map(|name| format!("{plural}.{group} \"{name}\"").replace(". ", " "));
    let what = what.unwrap_or_else(|| format!("{plural}.{group}").trim_end_matches('.').to_owned());
    let place = match &target.namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    Problem::forbidden(format!(
        "{what} is forbidden: User \"{user}\" cannot {verb} resource \"{plural}\" in API group \"{group}\" {place}"
    ))
}
