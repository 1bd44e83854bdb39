use std::io;

/// What is wrong with a packed stream, or with a codec. Readers and writers of this crate tell it
/// inside of an [`io::Error`]; see [`Fault::of`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The stream breaks the rules of its format, or its checksum does not match.
    #[error("the {0} data are damaged")]
    Damaged(&'static str),
    /// The stream ends before its end.
    #[error("the {0} data end early")]
    Truncated(&'static str),
    /// To unpack it would take more memory than a decoder must have.
    #[error("the {0} data ask for more memory than a decoder must have")]
    Memory(&'static str),
    /// What was packed, unpacked again, is not what was there before.
    #[error("the {0} data do not hold what was packed into them")]
    Unequal(&'static str),
    /// Members of an archive lie over one another, so that the same bytes would come out many times.
    #[error("members of the {0} overlap")]
    Overlapping(&'static str),
    /// A member of an archive is encrypted, and no password is known.
    #[error("it is encrypted")]
    Encrypted,
    /// It may be right, but this crate cannot read it: why.
    #[error("{0}")]
    Unsupported(String),
    /// An archive has more of these than it may have.
    #[error("the archive has too many {0}")]
    TooMany(&'static str),
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
            Fault::Damaged(_) | Fault::Overlapping(_) => io::ErrorKind::InvalidData,
            Fault::Encrypted | Fault::Unsupported(_) => io::ErrorKind::Unsupported,
            Fault::Unequal(_) | Fault::TooMany(_) | Fault::Encoder(..) => io::ErrorKind::Other,
        };
        Self::new(kind, fault)
    }
}
