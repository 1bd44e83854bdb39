//! What a job was asked to do, with every default filled in.

use filittle_steps::Step;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BlobId, FileId};

/// The normalised order of a job. It never changes after submit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// What to work on.
    pub inputs: Vec<Input>,
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// How long an ended job and its outputs stay.
    pub keep_seconds: i64,
    /// Whether outputs also become files.
    pub keep: bool,
    /// Who is told.
    pub notify: Notify,
}

/// One input, as it was when the job was submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The file it was; nil when it came with the job and belongs to it.
    pub file: FileId,
    /// Its name then.
    pub name: String,
    /// Its content then, which stays as long as the job.
    pub blob: BlobId,
    /// Bytes.
    pub size: u64,
    /// As sniffed.
    pub media_type: String,
}

/// Who is told of the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// A mail to the account's own address.
    pub email: bool,
}
