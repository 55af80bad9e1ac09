//! Tests of the whole program and tests against fakes, in one binary that is linked once.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod analyze;
mod analyze_any;
mod analyze_filter;
mod analyze_forms;
mod analyze_program;
mod analyze_schema;
mod analyze_tape;
mod api_probes;
mod architecture;
mod credentials;
mod docker;
mod fake_api;
mod fake_engine;
mod fault;
mod files;
mod fuzz_findings;
mod half_open;
mod hostile_output;
mod hostile_tapes;
mod http;
#[path = "../../crates/kubelet-journal/tests/it/import_graph.rs"]
mod import_graph;
mod journal;
mod kubernetes;
mod lab;
mod live;
mod machine_sleep;
mod observations;
mod odd_files;
mod probes;
mod program;
#[cfg(target_os = "linux")]
mod promises;
mod proxy;
mod real_cluster;
#[cfg(unix)]
mod resize;
#[cfg(target_os = "linux")]
mod stuck_reader;
#[cfg(unix)]
mod stuck_terminal;
#[cfg(target_os = "linux")]
mod suspend;
mod tapes;
mod terminal;
