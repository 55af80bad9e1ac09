//! Who does a deed: the engine of a real cluster, or the lab.

use std::sync::Arc;

use crate::{
    fault::{Fault, FaultError},
    lab::{Lab, LabError},
    observation::Deed,
};

/// Does deeds to control planes of one cluster.
#[derive(Debug, Clone)]
pub enum Hands {
    /// Through the container engine.
    Engine(Fault),
    /// In this process.
    Lab(Arc<Lab>),
}

/// Why a deed was not done, in words for a person.
#[derive(Debug, thiserror::Error)]
pub enum DeedError {
    /// The engine, or what stands between it and us.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// The lab.
    #[error(transparent)]
    Lab(#[from] LabError),
}

impl Hands {
    /// Does it, and returns when it is done: a stop takes up to eleven seconds.
    pub async fn carry_out(&self, deed: Deed, container: &str) -> Result<(), DeedError> {
        match self {
            Self::Engine(fault) => Ok(fault.carry_out(deed, container).await?),
            Self::Lab(lab) => Ok(lab.carry_out(deed).await?),
        }
    }
}

impl DeedError {
    /// Whether the deed was refused before anything was done.
    pub fn touched_nothing(&self) -> bool {
        match self {
            Self::Fault(error) => error.touched_nothing(),
            Self::Lab(error) => matches!(error, LabError::NotNow { .. }),
        }
    }
}
