//! The client of one watch, which tells when the API server has answered the watch's request.
//!
//! The time to an answer's headers is bounded; the answer of a watch goes on for as long as it likes.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{TryFutureExt as _, future::BoxFuture};
use http::{Request, Response};
use kube::client::{Body, ClientBuilder};
use tokio::sync::watch;
use tower::{BoxError, Layer, Service, timeout::TimeoutLayer};

use crate::source::{access::AccessError, failure};

const CONNECT: Duration = Duration::from_secs(2);
const WRITE: Duration = Duration::from_secs(5);
const HEADERS: Duration = Duration::from_secs(3);

/// Counts the watches that the API server has begun to answer.
pub(super) type Answered = watch::Receiver<u64>;

/// A client with a connection pool of its own, and the count of the watches that were answered.
pub(super) fn client(mut config: kube::Config) -> Result<(kube::Client, Answered), AccessError> {
    config.connect_timeout = Some(CONNECT);
    config.write_timeout = Some(WRITE);
    let builder = ClientBuilder::try_from(config)
        .map_err(|source| AccessError::Client { words: failure::words(&source), source: source.into() })?;
    let (sender, answered) = watch::channel(0);
    let client = builder.with_layer(&TimeoutLayer::new(HEADERS)).with_layer(&Listen(sender)).build();
    Ok((client, answered))
}

/// Listens for answers to watches.
#[derive(Clone)]
struct Listen(watch::Sender<u64>);

impl<S> Layer<S> for Listen {
    type Service = Listening<S>;

    fn layer(&self, inner: S) -> Listening<S> {
        Listening { inner, answered: self.0.clone() }
    }
}

struct Listening<S> {
    inner: S,
    answered: watch::Sender<u64>,
}

impl<S, B> Service<Request<Body>> for Listening<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
    S::Future: Send + 'static,
    B: 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<B>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let is_watch = request.uri().query().is_some_and(|query| query.contains("watch="));
        let answered = self.answered.clone();
        Box::pin(self.inner.call(request).inspect_ok(move |response| {
            if is_watch && response.status().is_success() {
                answered.send_modify(|count| *count += 1);
            }
        }))
    }
}
