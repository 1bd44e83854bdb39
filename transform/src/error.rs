use std::io;

/// Why an input or a run ended without its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be worked on. Trying again will not help.
    #[error("{detail}")]
    BadInput {
        /// Stable, kebab-case, such as `truncated-picture`.
        code: &'static str,
        /// For people.
        detail: String,
    },
    /// The input or its output is over a limit.
    #[error("{detail}")]
    TooLarge {
        /// Stable, kebab-case, such as `too-many-pixels`.
        code: &'static str,
        /// For people.
        detail: String,
    },
    /// The monitor was told to cancel.
    #[error("cancelled")]
    Cancelled,
    /// Reading, writing or memory failed; the input is not to blame.
    #[error("{0}")]
    Environment(#[source] io::Error),
}

impl Error {
    /// The stable code, for a problem document.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadInput { code, .. } | Self::TooLarge { code, .. } => code,
            Self::Cancelled => "cancelled",
            Self::Environment(_) => "environment",
        }
    }

    /// Whether only the one input failed and the others may go on.
    pub fn is_of_the_input(&self) -> bool {
        matches!(self, Self::BadInput { .. } | Self::TooLarge { .. })
    }

    pub(crate) fn bad(code: &'static str, detail: impl Into<String>) -> Self {
        Self::BadInput {
            code,
            detail: detail.into(),
        }
    }

    pub(crate) fn large(code: &'static str, detail: impl Into<String>) -> Self {
        Self::TooLarge {
            code,
            detail: detail.into(),
        }
    }
}

/// Readers and writers that check limits and cancelling speak through codecs as `io::Error` with
/// one of ours inside; this takes it out again.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(Self::Environment)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Environment(error) => error,
            error => Self::other(error),
        }
    }
}
