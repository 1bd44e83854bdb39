//! Dithering whole pictures for the tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::missing_panics_doc,
    reason = "each test binary uses another part"
)]

use std::ops::ControlFlow;

use filittle_dither::{Ditherer, Options, Output, Pixels};

pub const COLORS: [[u8; 3]; 5] = [
    [0; 3],
    [255; 3],
    [0xe0, 0x20, 0x20],
    [0x20, 0xa0, 0x40],
    [0x20, 0x40, 0xc0],
];

/// What comes out of a picture handed over so many rows at a time.
pub fn raw(
    options: &Options,
    pixels: Pixels,
    (width, height): (u32, u32),
    source: &[u8],
    bands: usize,
) -> (Output, Vec<u8>) {
    let mut ditherer = Ditherer::new(options, pixels, width, height).expect("right options");
    let output = ditherer.output().clone();
    let rows = ditherer.band().saturating_mul(bands).max(1);
    let (stride, row) = (
        width as usize * pixels.bytes(),
        width as usize * output.bytes(),
    );
    let mut out = vec![0; row * height as usize];
    for (source, out) in source.chunks(rows * stride).zip(out.chunks_mut(rows * row)) {
        let done = ditherer.dither(source, out, &mut |_| ControlFlow::Continue(()));
        assert!(done.is_continue());
    }
    (output, out)
}

/// The colours of all pixels.
pub fn colors(options: &Options, pixels: Pixels, size: (u32, u32), source: &[u8]) -> Vec<[u8; 3]> {
    match raw(options, pixels, size, source, 1) {
        (Output::Indices { colors, .. }, out) => out
            .iter()
            .map(|index| colors[usize::from(*index)])
            .collect(),
        (Output::Colors, out) => out.as_chunks().0.to_vec(),
    }
}

/// Bytes that look like chance, the same each time.
pub fn chance(count: usize) -> impl Iterator<Item = u8> {
    let mut state = 7_u32;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(count)
}
