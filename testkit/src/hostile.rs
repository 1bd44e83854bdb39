//! Files that try to do harm, or that break on the way.

use std::iter;

use crate::pictures;
use crate::png_file::{self, Pixels};

/// Width and height of [`png_bomb`], in pixels: 515 million of them.
pub const BOMB_SIZE: (u32, u32) = (23_000, 22_400);

/// A PNG file that claims any size and brings no pixels. Everything in it is well-formed, the
/// checksums too: only whoever reads the header before taking memory is safe.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    png_file::file(width, height, Pixels::Rgb, &png_file::pack([]))
}

/// A valid PNG file of about 63 KB with one bit a pixel. Its rows unpack to 64 MB, and at one byte
/// a pixel, as most decoders keep grey, the picture takes 515 MB. Neither side is above 65,535.
pub fn png_bomb() -> Vec<u8> {
    let (width, height) = BOMB_SIZE;
    let row = vec![0; 1 + width.div_ceil(8) as usize];
    let rows = iter::repeat_n(row.as_slice(), height as usize);
    png_file::file(width, height, Pixels::Bit, &png_file::pack(rows))
}

/// The first half of a JPEG file of 640 × 480 pixels.
pub fn truncated_jpeg() -> Vec<u8> {
    let mut file = pictures::jpeg(640, 480, &pictures::photo_like(640, 480));
    file.truncate(file.len() / 2);
    file
}

/// Plain text, to be sent with the name or the type of a JPEG file.
pub fn text_as_jpeg() -> Vec<u8> {
    b"This is a letter, whatever its name says.\n".repeat(50)
}
