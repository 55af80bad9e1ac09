//! HTTP layer that counts the answers to watch requests.

use std::task::{Context, Poll};

use futures_util::{TryFutureExt as _, future::BoxFuture};
use http::{Request, Response};
use kube::client::Body;
use tokio::sync::watch;
use tower::{BoxError, Layer, Service};

/// Number of watch requests that the API server has answered with success, by the headers of the answer.
pub(super) type AnswerCount = watch::Receiver<u64>;

/// Creates the layer and the receiver of its count.
pub(super) fn count_answers() -> (CountAnswersLayer, AnswerCount) {
    let (sender, count) = watch::channel(0);
    (CountAnswersLayer(sender), count)
}

/// Layer that adds [`CountAnswers`].
#[derive(Clone)]
pub(super) struct CountAnswersLayer(watch::Sender<u64>);

impl<S> Layer<S> for CountAnswersLayer {
    type Service = CountAnswers<S>;

    fn layer(&self, inner: S) -> CountAnswers<S> {
        CountAnswers { inner, count: self.0.clone() }
    }
}

/// Service that counts answers.
pub(super) struct CountAnswers<S> {
    inner: S,
    count: watch::Sender<u64>,
}

impl<S, B> Service<Request<Body>> for CountAnswers<S>
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
        let count = self.count.clone();
        Box::pin(self.inner.call(request).inspect_ok(move |response| {
            if is_watch && response.status().is_success() {
                count.send_modify(|count| *count += 1);
            }
        }))
    }
}
