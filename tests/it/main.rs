//! Whole-program tests, in one binary so that they link once.

mod analyze;
mod analyze_any;
mod analyze_forms;
mod analyze_program;
mod analyze_schema;
mod analyze_sieve;
mod architecture;
