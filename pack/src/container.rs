use crate::{Format, untar};

/// What a file is that can be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// One content, which may be an archive in turn.
    Stream(Format),
    /// An archive with its directory at the end.
    Zip,
    /// An archive that is read from front to back.
    Tar,
}

impl Container {
    /// The most bytes that [`sniff`](Self::sniff) looks at.
    pub const SNIFF_BYTES: usize = 512;

    /// By the first bytes of a file. Brotli has no mark, and is never found.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        const MEMBER: &[u8] = b"PK\x03\x04";
        const EMPTY: &[u8] = b"PK\x05\x06";
        if head.starts_with(MEMBER) || head.starts_with(EMPTY) {
            Some(Self::Zip)
        } else if untar::is_begun_by(head) {
            Some(Self::Tar)
        } else {
            Format::sniff(head).map(Self::Stream)
        }
    }
}
