use std::{fmt, ops::RangeInclusive};

/// A format of one stream: no names, no folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// RFC 8878.
    Zstd,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// The .xz file format 1.2.1, <https://tukaani.org/xz/xz-file-format.txt>.
    Xz,
    /// The LZ4 frame format 1.6.4.
    Lz4,
    /// bzip2 1.0.
    Bzip2,
}

/// The most bytes of a stream that [`Format::sniff`] looks at.
pub const SNIFF_BYTES: usize = 10;

impl Format {
    /// All formats.
    pub const ALL: [Self; 6] = [
        Self::Zstd,
        Self::Gzip,
        Self::Brotli,
        Self::Xz,
        Self::Lz4,
        Self::Bzip2,
    ];

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Brotli => "brotli",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
            Self::Bzip2 => "bzip2",
        }
    }

    /// What its files are called at the end, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zstd => "zst",
            Self::Gzip => "gz",
            Self::Brotli => "br",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
            Self::Bzip2 => "bz2",
        }
    }

    /// The media type, registered or usual.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Zstd => "application/zstd",
            Self::Gzip => "application/gzip",
            Self::Brotli => "application/x-brotli",
            Self::Xz => "application/x-xz",
            Self::Lz4 => "application/x-lz4",
            Self::Bzip2 => "application/x-bzip2",
        }
    }

    /// The numbers of its levels, from the fastest to the smallest result.
    pub fn levels(self) -> RangeInclusive<u8> {
        match self {
            Self::Zstd => 1..=22,
            Self::Gzip | Self::Bzip2 => 1..=9,
            Self::Brotli => 0..=11,
            Self::Xz => 0..=9,
            Self::Lz4 => 1..=12,
        }
    }

    /// Whether a stream that begins so is of this format. A brotli stream has no mark, so that it
    /// is never known by its bytes.
    pub fn is_begun_by(self, head: &[u8]) -> bool {
        match self {
            Self::Zstd => head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_skippable(head),
            Self::Gzip => head.starts_with(&[0x1f, 0x8b, 0x08]),
            Self::Brotli => false,
            Self::Xz => head.starts_with(b"\xfd7zXZ\0"),
            Self::Lz4 => head.starts_with(&[0x04, 0x22, 0x4d, 0x18]) || is_skippable(head),
            Self::Bzip2 => is_bzip2(head),
        }
    }

    /// The format of a stream by its first [`SNIFF_BYTES`].
    pub fn sniff(head: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.is_begun_by(head))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Zstd and lz4 have the same frames for what a decoder passes over; those alone are taken for zstd.
fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// `BZh`, the size of blocks, and the mark of a block or, of nothing, that of the end.
fn is_bzip2(head: &[u8]) -> bool {
    const BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
    const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
    match head {
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => {
            rest.starts_with(&BLOCK) || rest.starts_with(&END)
        }
        _ => false,
    }
}
