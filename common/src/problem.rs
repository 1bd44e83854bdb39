//! What went wrong, as RFC 9457 tells it to a client.

use std::fmt;

use filittle_steps::Mistake;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($name:ident $code:literal $status:literal $title:literal,)+) => {
        /// Every kind of problem. The code is part of the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Kind { $(#[serde(rename = $code)] $name,)+ }

        impl Kind {
            /// All kinds, for the documents.
            pub const ALL: &[Kind] = &[$(Kind::$name,)+];

            /// The last part of `type`.
            pub fn code(self) -> &'static str {
                match self { $(Kind::$name => $code,)+ }
            }

            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Kind::$name => $status,)+ }
            }

            /// A short title that never changes.
            pub fn title(self) -> &'static str {
                match self { $(Kind::$name => $title,)+ }
            }
        }
    };
}

kinds! {
    BadRequest "bad-request" 400 "The request cannot be read",
    Unauthenticated "unauthenticated" 401 "Sign in first",
    Forbidden "forbidden" 403 "Not allowed",
    NotFound "not-found" 404 "Not found",
    MethodNotAllowed "method-not-allowed" 405 "Method not allowed",
    NotAcceptable "not-acceptable" 406 "It cannot be had in this form",
    Conflict "conflict" 409 "The state does not allow this",
    Gone "gone" 410 "Gone",
    PreconditionFailed "precondition-failed" 412 "It has changed meanwhile",
    TooLarge "too-large" 413 "Too large",
    UnsupportedMediaType "unsupported-media-type" 415 "This kind of file is not supported here",
    RangeNotSatisfiable "range-not-satisfiable" 416 "The range lies outside the content",
    Invalid "invalid" 422 "Some values are not right",
    EmptyFile "empty-file" 422 "The file is empty",
    DamagedPicture "damaged-picture" 422 "The picture is damaged",
    TruncatedPicture "truncated-picture" 422 "The picture ends too early",
    TooManyPixels "too-many-pixels" 422 "The picture has too many pixels",
    PictureTooLarge "picture-too-large" 422 "The picture is too large",
    DamagedArchive "damaged-archive" 422 "The archive is damaged",
    TruncatedArchive "truncated-archive" 422 "The archive ends too early",
    UnsupportedArchive "unsupported-archive" 422 "This is nothing that is unpacked here",
    EncryptedArchive "encrypted-archive" 422 "The archive is encrypted",
    OverlappingArchive "overlapping-archive" 422 "Files of the archive overlap",
    TooManyEntries "too-many-entries" 422 "The archive has too many files",
    TooManyOutputs "too-many-outputs" 422 "There are too many results",
    ExpansionTooLarge "expansion-too-large" 422 "It would grow too much",
    OutputTooLarge "output-too-large" 422 "The result grows too large",
    DeadlineExceeded "deadline-exceeded" 422 "The work took too long",
    NotEnoughMemory "not-enough-memory" 422 "It needs more memory than there is",
    CannotBeProcessed "cannot-be-processed" 422 "The file cannot be processed",
    AllInputsFailed "all-inputs-failed" 422 "No input could be processed",
    TooManyRequests "too-many-requests" 429 "Too many requests",
    TooManyJobs "too-many-jobs" 429 "Too many of your jobs wait",
    WorkerCrashed "worker-crashed" 500 "The worker died of this job, several times",
    TooManyAttempts "too-many-attempts" 500 "Every attempt failed",
    Internal "internal" 500 "A fault of the service",
    Unavailable "unavailable" 503 "The service cannot do this right now",
    BacklogFull "backlog-full" 503 "Too many jobs wait",
    InsufficientStorage "insufficient-storage" 507 "There is no room left",
}

impl Kind {
    /// The kind with this code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

/// A problem with its particulars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of problem it is.
    pub kind: Kind,
    /// What was wrong here, and what would be right.
    pub detail: String,
    /// Each mistake of bad input, with its pointer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Mistake>,
}

/// For logs and terminals.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code(), self.detail)?;
        for Mistake { pointer, detail } in &self.errors {
            write!(f, "\n  {pointer}: {detail}")?;
        }
        Ok(())
    }
}

impl Problem {
    /// A problem with a sentence about this occurrence.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// Bad input: all its mistakes at once.
    pub fn invalid(errors: Vec<Mistake>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            many => format!("{} values are not right; see errors", many.len()),
        };
        Self {
            kind: Kind::Invalid,
            detail,
            errors,
        }
    }
}
