//! From luma and chroma to RGB.
#![expect(
    clippy::inline_always,
    reason = "inner loops are compiled for several kinds of processors, and must be so wholly"
)]

use filittle_dither::cpu;

/// A row of chroma as wide as the picture, from the two rows of it that are nearest: by a triangle,
/// ¾ of the near one and ¼ of the other in each direction that is stored at half size, as libjpeg's
/// "fancy upsampling" does.
pub(super) struct Widen<'a> {
    pub near: &'a [u8],
    pub far: &'a [u8],
    /// How many times smaller chroma is.
    pub across: usize,
    pub down: usize,
    /// Room for a row of it.
    pub narrow: &'a mut [u8],
    pub wide: &'a mut [u8],
}

impl cpu::Work for Widen<'_> {
    #[inline(always)]
    fn run(self) {
        let Self {
            near,
            far,
            narrow,
            wide,
            ..
        } = self;
        let row = if self.down == 1 {
            near
        } else {
            for ((out, near), far) in narrow.iter_mut().zip(near).zip(far) {
                *out = mix(*near, *far);
            }
            narrow
        };
        if self.across == 1 {
            wide.copy_from_slice(row);
        } else {
            double(row, wide);
        }
    }
}

/// Three quarters of one and a quarter of the other, rounded.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "between two bytes")]
fn mix(near: u8, far: u8) -> u8 {
    ((3 * u16::from(near) + u16::from(far) + 2) >> 2) as u8
}

/// Twice as wide, or one less.
#[inline(always)]
fn double(row: &[u8], wide: &mut [u8]) {
    let Some(last) = row.len().checked_sub(1) else {
        return;
    };
    // What has no neighbour is its own.
    let pair = |at: usize| {
        let (left, right) = (row[at.saturating_sub(1)], row[last.min(at + 1)]);
        [mix(row[at], left), mix(row[at], right)]
    };
    let (pairs, half) = wide.as_chunks_mut::<2>();
    for (out, near) in pairs.iter_mut().skip(1).zip(row.windows(3)) {
        *out = [mix(near[1], near[0]), mix(near[1], near[2])];
    }
    if let Some(out) = pairs.first_mut() {
        *out = pair(0);
    }
    if let Some(out) = pairs.get_mut(last) {
        *out = pair(last);
    }
    if let Some(out) = half.first_mut() {
        *out = pair(last)[0];
    }
}

/// Interleaved RGB (ITU-T T.871, 7), with 14 bits after the point.
pub(super) struct ToRgb<'a> {
    pub luma: &'a [u8],
    pub blue: &'a [u8],
    pub red: &'a [u8],
    pub out: &'a mut [u8],
}

/// Pixels converted at once.
const LANES: usize = 16;

impl cpu::Work for ToRgb<'_> {
    #[inline(always)]
    fn run(self) {
        let (lumas, luma) = self.luma.as_chunks::<LANES>();
        let (blues, blue) = self.blue.as_chunks::<LANES>();
        let (reds, red) = self.red.as_chunks::<LANES>();
        let (outs, out) = self.out.as_chunks_mut::<{ 3 * LANES }>();
        for (((luma, blue), red), out) in lumas.iter().zip(blues).zip(reds).zip(outs) {
            *out = lanes(luma, blue, red);
        }
        let fill = |row: &[u8]| {
            let mut lanes = [0; LANES];
            lanes[..row.len()].copy_from_slice(row);
            lanes
        };
        out.copy_from_slice(&lanes(&fill(luma), &fill(blue), &fill(red))[..out.len()]);
    }
}

#[inline(always)]
fn lanes(luma: &[u8; LANES], blue: &[u8; LANES], red: &[u8; LANES]) -> [u8; 3 * LANES] {
    const HALF: i32 = (1 << 13) - 1;
    let mut rgb = [[0_u8; LANES]; 3];
    for n in 0..LANES {
        let y = (i32::from(luma[n]) << 14) + HALF;
        let (cb, cr) = (i32::from(blue[n]) - 128, i32::from(red[n]) - 128);
        rgb[0][n] = byte((y + 22_970 * cr) >> 14);
        rgb[1][n] = byte((y - 11_700 * cr - 5_638 * cb) >> 14);
        rgb[2][n] = byte((y + 29_032 * cb) >> 14);
    }
    let mut out = [0; 3 * LANES];
    for n in 0..LANES {
        for c in 0..3 {
            out[3 * n + c] = rgb[c][n];
        }
    }
    out
}

#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn byte(number: i32) -> u8 {
    number.clamp(0, 255) as u8
}
