//! Rows of a picture as working numbers: grey or three channels, without alpha.

use crate::{ColorSpace, Pixels, Transparency, working::Working};

/// How the pixels of a source become working numbers.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pixels: Pixels,
    working: Working,
    gray: bool,
    transparency: Transparency,
    range: Range,
    /// Tones are their numbers.
    is_plain: bool,
    /// Of each channel what its tones become.
    of_tone: [[u16; 256]; 3],
}

/// What 0 and the greatest number of each channel become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    low: [i32; 3],
    high: [i32; 3],
}

impl Range {
    /// As they are.
    pub(crate) fn whole(working: &Working) -> Self {
        Self {
            low: [0; 3],
            high: [working.max; 3],
        }
    }

    /// From the darkest of some colours to the lightest.
    pub(crate) fn of(colors: &[[u8; 3]], working: &Working) -> Self {
        let light = Working::of(ColorSpace::Linear);
        let ends = || colors.iter().copied();
        let dark = ends().min_by_key(|color| light.gray(*color));
        let bright = ends().max_by_key(|color| light.gray(*color));
        Self {
            low: working.of_color(dark.unwrap_or_default()),
            high: working.of_color(bright.unwrap_or([u8::MAX; 3])),
        }
    }

    #[inline(always)]
    fn place(&self, channel: usize, number: u16, max: i32) -> u16 {
        let (low, high) = (self.low[channel], self.high[channel]);
        if low == 0 && high == max {
            return number;
        }
        let moved = low + (i32::from(number) * (high - low) + max / 2).div_euclid(max);
        u16::try_from(moved).unwrap_or_default()
    }
}

impl Load {
    pub(crate) fn new(
        pixels: Pixels,
        working: Working,
        gray: bool,
        transparency: Transparency,
        range: Range,
    ) -> Self {
        let mut of_tone = [[0; 256]; 3];
        for (channel, of_tone) in of_tone.iter_mut().enumerate() {
            for (tone, slot) in (0..=u8::MAX).zip(of_tone) {
                *slot = range.place(channel, working.of_tone(tone), working.max);
            }
        }
        Self {
            pixels,
            working,
            gray: gray || pixels.is_gray(),
            transparency,
            range,
            is_plain: (0..=u8::MAX).all(|tone| {
                of_tone
                    .iter()
                    .all(|of_tone| of_tone[usize::from(tone)] == u16::from(tone))
            }),
            of_tone,
        }
    }

    /// Bytes of a pixel of the source.
    pub(crate) fn bytes(&self) -> usize {
        self.pixels.bytes()
    }

    /// Whether pixels may stay transparent.
    pub(crate) fn may_hide(&self) -> bool {
        self.pixels.has_alpha() && matches!(self.transparency, Transparency::Threshold(_))
    }

    /// The number of a tone, which with levels is that of every channel.
    pub(crate) fn of_tone(&self, tone: u8) -> u16 {
        self.of_tone[0][usize::from(tone)]
    }

    /// Whether the bytes of a source are the tones of its pixels' `C` numbers.
    pub(crate) fn are_tones_of<const C: usize>(&self) -> bool {
        match self.pixels {
            Pixels::Gray => C == 1,
            Pixels::Rgb => C == 3 && !self.gray,
            Pixels::GrayAlpha | Pixels::Rgba => false,
        }
    }

    /// Whether tones are their numbers.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// `C` numbers of each pixel, all grey if there is one or if grey was asked for.
    #[inline(always)]
    pub(crate) fn row<const C: usize>(&self, source: &[u8], out: &mut [u16]) {
        if self.is_plain && self.are_tones_of::<C>() {
            for (out, tone) in out.iter_mut().zip(source) {
                *out = (*tone).into();
            }
            return;
        }
        let (out, _) = out.as_chunks_mut::<C>();
        match self.pixels {
            Pixels::Gray => self.each::<1, C>(source, out, |[tone]| [tone; 3]),
            Pixels::GrayAlpha => {
                self.each::<2, C>(source, out, |[tone, alpha]| self.lay([tone; 3], alpha));
            }
            Pixels::Rgb => self.each::<3, C>(source, out, |color| color),
            Pixels::Rgba => {
                self.each::<4, C>(source, out, |[r, g, b, alpha]| self.lay([r, g, b], alpha));
            }
        }
    }

