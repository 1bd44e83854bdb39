use filittle_steps::{Compress, CompressFormat, Resize, Step};

use crate::{
    PictureFormat, PictureHeader,
    work::{compress::zstd_level, resize::target_size},
};

const MIB: u64 = 1 << 20;

/// Blocks, rows, windows of inflate, tables of codecs.
const FLOOR: u64 = 2 * MIB;

/// Bytes that the steps need at their peak for one input of `size` bytes, by what its header says;
/// for admitting work before it starts. An upper bound, near what is measured.
///
/// Without a header picture steps count only the file itself: what has no readable header is
/// refused before anything is allocated for its pixels.
pub fn memory_needed(steps: &[Step], header: Option<&PictureHeader>, size: u64) -> u64 {
    let is_picture = |step: &Step| !matches!(step, Step::Compress(_));
    let pictures = steps.iter().any(is_picture);
    let decoding = match header {
        Some(header) if pictures => decoding(header, size),
        _ if pictures => size,
        _ => 0,
    };
    let (mut peak, mut held) = (decoding, 0);
    let mut picture = header.map(Held::decoded);
    for step in steps {
        let working = match (step, &mut picture) {
            (Step::Compress(step), _) => compressing(step, size),
            (Step::Resize(step), Some(picture)) => picture.resized(step),
            (Step::Convert(_) | Step::Dither(_), Some(picture)) => picture.bytes(),
            (_, None) => 0,
        };
        if is_picture(step) {
            held = picture.as_ref().map_or(0, Held::bytes);
        }
        peak = peak.max(working + held);
    }
    peak + FLOOR
}

/// A decoded picture.
struct Held {
    width: u32,
    height: u32,
    channels: u64,
}

impl Held {
    fn decoded(header: &PictureHeader) -> Self {
        Self {
            width: header.width,
            height: header.height,
            channels: channels(header),
        }
    }

    fn bytes(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * self.channels
    }

    /// The source, the result, and between them the rows scaled in one direction, which stay as
    /// long as both; and the channels widened for those with alpha.
    fn resized(&mut self, step: &Resize) -> u64 {
        let source = self.bytes();
        let between = |width: u32| u64::from(width) * u64::from(self.height) * self.channels;
        let (width, height) = target_size(step, self.width, self.height);
        let widened = if self.channels.is_multiple_of(2) {
            source
        } else {
            0
        };
        let work = source + between(width) + widened;
        (self.width, self.height) = (width, height);
        work
    }
}

/// Channels after decoding.
fn channels(header: &PictureHeader) -> u64 {
    match header.format {
        PictureFormat::Jpeg if header.channels > 1 => 3,
        // Each may become transparent by a chunk that comes after the header.
        PictureFormat::Png if header.indexed => 4,
        PictureFormat::Png if !header.channels.is_multiple_of(2) => u64::from(header.channels) + 1,
        _ => u64::from(header.channels),
    }
}

/// The file, the pixels, and in a progressive JPEG all coefficients, 16 bits each; or, when EXIF
/// asks for it, the pixels twice to turn them.
fn decoding(header: &PictureHeader, size: u64) -> u64 {
    let pixels = header.pixels() * channels(header);
    let coefficients = match header.format {
        PictureFormat::Jpeg if header.progressive => {
            header.pixels() * u64::from(header.samples_per_256_pixels) * 2 / 256
        }
        _ => 0,
    };
    (size + pixels + coefficients).max(2 * pixels)
}

fn compressing(step: &Compress, size: u64) -> u64 {
    match step.format {
        CompressFormat::Gzip | CompressFormat::Zip => MIB,
        // Tables shrink with a size that is known to be small.
        CompressFormat::Zstd => zstd(zstd_level(step.level)).min(40 * size + MIB),
    }
}

/// Window and tables of a zstd encoder, rounded up from measured peaks.
fn zstd(level: i32) -> u64 {
    MIB * match level {
        ..=2 => 4,
        3..=4 => 8,
        5..=8 => 16,
        9..=12 => 48,
        13..=15 => 80,
        16..=18 => 96,
        19 => 128,
        _ => 192,
    }
}
