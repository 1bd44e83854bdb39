//! States, events and decisions of jobs and files. Pure: no database, no clock, no randomness.

pub mod file;
pub mod job;
mod job_event;
mod spec;
pub(crate) mod text;

pub use job::{Item, ItemState, Job, Outcome, Output, Priority, State};
pub use job_event::{JobEvent, Released, Submitted};
pub use spec::{Input, Notify, Spec};

use serde::{Deserialize, Serialize};

use self::text::as_text;

/// An event as it stands in its stream: positions count from 1 without a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded<E> {
    /// Place in the stream.
    pub position: i64,
    /// When it was recorded.
    pub at: chrono::DateTime<chrono::Utc>,
    /// What happened.
    pub event: E,
}

/// What a stream is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A job.
    Job,
    /// A file.
    File,
}

as_text!(Kind { Job = "job", File = "file" });