    #[inline(always)]
    fn each<const N: usize, const C: usize>(
        &self,
        source: &[u8],
        out: &mut [[u16; C]],
        color: impl Fn([u8; N]) -> [u8; 3],
    ) {
        let pairs = source.as_chunks::<N>().0.iter().zip(out);
        if C == 1 || self.gray {
            for (pixel, out) in pairs {
                let gray = self.working.gray(color(*pixel));
                *out = std::array::from_fn(|c| self.range.place(c, gray, self.working.max));
            }
        } else {
            for (pixel, out) in pairs {
                let color = color(*pixel);
                *out = std::array::from_fn(|c| self.of_tone[c][usize::from(color[c])]);
            }
        }
    }

    #[inline(always)]
    fn lay(&self, color: [u8; 3], alpha: u8) -> [u8; 3] {
        match self.transparency {
            Transparency::Background(back) => [0, 1, 2].map(|c| over(color[c], alpha, back[c])),
            Transparency::Threshold(_) => color,
        }
    }

    /// Whether a pixel is seen.
    #[inline(always)]
    pub(crate) fn is_seen(&self, pixel: &[u8]) -> bool {
        match (self.transparency, pixel.last()) {
            (Transparency::Threshold(least), Some(alpha)) if self.pixels.has_alpha() => {
                *alpha >= least
            }
            _ => true,
        }
    }

    /// Which pixels are seen.
    #[inline(always)]
    pub(crate) fn seen(&self, source: &[u8], out: &mut [bool]) {
        for (pixel, out) in source.chunks_exact(self.bytes()).zip(out) {
            *out = self.is_seen(pixel);
        }
    }

    /// Gives the pixels that are not seen the transparent index.
    #[inline(always)]
    pub(crate) fn hide(&self, source: &[u8], out: &mut [u8], transparent: u8) {
        if self.may_hide() {
            for (pixel, out) in source.chunks_exact(self.bytes()).zip(out) {
                if !self.is_seen(pixel) {
                    *out = transparent;
                }
            }
        }
    }
}

/// One channel laid over an opaque one, rounded (T. Porter and T. Duff, "Compositing digital
/// images", 1984).
#[inline(always)]
pub fn over(tone: u8, alpha: u8, background: u8) -> u8 {
    let (tone, alpha, background) = (u32::from(tone), u32::from(alpha), u32::from(background));
    let sum = tone * alpha + background * (255 - alpha) + 127;
    u8::try_from(sum / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded<const C: usize>(pixels: Pixels, gray: bool, source: &[u8]) -> Vec<u16> {
        let back = Transparency::Background([255, 0, 0]);
        let working = Working::of(ColorSpace::Srgb);
        let range = Range::whole(&working);
        let load = Load::new(pixels, working, gray, back, range);
        let mut out = vec![0; source.len() / pixels.bytes() * C];
        load.row::<C>(source, &mut out);
        out
    }

    #[test]
    fn transparent_shows_the_background_and_opaque_hides_it() {
        assert_eq!(loaded::<3>(Pixels::Rgba, false, &[9, 8, 7, 0]), [255, 0, 0]);
        assert_eq!(loaded::<3>(Pixels::Rgba, false, &[9, 8, 7, 255]), [9, 8, 7]);
        assert_eq!(loaded::<1>(Pixels::GrayAlpha, false, &[40, 255]), [40]);
    }

    #[test]
    fn grey_that_is_asked_for_is_in_all_channels() {
        assert_eq!(loaded::<3>(Pixels::Rgb, true, &[255, 0, 0]), [76, 76, 76]);
        assert_eq!(loaded::<1>(Pixels::Rgb, false, &[255, 0, 0]), [76]);
        assert_eq!(loaded::<3>(Pixels::Gray, false, &[5]), [5, 5, 5]);
    }

    #[test]
    fn pixels_are_seen_from_the_threshold_on() {
        let working = Working::of(ColorSpace::Srgb);
        let range = Range::whole(&working);
        let threshold = Transparency::Threshold(128);
        let load = Load::new(Pixels::GrayAlpha, working, false, threshold, range);
        let mut seen = [false; 3];
        load.seen(&[0, 127, 0, 128, 0, 255], &mut seen);
        assert_eq!(seen, [false, true, true]);
    }
}
