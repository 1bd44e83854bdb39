use std::io::Read;

use super::{PictureFormat, PictureHeader, damaged, fill};
use crate::Error;

pub(super) const MAGIC: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Reads IHDR, which follows the magic number (PNG, third edition, 11.2.1).
pub(super) fn header(reader: &mut impl Read) -> Result<PictureHeader, Error> {
    let mut chunk = [0; 21];
    fill(reader, &mut chunk)?;
    let (intro, ihdr) = chunk.split_at(8);
    if intro != b"\0\0\0\x0dIHDR" {
        return Err(damaged("a PNG without IHDR at its start"));
    }
    let number =
        |at: usize| u32::from_be_bytes([ihdr[at], ihdr[at + 1], ihdr[at + 2], ihdr[at + 3]]);
    let (width, height, bit_depth, interlace) = (number(0), number(4), ihdr[8], ihdr[12]);
    let most = i32::MAX.unsigned_abs();
    if width == 0 || height == 0 || width > most || height > most {
        return Err(damaged("a PNG with a side of no or too many pixels"));
    }
    let (channels, depths): (u8, &[u8]) = match ihdr[9] {
        0 => (1, &[1, 2, 4, 8, 16]),
        2 => (3, &[8, 16]),
        3 => (1, &[1, 2, 4, 8]),
        4 => (2, &[8, 16]),
        6 => (4, &[8, 16]),
        _ => return Err(damaged("a PNG of unknown colour type")),
    };
    if !depths.contains(&bit_depth) || interlace > 1 {
        return Err(damaged(
            "a PNG of a bit depth or interlace that does not exist",
        ));
    }
    Ok(PictureHeader {
        format: PictureFormat::Png,
        width,
        height,
        channels,
        bit_depth,
        indexed: ihdr[9] == 3,
        progressive: interlace == 1,
        samples_per_256_pixels: u32::from(channels) * 256,
    })
}
