//! What can happen to a job. Old events must stay readable: add kinds and optional fields only.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::job::{Item, Output, Priority, State};
use super::spec::Spec;
use crate::ids::{AccountId, JobId, OwnerId};
use crate::problem::Problem;

/// An event of a job's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobEvent {
    /// It was accepted. Always the first.
    Submitted(Box<Submitted>),
    /// A worker took it.
    Started {
        /// Counts takes, from 1.
        attempt: i32,
    },
    /// An attempt failed and there will be another.
    Retrying {
        /// Counts what the job did wrong.
        failures: i32,
        /// Why.
        error: Problem,
        /// Not before then.
        not_before: DateTime<Utc>,
    },
    /// It went back into the queue through no fault of its own, or its worker vanished.
    Released {
        /// Why.
        reason: Released,
        /// Not before then.
        not_before: Option<DateTime<Utc>>,
    },
    /// It ended. Always the last.
    Ended {
        /// One of the four ends.
        state: State,
        /// Each input's end.
        items: Vec<Item>,
        /// What it made.
        outputs: Vec<Output>,
        /// Why it failed.
        error: Option<Problem>,
        /// When it and its outputs go.
        expires_at: DateTime<Utc>,
    },
}

/// Why a running job went back into the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RetryReason")]
#[serde(rename_all = "snake_case")]
pub enum Released {
    /// The worker was told to stop.
    Shutdown,
    /// Database, objects or another server did not answer for too long.
    Environment,
    /// The worker's lease ran out.
    Crash,
    /// A living worker did not know of it.
    Forgotten,
}

/// All that a new job is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// The job.
    pub id: JobId,
    /// Whose it is.
    pub owner_id: OwnerId,
    /// Who submitted it.
    pub created_by: AccountId,
    /// For people.
    pub name: Option<String>,
    /// For programs.
    pub metadata: Map<String, Value>,
    /// How urgent.
    pub priority: Priority,
    /// What to do.
    pub spec: Spec,
    /// The version of the step table it was normalised by.
    pub spec_version: i16,
    /// How many failures end it.
    pub max_attempts: i32,
    /// Not before then.
    pub not_before: Option<DateTime<Utc>>,
    /// The job this one tries again.
    pub retry_of: Option<JobId>,
}

impl JobEvent {
    /// The name it is stored and shown under.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Submitted(_) => "submitted",
            Self::Started { .. } => "started",
            Self::Retrying { .. } => "retrying",
            Self::Released { .. } => "released",
            Self::Ended { state, .. } => state.name(),
        }
    }
}
