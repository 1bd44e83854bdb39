//! Rows as the diffusion wants them: grey or RGB, without alpha, laid on white.

use crate::picture::{Channels, Picture, over};

const WHITE: u8 = 255;

/// Rows of one grey byte a pixel.
pub(super) struct GrayRows {
    channels: Channels,
    row: Vec<u8>,
}

impl GrayRows {
    pub(super) fn new(picture: &Picture) -> Self {
        Self {
            channels: picture.channels,
            row: Vec::with_capacity(picture.width as usize),
        }
    }

    pub(super) fn row<'a>(&'a mut self, source: &'a [u8]) -> &'a [u8] {
        self.row.clear();
        match self.channels {
            Channels::Gray => return source,
            Channels::GrayAlpha => {
                let flat = |&[tone, alpha]: &[u8; 2]| over(tone, alpha, WHITE);
                self.row.extend(source.as_chunks().0.iter().map(flat));
            }
            Channels::Rgb => {
                let gray = |&[r, g, b]: &[u8; 3]| luma(r, g, b);
                self.row.extend(source.as_chunks().0.iter().map(gray));
            }
            Channels::Rgba => {
                let gray = |&[r, g, b, alpha]: &[u8; 4]| over(luma(r, g, b), alpha, WHITE);
                self.row.extend(source.as_chunks().0.iter().map(gray));
            }
        }
        &self.row
    }
}

/// Rows of three bytes a pixel.
pub(super) struct RgbRows {
    gray: GrayRows,
    to_gray: bool,
    row: Vec<u8>,
}

impl RgbRows {
    /// With `to_gray` the three bytes of each pixel are its grey.
    pub(super) fn new(picture: &Picture, to_gray: bool) -> Self {
        let to_gray = to_gray || matches!(picture.channels, Channels::Gray | Channels::GrayAlpha);
        let row = Vec::with_capacity(3 * picture.width as usize);
        Self {
            gray: GrayRows::new(picture),
            to_gray,
            row,
        }
    }

    pub(super) fn row<'a>(&'a mut self, source: &'a [u8]) -> &'a [u8] {
        self.row.clear();
        if self.to_gray {
            self.row
                .extend(self.gray.row(source).iter().flat_map(|tone| [*tone; 3]));
        } else if self.gray.channels == Channels::Rgba {
            let flat = |&[r, g, b, alpha]: &[u8; 4]| [r, g, b].map(|tone| over(tone, alpha, WHITE));
            self.row.extend(source.as_chunks().0.iter().flat_map(flat));
        } else {
            return source;
        }
        &self.row
    }
}

/// Luma of ITU-R BT.601 in 16-bit fractions, rounded; equal channels stay what they are.
fn luma(r: u8, g: u8, b: u8) -> u8 {
    let sum = u32::from(r) * 19_595 + u32::from(g) * 38_470 + u32::from(b) * 7_471;
    u8::try_from((sum + (1 << 15)) >> 16).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::luma;

    #[test]
    fn grey_stays_the_same_grey() {
        assert!((0..=255).all(|tone| luma(tone, tone, tone) == tone));
    }
}
