//! Whole numbers that errors are counted in.

use crate::ColorSpace;

/// The numbers of one colour space: what 0 to 255 of sRGB become, from 0 to `max`.
#[derive(Clone, Debug)]
pub(crate) struct Working {
    pub(crate) max: i32,
    /// Weights of red, green and blue in grey, in parts of 65,536.
    luma: [u32; 3],
    of_tone: [u16; 256],
}

/// The greatest number of linear light: fourteen bits, so that the 256 tones of sRGB are different
/// numbers, and shares of errors stay within 32 bits.
pub(crate) const LINEAR_MAX: i32 = (1 << 14) - 1;

impl Working {
    pub(crate) fn of(space: ColorSpace) -> Self {
        let mut of_tone = [0; 256];
        for (tone, slot) in (0..=u8::MAX).zip(&mut of_tone) {
            *slot = match space {
                ColorSpace::Srgb => tone.into(),
                ColorSpace::Linear | ColorSpace::Oklab => linear(tone),
            };
        }
        let (max, luma) = match space {
            ColorSpace::Srgb => (255, [19_595, 38_470, 7_471]),
            ColorSpace::Linear | ColorSpace::Oklab => (LINEAR_MAX, [13_933, 46_871, 4_732]),
        };
        Self { max, luma, of_tone }
    }

    #[inline(always)]
    pub(crate) fn of_tone(&self, tone: u8) -> u16 {
        self.of_tone[usize::from(tone)]
    }

    pub(crate) fn of_color(&self, color: [u8; 3]) -> [i32; 3] {
        color.map(|tone| self.of_tone(tone).into())
    }

    /// Of all tones.
    pub(crate) fn tones(&self) -> [i32; 256] {
        self.of_tone.map(i32::from)
    }

    /// Grey, rounded; equal channels stay what they are.
    #[inline(always)]
    pub(crate) fn gray(&self, color: [u8; 3]) -> u16 {
        let parts = [0, 1, 2].map(|c| u32::from(self.of_tone(color[c])) * self.luma[c]);
        let sum: u32 = parts.iter().sum();
        u16::try_from((sum + (1 << 15)) >> 16).unwrap_or(u16::MAX)
    }
}

/// Linear light of a tone of sRGB (IEC 61966-2-1), of [`LINEAR_MAX`], rounded.
fn linear(tone: u8) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to LINEAR_MAX"
    )]
    let whole = (exact(tone) + 0.5) as u16;
    whole
}

fn exact(tone: u8) -> f64 {
    let part = f64::from(tone) / 255.0;
    let light = if part <= 0.040_45 {
        part / 12.92
    } else {
        ((part + 0.055) / 1.055).powf(2.4)
    };
    light * f64::from(LINEAR_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_stays_the_same_grey() {
        for space in [ColorSpace::Srgb, ColorSpace::Linear] {
            let working = Working::of(space);
            for tone in 0..=255 {
                assert_eq!(working.gray([tone; 3]), working.of_tone(tone), "{tone}");
            }
        }
    }

    #[test]
    fn every_tone_has_a_number_of_its_own_in_linear_light() {
        let working = Working::of(ColorSpace::Linear);
        assert!((1..=255).all(|tone| working.of_tone(tone) > working.of_tone(tone - 1)));
        assert_eq!((working.of_tone(0), working.of_tone(255)), (0, 16_383));
    }

    /// Libraries of other systems may compute the power a little differently.
    #[test]
    fn no_tone_is_so_near_to_a_half_that_another_library_would_round_it_otherwise() {
        for tone in 0..=255 {
            let fraction = (exact(tone) + 0.5).fract();
            assert!(
                tone == 0 || tone == 255 || (1e-6..1.0 - 1e-6).contains(&fraction),
                "{tone}"
            );
        }
    }
}
