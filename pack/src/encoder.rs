//! An encoder of each format behind one shape: bytes in, bytes out.

use std::{io, num::NonZeroU32};

use compression_codecs::{
    BrotliEncoder, BzEncoder, EncodeV2, Lz4Encoder, Xz2Encoder, brotli,
    core::Level,
    lz4,
    lzma::params::{LzmaEncoderParams, LzmaFilter, LzmaFilters, LzmaOptions, MtStreamBuilder},
};
use liblzma::stream::Check;

use crate::{Fault, Format, gzip::GzipEncoder, zstd::ZstdEncoder};

/// How a stream is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The format.
    pub format: Format,
    /// The format's own number, one of [`Format::levels`]; one outside is taken as the nearest.
    pub level: u8,
    /// Threads that pack; used by zstd, gzip and xz. The bytes are the same for any number, but
    /// that zstd and xz with one thread give others than with several.
    pub threads: usize,
    /// Whether zstd looks for repeats as far back as 128 MiB in place of at most 8 MiB.
    pub long: bool,
    /// Bytes to come, when that is known. Zstd writes it in front, and packing fails if it is
    /// another number; small ones take less memory.
    pub size: Option<u64>,
    /// Whether all is unpacked again while it is packed, and compared by its hash.
    pub verify: bool,
}

impl Settings {
    /// One thread, verified, nothing known of the size.
    pub fn new(format: Format, level: u8) -> Self {
        Self {
            format,
            level,
            threads: 1,
            long: false,
            size: None,
            verify: true,
        }
    }

    /// The level, within the range of the format.
    pub(crate) fn level(&self) -> u8 {
        let levels = self.format.levels();
        self.level.clamp(*levels.start(), *levels.end())
    }
}

/// What all encoders are.
pub(crate) type Encoder = Box<dyn EncodeV2>;

pub(crate) fn encoder(settings: &Settings) -> io::Result<Encoder> {
    let level = Level::Precise(settings.level().into());
    Ok(match settings.format {
        Format::Zstd => Box::new(ZstdEncoder::new(settings)?),
        Format::Gzip => Box::new(GzipEncoder::new(settings)),
        Format::Brotli => {
            let hint = settings.size.map_or(0, |size| size.min(1 << 30));
            let params = brotli::params::EncoderParams::default()
                .quality(level)
                .window_size(BROTLI_WINDOW_LOG)
                .size_hint(usize::try_from(hint).unwrap_or_default());
            Box::new(BrotliEncoder::new(params))
        }
        Format::Xz => Box::new(xz(settings)?),
        Format::Lz4 => {
            let params = lz4::params::EncoderParams::default()
                .level(level)
                .block_size(lz4::params::BlockSize::Max4MB)
                .content_checksum(true);
            Box::new(Lz4Encoder::new(params))
        }
        Format::Bzip2 => {
            // The work factor of the library's own choice.
            Box::new(BzEncoder::new(level.into(), 0))
        }
    })
}

/// The largest window of RFC 7932, 16 MiB.
const BROTLI_WINDOW_LOG: i32 = 24;

/// After so long an encoder with threads comes back, so that it can be ended.
const XZ_TURN_MILLIS: u32 = 100;

/// As `xz` packs at that level, with a dictionary that is no larger than the input.
fn xz(settings: &Settings) -> io::Result<Xz2Encoder> {
    let mut options = LzmaOptions::default().preset(settings.level().into());
    if let Some(size) = settings.size {
        options = options.dict_size(xz_dictionary(settings.level(), size));
    }
    let filters = LzmaFilters::default().add_filter(LzmaFilter::Lzma2(options));
    let threads = NonZeroU32::new(u32::try_from(settings.threads).unwrap_or(u32::MAX));
    let params = match threads {
        Some(threads) if threads.get() > 1 => {
            let mut builder = MtStreamBuilder::default();
            builder
                .threads(threads)
                .timeout_ms(XZ_TURN_MILLIS)
                .filters(filters)
                .check(Check::Crc64);
            LzmaEncoderParams::MultiThread { builder }
        }
        _ => LzmaEncoderParams::Stream {
            filters,
            check: Check::Crc64,
        },
    };
    Xz2Encoder::try_from(params)
        .map_err(|error| Fault::Encoder(Format::Xz.name(), error.to_string()).into())
}

/// Bytes of the dictionary: that of the level, by the table in the manual of `xz`, or the next power
/// of two that holds all of the input.
pub(crate) fn xz_dictionary(level: u8, size: u64) -> u32 {
    let log = match level {
        0 => 18,
        1 => 20,
        2 => 21,
        3 | 4 => 22,
        5 | 6 => 23,
        7 => 24,
        8 => 25,
        _ => 26,
    };
    let most = 1_u32 << log;
    let least = 1 << 16;
    // The power of two after a very large one is no number.
    let enough = size.checked_next_power_of_two();
    let enough = enough.and_then(|enough| u32::try_from(enough).ok());
    enough.unwrap_or(most).clamp(least, most)
}
