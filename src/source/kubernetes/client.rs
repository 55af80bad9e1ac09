//! Client of one watch, with a connection pool of its own.
//!
//! The time to the headers of an answer is limited; the body of a watch's answer may last.

use std::time::Duration;

use kube::client::ClientBuilder;
use tower::timeout::TimeoutLayer;

use super::answer_count::{AnswerCount, count_answers};
use crate::{error_chain, source::access::AccessError};

/// Time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Time limit for sending a request.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// Time limit for the headers of an answer.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(3);

/// Creates a client, and the count of its answered watch requests.
///
/// # Errors
///
/// Fails if kube refuses the configuration.
pub(super) fn client(mut config: kube::Config) -> Result<(kube::Client, AnswerCount), AccessError> {
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.write_timeout = Some(WRITE_TIMEOUT);
    let builder = ClientBuilder::try_from(config)
        .map_err(|source| AccessError::Client { message: error_chain::message(&source), source: source.into() })?;
    let (counting, answers) = count_answers();
    let client = builder.with_layer(&TimeoutLayer::new(HEADERS_TIMEOUT)).with_layer(&counting).build();
    Ok((client, answers))
}
