//! The cause in an error text: which of the ways to fail it names.
//!
//! The order matters and is that of the causes, not of the words: a name that leads nowhere is a DNS failure even when its look-up ended in
//! a refused packet, and an answer of the API server is an answer even when it speaks of time. The caller hands over the error part
//! only; what was being done is no business of this file.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::classify::symptom::Symptom;
use crate::scan::{needle, needle_back};

/// What an error text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The call failed in this way; [`Symptom::None`] when the text does not say how.
    Failed(Symptom),
    /// The API server answered, and there was nothing wrong with it.
    Answered,
}

impl Cause {
    pub(crate) const fn symptom(self) -> Symptom {
        match self {
            Self::Failed(symptom) => symptom,
            Self::Answered => Symptom::None,
        }
    }
}

/// What a phrase in an error text stands for.
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
            // the kernel refuses to send: no address of that family or no port left, or a filter on this side
            "cannot assign requested address",
            "connect: operation not permitted",
            "connect: permission denied",
        ],
    ),
    // the server's own words: what they quote happened behind it
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
    // a stream that broke without saying how; the words around it blame the server
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

/// The length of what marks an error of the try before, which client-go appends.
const PREVIOUS: usize = " - error from a previous attempt: ".len();

/// All phrases at once, and the rank of each.
static PHRASEBOOK: LazyLock<Option<(AhoCorasick, Vec<usize>)>> = LazyLock::new(|| {
    let ranked = || {
        PHRASES.iter().enumerate().flat_map(|(rank, (_, phrases))| phrases.iter().map(move |phrase| (rank, *phrase)))
    };
    let automaton =
        AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(ranked().map(|(_, phrase)| phrase)).ok()?;
    Some((automaton, ranked().map(|(rank, _)| rank).collect()))
});

/// The first meaning, in the order in which they decide, that one of its phrases gives to the text.
fn meaning(error: &str) -> Option<Meaning> {
    let (automaton, ranks) = PHRASEBOOK.as_ref()?;
    let found = automaton.find_overlapping_iter(error).map(|found| ranks[found.pattern().as_usize()]).min()?;
    Some(PHRASES[found].0)
}

/// How an error of Go's HTTP client ends, for the ends that mean one thing only once no name was looked up.
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

/// The cause of an error in the one form that nearly every line of an outage has: `… Get "https://…": cause`. All that is short is looked
/// at, and nothing that the server may have said; whatever does not fit takes the long way.
fn of_transport(error: &str) -> Option<Symptom> {
    let bytes = error.as_bytes();
    let url = needle!("://").find(&bytes[..bytes.len().min(400)])?;
    let head = &bytes[..url];
    if needle!("nternal").find(head).is_some()
        || needle!("webhook").find(head).is_some()
        || needle!("server (").find(head).is_some()
    {
        return None;
    }
    let end = url + 3 + memchr::memchr3(b'"', b'\\', b' ', &bytes[url + 3..])?;
    let cause = &bytes[end..];
    if cause.len() > 240 || needle!("error from a previous").find(cause).is_some() {
        return None;
    }
    if needle!(": lookup ").find(cause).is_some() {
        return Some(Symptom::DnsFailure);
    }
    ENDS.iter().find(|(end, _)| cause.ends_with(end.as_bytes())).map(|(_, symptom)| *symptom)
}

/// The cause that an error text names.
pub(crate) fn cause(error: &str) -> Cause {
    let bytes = error.as_bytes();
    if let Some(symptom) = of_transport(error) {
        return Cause::Failed(symptom);
    }
    // `timed out waiting for the condition; caused by: …`: the wait is not the cause
    let error = needle_back!("caused by: ").rfind(bytes).map_or(error, |at| &error[at + 11..]);
    let bytes = error.as_bytes();
    match needle!(" - error from a previous attempt: ").find(bytes) {
        None => of_one(error),
        Some(at) => match of_one(&error[..at]) {
            Cause::Failed(Symptom::None) => of_one(&error[at + PREVIOUS..]),
            cause => cause,
        },
    }
}

fn of_one(error: &str) -> Cause {
    match meaning(error) {
        Some(Is(symptom)) => Cause::Failed(symptom),
        Some(Answer) => Cause::Answered,
        None if ends_in_eof(error) => Cause::Failed(Symptom::ConnectionLost),
        None => Cause::Failed(Symptom::None),
    }
}

/// `EOF` alone means something only as the last word of an error, or of the error inside one.
fn ends_in_eof(error: &str) -> bool {
    let error = error.trim_end_matches(['"', '\\', ')', '\'', ' ', '.', ',']);
    error == "EOF"
        || error.ends_with(": EOF")
        || error.ends_with("(\\\"EOF")
        || error.ends_with("(\"EOF")
        || needle!(": EOF").find(error.as_bytes()).is_some()
}

/// The cause of an error that came in from outside: only what the other side was refused for.
pub(crate) fn incoming(error: &str) -> Symptom {
    let refused = ["x509: ", "tls: ", "Unauthorized"].iter().any(|phrase| error.contains(phrase));
    if refused { Symptom::TlsOrAuth } else { Symptom::None }
}
