//! Promise 3: a control plane that was taken away comes back, whatever happens to the dashboard, its terminal, its tape,
//! its state folder or the engine. Each case is a test of its own whose name says the case; all run against an engine
//! whose stop goes on after its client has hung up, and an API server that lives in the container.
//!
//! Slow cases are ignored by default: `cargo test --test it promises -- --ignored`.

mod colleagues;
mod deeds;
mod guard;
mod intents;
mod late;
mod leaving;
mod moments;
pub(crate) mod processes;
mod restore;
mod stage;
mod state_folder;
mod troubles;
mod unread;
