use super::{MAX_BYTES, MAX_COLORS};

/// Why a file is no palette that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPalette {
    /// Longer than [`MAX_BYTES`].
    #[error("the palette file has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// Of no format that is known.
    #[error(
        "the format of the palette file is unknown; \
         .gpl (GIMP), .hex (Lospec), .pal (JASC or RIFF) and .act (Adobe) are read"
    )]
    UnknownFormat,
    /// A line of a text is wrong.
    #[error("line {line}: {problem}")]
    Line {
        /// Its number; the first is 1.
        line: usize,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// Bytes of a binary file are wrong.
    #[error("byte {offset}: {problem}")]
    Byte {
        /// Where; the first is 0.
        offset: usize,
        /// What is wrong there, and what would be right.
        problem: String,
    },
    /// It is well formed, and empty.
    #[error("the palette has no colours; it needs at least 2")]
    NoColors,
    /// Nothing can be dithered with one colour.
    #[error("the palette has no other colour than {color}; it needs at least 2 different ones")]
    OneColor {
        /// The colour.
        color: String,
    },
    /// More than [`MAX_COLORS`].
    #[error("the palette has more than {MAX_COLORS} different colours; leave some out")]
    TooManyColors,
}

impl BadPalette {
    pub(super) fn line(line: usize, problem: impl Into<String>) -> Self {
        Self::Line {
            line,
            problem: problem.into(),
        }
    }

    pub(super) fn byte(offset: usize, problem: impl Into<String>) -> Self {
        Self::Byte {
            offset,
            problem: problem.into(),
        }
    }
}
