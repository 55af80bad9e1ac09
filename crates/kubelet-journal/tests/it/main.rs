//! The tests that need the fixtures of the repository, in one program.

mod architecture;
mod bulk;
mod corpus;
mod fixtures;
mod forms;
mod import_graph;
mod journals;
mod prefilter;
mod total;
