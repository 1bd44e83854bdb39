use std::io;

/// What is wrong with a packed stream, or with a codec. Readers and writers of this crate tell it
/// inside of an [`io::Error`]; see [`Fault::of`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The stream breaks the rules of its format, or its checksum does not match.
    #[error("the {0} stream is damaged")]
    Damaged(&'static str),
    /// The stream ends before its end.
    #[error("the {0} stream ends early")]
    Truncated(&'static str),
    /// To unpack it would take more memory than a decoder must have.
    #[error("the {0} stream asks for more memory than a decoder must have")]
    Memory(&'static str),
    /// What was packed, unpacked again, is not what was there before.
    #[error("the {0} stream does not hold what was packed into it")]
    Unequal(&'static str),
    /// The encoder itself failed.
    #[error("the {0} encoder failed: {1}")]
    Encoder(&'static str, String),
}

impl Fault {
    /// The fault inside of an error, when it is one of these.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        let kind = match fault {
            Fault::Truncated(_) => io::ErrorKind::UnexpectedEof,
            Fault::Memory(_) => io::ErrorKind::OutOfMemory,
            Fault::Damaged(_) => io::ErrorKind::InvalidData,
            Fault::Unequal(_) | Fault::Encoder(..) => io::ErrorKind::Other,
        };
        Self::new(kind, fault)
    }
}
