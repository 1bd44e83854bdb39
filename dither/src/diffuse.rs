//! Error diffusion.
//!
//! All in whole numbers: an error is the wanted number less the chosen one, and the shares of a
//! pixel's neighbours are summed in parts of the kernel's divisor and rounded once, halves up, when
//! the pixel is reached. What leaves the picture at its sides is lost.
//!
//! A pixel waits for the error of the one before it. To keep the processor busy all the same, `R`
//! rows are worked on at a time, each some columns behind the one above it, so that all it needs
//! from there is known. The outcome is that of one row after the other.

mod strip;
mod sums;
mod weights;

pub(crate) use self::weights::{Any, Fixed, Weights};
use self::{
    strip::{CHUNK, PAST, Steps, Strip},
    sums::{handed_down, parts, scaled},
};
use crate::{Kernel, choose::Choose, frame::Frame};

/// What a band of rows goes through.
pub(crate) struct Diffusion<W, const C: usize, const R: usize, const O: usize> {
    weights: W,
    /// In parts of 256.
    strength: i32,
    strip: Strip<C, R, O>,
}

impl<W: Weights, const C: usize, const R: usize, const O: usize> Diffusion<W, C, R, O> {
    pub(crate) fn new(weights: W, frame: Frame, serpentine: bool, wide: bool) -> Self {
        Self {
            weights,
            strength: frame.strength.into(),
            strip: Strip::new(weights.kernel(), frame, serpentine, wide),
        }
    }

    /// Cuts rows and the room for their results into bands of `R`.
    pub(crate) fn bands<'a>(
        &self,
        source: &'a [u8],
        out: &'a mut [u8],
    ) -> (std::slice::Chunks<'a, u8>, std::slice::ChunksMut<'a, u8>) {
        self.strip.bands(source, out)
    }

    /// Works off up to `R` rows; fewer only at the end of the picture.
    #[inline(always)]
    pub(crate) fn band(
        &mut self,
        choose: &mut impl Choose<C, R, O>,
        source: &[u8],
        out: &mut [u8],
    ) {
        let (rows, steps) = self.strip.take(source);
        for start in (0..steps).step_by(CHUNK) {
            let count = CHUNK.min(steps - start);
            let at = Steps { rows, start, count };
            if self.strip.ready(at) {
                self.steps::<true>(choose, start, count);
            } else {
                self.steps::<false>(choose, start, count);
            }
            self.strip.put(at, out);
        }
        self.strip.end();
    }

    /// Where it all happens.
    #[inline(always)]
    fn steps<const MASKED: bool>(
        &mut self,
        choose: &mut impl Choose<C, R, O>,
        start: usize,
        count: usize,
    ) {
        let Kernel {
            divisor,
            right,
            below,
            second,
        } = self.weights.kernel();
        let skew = self.weights.kernel().skew();
        let none = [0; C];
        for step in 0..count {
            let t = start + step;
            let at = PAST + step;
            let first = *self.strip.from_above[0].get(t).unwrap_or(&none);
            let next = *self.strip.from_above[1]
                .get(t.wrapping_sub(skew))
                .unwrap_or(&none);
            let chunk = &mut *self.strip.chunk;
            let mut wanted = [[0; R]; C];
            for c in 0..C {
                let error = |back: usize| &chunk.errors[at - back][c];
                let mut sum = [0; R];
                // From the row two above, then that above, each handed one row down.
                for dx in 0..5 {
                    scaled(&mut sum, error(2 * skew + dx - 2), second[dx]);
                }
                if R > 1 {
                    sum = handed_down(&sum, next[c]);
                }
                for dx in 0..5 {
                    if below[dx] != 0 {
                        scaled(&mut sum, error(skew + dx - 2), below[dx]);
                    }
                }
                sum = handed_down(&sum, first[c]);
                scaled(&mut sum, error(1), right[0]);
                scaled(&mut sum, error(2), right[1]);
                for row in 0..R {
                    wanted[c][row] = chunk.source[step][c][row] + parts(sum[row], divisor);
                }
            }
            let mut errors = choose.choose(&wanted, &mut chunk.out[step]);
            for errors in &mut errors {
                for row in 0..R {
                    if self.strength != 256 {
                        errors[row] = (errors[row] * self.strength + 128) >> 8;
                    }
                    if MASKED {
                        errors[row] &= chunk.mask[step][row];
                    }
                }
            }
            chunk.errors[at] = errors;
        }
    }
}
