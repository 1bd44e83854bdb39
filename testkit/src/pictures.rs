//! Pictures that are the same each time.

use std::iter;

use jpeg_encoder::{ColorType, Encoder};

use crate::png_file::{self, Pixels};

/// Red, green and blue of each pixel, row by row: a sky in gradients, a bright disc with a hard
/// edge, ground in squares, and fine grain over all. Only whole numbers are used, so that
/// every machine makes the same.
pub fn photo_like(width: u32, height: u32) -> Vec<u8> {
    let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    rows.flat_map(|(x, y)| pixel(x, y, width, height)).collect()
}

fn pixel(x: u32, y: u32, width: u32, height: u32) -> [u8; 3] {
    // Positions in thousandths, whatever the size.
    let across = i64::from(x) * 1000 / i64::from(width);
    let down = i64::from(y) * 1000 / i64::from(height);
    let from_disc = (across - 680).pow(2) + (down - 300).pow(2);
    let colour = if from_disc < 150 * 150 {
        [250, 235 - from_disc / 600, 170]
    } else if down > 620 + across / 12 {
        let stripe = if (across / 40 + down / 25) % 2 == 0 {
            35
        } else {
            0
        };
        [
            60 + stripe + down / 20,
            90 + stripe + across / 15,
            40 + stripe,
        ]
    } else {
        [70 + down / 8, 110 + down / 7, 215 - across / 20 - down / 10]
    };
    let grain = grain(x, y);
    colour.map(|value| u8::try_from((value + grain).clamp(0, 255)).expect("it was clamped"))
}

/// From -12 to 12: like film, without a pattern that the eye or a compressor would find.
fn grain(x: u32, y: u32) -> i64 {
    let mut hash = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77);
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(0x2C1B_3C6D);
    hash ^= hash >> 13;
    i64::from(hash % 25) - 12
}

/// The bytes of [`photo_like`], or of any pixels in the same order, as a PNG file.
pub fn png(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    let stride = 3 * width as usize;
    assert_eq!(
        rgb.len(),
        stride * height as usize,
        "three bytes are needed for each pixel"
    );
    // Filter 0: each row as it is.
    let rows = rgb
        .chunks(stride)
        .flat_map(|row| iter::once(&[0][..]).chain([row]));
    png_file::file(width, height, Pixels::Rgb, &png_file::pack(rows))
}

/// The bytes of [`photo_like`], or of any pixels in the same order, as a JPEG file of quality 90.
pub fn jpeg(width: u16, height: u16, rgb: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    Encoder::new(&mut file, 90)
        .encode(rgb, width, height, ColorType::Rgb)
        .unwrap_or_else(|error| panic!("cannot write a JPEG of {width} × {height}: {error}"));
    file
}
