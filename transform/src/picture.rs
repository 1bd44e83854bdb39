//! Pixels in memory: how they come in, and how they go out.

mod alpha;
mod decode;
mod encode;
mod exif;
mod indexed;
mod jpeg;
mod orientation;
mod output_format;
mod png;
mod source;

use crate::Error;

pub(crate) use indexed::{Indexed, IndexedFormat, write_indexed};
pub(crate) use output_format::OutputFormat;
pub(crate) use png::write_png;
pub(crate) use source::{Rows, Source};

/// A decoded picture: rows of interleaved channels of 8 bits in sRGB, top to bottom, no padding.
pub(crate) struct Picture {
    pub width: u32,
    pub height: u32,
    pub channels: Channels,
    pub data: Vec<u8>,
}

/// What a pixel consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channels {
    Gray = 1,
    GrayAlpha = 2,
    Rgb = 3,
    Rgba = 4,
}

impl Channels {
    pub(crate) fn count(self) -> usize {
        self as usize
    }

    pub(crate) fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }
}

/// How a picture is to be written.
pub(crate) enum Encoding {
    /// JPEG of that quality, 1 to 100.
    Jpeg(u8),
    /// PNG with all channels.
    Png,
}

impl Encoding {
    pub(crate) fn format(&self) -> OutputFormat {
        match self {
            Self::Jpeg(_) => OutputFormat::Jpeg,
            Self::Png => OutputFormat::Png,
        }
    }
}

impl Picture {
    /// Width and height.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Bytes of a row.
    pub(crate) fn stride(&self) -> usize {
        self.width as usize * self.channels.count()
    }

    /// The rows from top to bottom.
    pub(crate) fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.data.chunks_exact(self.stride())
    }
}

/// Zeroes for a picture, without ending the process when there is no memory.
pub(crate) fn buffer(width: u32, height: u32, channels: Channels) -> Result<Vec<u8>, Error> {
    let pixels = u64::from(width) * u64::from(height);
    let bytes = usize::try_from(pixels * channels.count() as u64).unwrap_or(usize::MAX);
    let mut data = Vec::new();
    data.try_reserve_exact(bytes)
        .map_err(|_| Error::not_enough_memory())?;
    data.resize(bytes, 0);
    Ok(data)
}
