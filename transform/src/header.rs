//! Reads what a picture says about itself, without decoding it.

mod jpeg;
mod png;

use std::io::{self, Read};

use crate::Error;

/// A picture format this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// ITU-T T.81.
    Jpeg,
    /// PNG, third edition.
    Png,
}

/// What the header of a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureHeader {
    /// The format.
    pub format: PictureFormat,
    /// Pixels of a row as stored, before the EXIF orientation is applied; at least 1.
    pub width: u32,
    /// Rows as stored; at least 1.
    pub height: u32,
    /// Channels as stored: 1 grey or indexed, 2 grey and alpha, 3 colour, 4 colour and alpha, or
    /// CMYK in a JPEG.
    pub channels: u8,
    /// Bits a channel.
    pub bit_depth: u8,
    /// Pixels are indices into a palette (PNG).
    pub indexed: bool,
    /// Sent in several passes: progressive JPEG, interlaced PNG.
    pub progressive: bool,
    /// Samples stored per 256 pixels over all channels, after chroma subsampling; a JPEG of 4:2:0
    /// has 384.
    pub samples_per_256_pixels: u32,
}

impl PictureHeader {
    /// Pixels in all.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// The most bytes read in search of the size. Real photos have many megabytes of metadata before
/// it; what is not kept costs nothing but the reading.
const MOST_BYTES: u64 = 100 << 20;

/// Reads the header of a JPEG or PNG, as far in as 100 MiB.
///
/// # Errors
/// [`Error::BadInput`] with `empty-file`, `unsupported-media-type`, `truncated-picture` or
/// `damaged-picture`; [`Error::Environment`] when reading fails.
pub fn header(reader: impl Read) -> Result<PictureHeader, Error> {
    let mut reader = reader.take(MOST_BYTES);
    let mut magic = Vec::with_capacity(8);
    reader.by_ref().take(8).read_to_end(&mut magic)?;
    if magic.is_empty() {
        return Err(Error::bad("empty-file", "the file is empty"));
    }
    if magic == png::MAGIC {
        return png::header(&mut reader);
    }
    if magic.starts_with(&jpeg::MAGIC) {
        // The marker after the two bytes of SOI is part of what follows.
        return jpeg::header(&mut io::Read::chain(&magic[2..], reader));
    }
    Err(Error::bad(
        "unsupported-media-type",
        "neither a JPEG nor a PNG",
    ))
}

/// Fills `buffer`; a file that ends before that is truncated.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> Result<(), Error> {
    reader
        .read_exact(buffer)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Error::bad("truncated-picture", "the picture ends within its header")
            }
            _ => Error::from(error),
        })
}

fn damaged(detail: &str) -> Error {
    Error::bad("damaged-picture", detail)
}
