//! Whole-program tests and tests against fakes, in one binary so that they link once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod analyze;
mod analyze_any;
mod analyze_forms;
mod analyze_program;
mod analyze_schema;
mod analyze_tape;
mod architecture;
mod docker;
mod ears;
mod fake_api;
mod fake_engine;
mod fault;
mod http;
mod journal;
mod kubernetes;
mod lab;
mod live;
mod probes;
mod program;
mod questions;
mod real_cluster;
mod tapes;
mod terminal;
