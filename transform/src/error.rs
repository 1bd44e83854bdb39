use std::io;

#[cfg(feature = "codecs")]
use filittle_pack::Fault;

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
    /// What the caller gave to read from or write to failed, or a temporary file; neither the
    /// input nor this crate is to blame.
    #[error("{0}")]
    Environment(#[source] io::Error),
    /// A codec failed; a fault of ours. Trying again will hardly help.
    #[error("{0}")]
    Broken(String),
}

impl Error {
    /// The stable code, for a problem document.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadInput { code, .. } | Self::TooLarge { code, .. } => code,
            Self::Cancelled => "cancelled",
            Self::Environment(_) => "environment",
            Self::Broken(_) => "broken",
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

#[cfg(feature = "codecs")]
impl Error {
    pub(crate) fn not_enough_memory() -> Self {
        Self::large("not-enough-memory", "there is not enough memory for this")
    }

    /// The error of a codec, or of one of our readers and writers, which has come through it:
    /// these have marked what is not the codec's own.
    pub(crate) fn of_codec(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(marked) => marked,
            Err(error) => {
                if let Some(fault) = Fault::of(&error) {
                    return Self::of_fault(fault);
                }
                let text = error.to_string();
                // Zstd tells a lack of memory by its words alone.
                if error.kind() == io::ErrorKind::OutOfMemory || text.contains("not enough memory")
                {
                    Self::not_enough_memory()
                } else {
                    Self::Broken(text)
                }
            }
        }
    }

    /// What is wrong with what is unpacked, or with what was packed.
    fn of_fault(fault: &Fault) -> Self {
        let detail = fault.to_string();
        match fault {
            Fault::Damaged(_) => Self::bad("damaged-archive", detail),
            Fault::Truncated(_) => Self::bad("truncated-archive", detail),
            Fault::Overlapping(_) => Self::bad("overlapping-archive", detail),
            Fault::Encrypted => Self::bad("encrypted-archive", detail),
            Fault::Unsupported(_) => Self::bad("unsupported-archive", detail),
            Fault::TooMany(_) => Self::large("too-many-entries", detail),
            Fault::Memory(_) => Self::large("not-enough-memory", detail),
            Fault::Unequal(_) | Fault::Encoder(..) => Self::Broken(detail),
        }
    }

    /// The same, of one file of several.
    pub(crate) fn within(self, name: &str) -> Self {
        let within = |detail| format!("{name}: {detail}");
        match self {
            Self::BadInput { code, detail } => Self::bad(code, within(detail)),
            Self::TooLarge { code, detail } => Self::large(code, within(detail)),
            other => other,
        }
    }

    /// Marks an error of what the caller gave, or of a temporary file, before a codec sees it.
    /// Whoever is told of an interruption tries again, so that one stays as it is.
    pub(crate) fn mark(error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        io::Error::other(Self::from(error))
    }

    /// The same once more, for another input, if it is of an input.
    pub(crate) fn again(&self) -> Option<Self> {
        match self {
            Self::BadInput { code, detail } => Some(Self::bad(code, detail)),
            Self::TooLarge { code, detail } => Some(Self::large(code, detail)),
            Self::Cancelled | Self::Environment(_) | Self::Broken(_) => None,
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

#[cfg(all(test, feature = "codecs"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_the_surroundings_and_the_rest_the_codecs() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let marked = Error::of_codec(Error::mark(full()));
        assert!(matches!(marked, Error::Environment(e) if e.kind() == io::ErrorKind::StorageFull));
        let own = Error::of_codec(io::Error::other("corrupt deflate stream"));
        assert_eq!((own.code(), own.is_of_the_input()), ("broken", false));
        let cancelled = Error::of_codec(Error::mark(Error::Cancelled.into()));
        assert!(matches!(cancelled, Error::Cancelled));
    }

    #[test]
    fn a_codec_without_memory_makes_the_input_too_large() {
        for error in [
            io::Error::from(io::ErrorKind::OutOfMemory),
            io::Error::other("Allocation error : not enough memory"),
        ] {
            assert_eq!(Error::of_codec(error).code(), "not-enough-memory");
        }
    }
}
