use super::file::MAX_BYTES;

/// Why a description of a device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDevice {
    /// Longer than [`MAX_BYTES`](super::MAX_BYTES).
    #[error("the description of the device has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// A line is wrong.
    #[error("line {line}: {problem}")]
    Line {
        /// Its number; the first is 1.
        line: usize,
        /// Which field is wrong and why, and what would be right.
        problem: String,
    },
}
