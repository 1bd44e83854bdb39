//! What is put out in place of the wanted numbers.

use crate::levels::{Evenly, Levels};

/// Chooses for `R` pixels of `C` channels at once; puts out `O` bytes each.
pub(crate) trait Choose<const C: usize, const R: usize, const O: usize> {
    /// Whether it is asked for so often that each kernel shall have code of its own with it.
    const IS_USUAL: bool = false;

    /// `wanted` may lie beyond the range of working numbers. Answers the errors that it makes.
    fn choose(&mut self, wanted: &[[i32; R]; C], out: &mut [[u8; R]; O]) -> [[i32; R]; C];
}

/// Levels of grey, or of three channels with one index for their combination.
#[derive(Clone, Debug)]
pub(crate) struct Combined(pub(crate) Levels);

impl<const C: usize, const R: usize> Choose<C, R, 1> for Combined {
    #[inline(always)]
    fn choose(&mut self, wanted: &[[i32; R]; C], [out]: &mut [[u8; R]; 1]) -> [[i32; R]; C] {
        let Self(levels) = self;
        #[expect(clippy::cast_possible_truncation, reason = "at most 256")]
        let side = levels.count() as u8;
        let mut errors = [[0; R]; C];
        *out = [0; R];
        for channel in 0..C {
            for lane in 0..R {
                let level = levels.nearest(wanted[channel][lane]);
                // With one channel what is multiplied is zero, and 256 may become 0.
                out[lane] = out[lane].wrapping_mul(side).wrapping_add(level);
                errors[channel][lane] = wanted[channel][lane] - levels.values[usize::from(level)];
            }
        }
        errors
    }
}

/// The same in sRGB.
impl<const C: usize, const R: usize> Choose<C, R, 1> for CombinedEvenly {
    const IS_USUAL: bool = true;
    #[inline(always)]
    fn choose(&mut self, wanted: &[[i32; R]; C], [out]: &mut [[u8; R]; 1]) -> [[i32; R]; C] {
        let Self(evenly) = self;
        let side = i32::from(evenly.last()) + 1;
        let mut errors = [[0; R]; C];
        let mut indices = [0; R];
        for channel in 0..C {
            for lane in 0..R {
                let level = evenly.nearest(wanted[channel][lane]);
                indices[lane] = indices[lane] * side + level;
                errors[channel][lane] = wanted[channel][lane] - evenly.tone(level);
            }
        }
        *out = indices.map(byte);
        errors
    }
}

impl<const R: usize> Choose<3, R, 3> for SeparateEvenly {
    #[inline(always)]
    fn choose(&mut self, wanted: &[[i32; R]; 3], out: &mut [[u8; R]; 3]) -> [[i32; R]; 3] {
        let Self(evenly) = self;
        let mut errors = [[0; R]; 3];
        for channel in 0..3 {
            let tones = wanted[channel].map(|wanted| evenly.tone(evenly.nearest(wanted)));
            out[channel] = tones.map(byte);
            for lane in 0..R {
                errors[channel][lane] = wanted[channel][lane] - tones[lane];
            }
        }
        errors
    }
}

#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "indices and tones are from 0 to 255"
)]
fn byte(number: i32) -> u8 {
    number as u8
}

/// [`Combined`] in sRGB, by arithmetic.
#[derive(Clone, Debug)]
pub(crate) struct CombinedEvenly(pub(crate) Evenly);

/// [`Separate`] in sRGB, by arithmetic.
#[derive(Clone, Debug)]
pub(crate) struct SeparateEvenly(pub(crate) Evenly);

/// Levels of three channels, with the tone of each.
#[derive(Clone, Debug)]
pub(crate) struct Separate(pub(crate) Levels);

impl<const R: usize> Choose<3, R, 3> for Separate {
    #[inline(always)]
    fn choose(&mut self, wanted: &[[i32; R]; 3], out: &mut [[u8; R]; 3]) -> [[i32; R]; 3] {
        let Self(levels) = self;
        let mut errors = [[0; R]; 3];
        for channel in 0..3 {
            for lane in 0..R {
                let level = usize::from(levels.nearest(wanted[channel][lane]));
                out[channel][lane] = levels.tones[level];
                errors[channel][lane] = wanted[channel][lane] - levels.values[level];
            }
        }
        errors
    }
}

/// All numbers, brought into a range.
#[inline(always)]
pub(crate) fn clamped<const C: usize, const R: usize>(
    numbers: &[[i32; R]; C],
    (low, high): (i32, i32),
) -> [[i32; R]; C] {
    let mut within = *numbers;
    for lanes in &mut within {
        for number in lanes {
            *number = (*number).clamp(low, high);
        }
    }
    within
}
