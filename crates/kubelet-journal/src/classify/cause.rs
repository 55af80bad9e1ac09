//! The cause that an error text names.
//!
//! The phrases decide in a fixed order of causes, not in their order in the text: a name that does not resolve is a DNS
//! failure even if the lookup ended in a refused packet, and an answer of the API server is an answer even if it
//! mentions a timeout. The caller passes the error part only.
//!
//! Sources of the phrases: Go's `net`, `net/http`, `crypto/tls`, `crypto/x509` and `syscall` packages;
//! `api/errors/errors.go` of k8s.io/apimachinery; etcd's `api/v3rpc/rpctypes/error.go`; and lines of
//! `tests/fixtures/corpus`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::classify::symptom::Symptom;
use crate::scan::{needle, needle_back};

/// The cause that an error text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorCause {
    /// The call failed in this way; [`Symptom::None`] if the text does not name a cause.
    Failed(Symptom),
    /// The API server answered and works: the error is about the request (404, 409).
    Answered,
}

impl ErrorCause {
    pub(crate) const fn symptom(self) -> Symptom {
        match self {
            Self::Failed(symptom) => symptom,
            Self::Answered => Symptom::None,
        }
    }
}

/// The cause that a phrase in an error text proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Is(Symptom),
    Answer,
}

use Meaning::{Answer, Is};

/// The phrases in the order in which they decide.
const PHRASES: &[(Meaning, &[&str])] = &[
    (
        Is(Symptom::DnsFailure),
        &[
            ": lookup ",
            "no such host",
            "server misbehaving",
            "ame resolution",
            "could not resolve",
            "ould not resolve host",
            "Name or service not known",
            "no DNS servers",
        ],
    ),
    (
        Is(Symptom::Unreachable),
        &[
            "o route to host",
            "etwork is unreachable",
            "ost is unreachable",
            "network is down",
            "host is down",
            "unreachable network",
            "unreachable host",
            // the kernel refuses to send: no address of that family, no free port, or a local packet filter
            "cannot assign requested address",
            "connect: operation not permitted",
            "connect: permission denied",
        ],
    ),
    // the server's own words; an error that they quote happened behind it
    (
        Is(Symptom::ServerError),
        &[
            "Internal error occurred",
            "InternalError",
            "Internal Server Error",
            "etcdserver:",
            "etcd cluster is unavailable",
            "database is closed",
            "database is locked",
            "mvcc: ",
            "request did not complete",
            "Too large resource version",
            "in the time allotted",
        ],
    ),
    (Is(Symptom::ConnectionRefused), &["onnection refused", "actively refused"]),
    (
        Is(Symptom::RateLimited),
        &["too many requests", "Too Many Requests", "Too many requests", "TooManyRequests", "status code 429"],
    ),
    (
        Is(Symptom::ConnectionLost),
        &[
            "client connection lost",
            "connection reset",
            "transport is closing",
            "before server preface received",
            "broken pipe",
            "unexpected EOF",
            "GOAWAY",
            "stream error",
            "closed network connection",
            "connection force closed",
            "client conn not usable",
            "client conn could not be established",
            "client conn is closed",
            "transport connection broken",
            "server closed idle connection",
            "server closed connection",
            "forcibly closed",
            "onnection was aborted",
            "connection abort",
            "connection has been closed",
            "abnormal closure",
            "Unexpected watch close",
            "local error: tls: bad record MAC",
            "closed the connection",
        ],
    ),
    (
        Is(Symptom::Timeout),
        &[
            "i/o timeout",
            "TLS handshake timeout",
            "Client.Timeout",
            "deadline exceeded",
            "exceed context deadline",
            "onnection timed out",
            "operation timed out",
            "timeout awaiting response",
            "did not properly respond",
            "request canceled",
            "timed out waiting",
            "DeadlineExceeded",
            "timeout expired",
            "request timed out",
            "Gateway Time",
            "no response from",
        ],
    ),
    (
        Is(Symptom::TlsOrAuth),
        &[
            "getting credentials",
            "cannot fetch token",
            "x509: ",
            "remote error: tls",
            "tls: ",
            "HTTP response to HTTPS client",
            "Unauthorized",
            "provide credentials",
            "Proxy Authentication Required",
        ],
    ),
    (
        Answer,
        &[
            "\" not found",
            "already exists",
            "object has been modified",
            "could not find the requested resource",
            "is invalid: ",
            "not a known field selector",
            "field label not supported",
            "being terminated",
            "StorageError",
            "recondition failed",
            "UID in precondition",
            "too old",
            "no matches for kind",
            "no kind is registered",
            "exceeded quota",
            "context canceled",
            "not registered",
        ],
    ),
    (Is(Symptom::TlsOrAuth), &["is forbidden", "Forbidden", "forbidden:", "ermission denied by"]),
    // a stream that broke; the words around it name the server
    (Is(Symptom::ConnectionLost), &["from the watch stream"]),
    (
        Is(Symptom::ServerError),
        &[
            "unable to handle the request",
            "an error on the server",
            "ServiceUnavailable",
            "Service Unavailable",
            "Bad Gateway",
            "Bad Request",
            "with statuscode: ",
            "apiserver not ready",
            "apiserver is shutting down",
            "is starting, please try again",
            "reinitializing",
            "(re)initializing",
            "unexpected status code 5",
            "response status code 5",
            "Response status: 5",
        ],
    ),
];

