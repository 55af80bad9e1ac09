//! Tests of the sources and the faults against fakes on loopback and a unix socket: no Docker, no network.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod docker;
mod ears;
mod fake_api;
mod fake_engine;
mod fault;
mod http;
mod journal;
mod kubernetes;
mod live;
mod probes;