/// The separator before the error of the previous try, which `WrapPreviousError` of client-go's `rest/with_retry.go`
/// adds.
const PREVIOUS: &str = " - error from a previous attempt: ";

/// An automaton that finds all phrases at once, and the rank of each phrase.
static PHRASEBOOK: LazyLock<Option<(AhoCorasick, Vec<usize>)>> = LazyLock::new(|| {
    let ranked = || {
        PHRASES.iter().enumerate().flat_map(|(rank, (_, phrases))| phrases.iter().map(move |phrase| (rank, *phrase)))
    };
    let automaton =
        AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(ranked().map(|(_, phrase)| phrase)).ok()?;
    Some((automaton, ranked().map(|(rank, _)| rank).collect()))
});

/// Returns the meaning of the phrase in the text that decides first; `None` if there is no phrase in it.
fn meaning(error: &str) -> Option<Meaning> {
    let (automaton, ranks) = PHRASEBOOK.as_ref()?;
    let found = automaton.find_overlapping_iter(error).map(|found| ranks[found.pattern().as_usize()]).min()?;
    Some(PHRASES[found].0)
}

/// Ends of the errors of Go's HTTP client that are unambiguous if no name was looked up.
const ENDS: &[(&str, Symptom)] = &[
    ("connection refused", Symptom::ConnectionRefused),
    ("i/o timeout", Symptom::Timeout),
    ("deadline exceeded", Symptom::Timeout),
    ("while awaiting headers)", Symptom::Timeout),
    ("TLS handshake timeout", Symptom::Timeout),
    ("connection timed out", Symptom::Timeout),
    ("connection lost", Symptom::ConnectionLost),
    ("reset by peer", Symptom::ConnectionLost),
    ("broken pipe", Symptom::ConnectionLost),
    (": EOF", Symptom::ConnectionLost),
    ("unexpected EOF", Symptom::ConnectionLost),
    ("no route to host", Symptom::Unreachable),
    ("network is unreachable", Symptom::Unreachable),
    ("signed by unknown authority", Symptom::TlsOrAuth),
];

/// Bytes from the start of an error within which the URL of a transport error is looked for.
const URL_WITHIN: usize = 400;

/// Longest cause after the URL that the fast path reads, in bytes.
const LONGEST_TRANSPORT_CAUSE: usize = 240;

/// Finds the cause of an error in the form of nearly every line of an outage: `… Get "https://…": cause`.
///
/// This is a fast path. `None` if the error is long, may quote the server, or has another form; then the phrases
/// decide.
fn of_transport(error: &str) -> Option<Symptom> {
    let bytes = error.as_bytes();
    let url = needle!("://").find(&bytes[..bytes.len().min(URL_WITHIN)])?;
    let head = &bytes[..url];
    if needle!("nternal").find(head).is_some()
        || needle!("webhook").find(head).is_some()
        || needle!("server (").find(head).is_some()
    {
        return None;
    }
    let end = url + 3 + memchr::memchr3(b'"', b'\\', b' ', &bytes[url + 3..])?;
    let cause = &bytes[end..];
    if cause.len() > LONGEST_TRANSPORT_CAUSE || needle!("error from a previous").find(cause).is_some() {
        return None;
    }
    if needle!(": lookup ").find(cause).is_some() {
        return Some(Symptom::DnsFailure);
    }
    ENDS.iter().find(|(end, _)| cause.ends_with(end.as_bytes())).map(|(_, symptom)| *symptom)
}

/// Finds the cause that an error text names.
pub(crate) fn cause(error: &str) -> ErrorCause {
    let bytes = error.as_bytes();
    if let Some(symptom) = of_transport(error) {
        return ErrorCause::Failed(symptom);
    }
    // `timed out waiting for the condition; caused by: …`: the timeout is not the cause
    let error = needle_back!("caused by: ").rfind(bytes).map_or(error, |at| &error[at + 11..]);
    let bytes = error.as_bytes();
    match needle!(" - error from a previous attempt: ").find(bytes) {
        None => of_one(error),
        Some(at) => match of_one(&error[..at]) {
            ErrorCause::Failed(Symptom::None) => of_one(&error[at + PREVIOUS.len()..]),
            cause => cause,
        },
    }
}

fn of_one(error: &str) -> ErrorCause {
    match meaning(error) {
        Some(Is(symptom)) => ErrorCause::Failed(symptom),
        Some(Answer) => ErrorCause::Answered,
        None if ends_in_eof(error) => ErrorCause::Failed(Symptom::ConnectionLost),
        None => ErrorCause::Failed(Symptom::None),
    }
}

/// Whether an error, or one that it quotes, ends with `EOF`; elsewhere the word means nothing.
fn ends_in_eof(error: &str) -> bool {
    let error = error.trim_end_matches(['"', '\\', ')', '\'', ' ', '.', ',']);
    error == "EOF"
        || error.ends_with(": EOF")
        || error.ends_with("(\\\"EOF")
        || error.ends_with("(\"EOF")
        || needle!(": EOF").find(error.as_bytes()).is_some()
}

/// Finds the symptom of a request that came in from outside: [`Symptom::TlsOrAuth`] if it was refused, else none.
pub(crate) fn incoming(error: &str) -> Symptom {
    let refused = ["x509: ", "tls: ", "Unauthorized"].iter().any(|phrase| error.contains(phrase));
    if refused { Symptom::TlsOrAuth } else { Symptom::None }
}
