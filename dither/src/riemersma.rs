//! T. Riemersma, "A balanced dithering technique", C/C++ Users Journal 16 (12), 1998: error diffusion
//! along a Hilbert curve. A pixel gets the errors of the sixteen before it, the last most, a
//! sixteenth of that the first. The weights sum to one, as ImageMagick has them, so that the mean
//! tone is kept.

use std::ops::ControlFlow;

use crate::{choose::Choose, frame::Frame, hilbert::Curve};

/// Falling by 16^(1/15) each, from the newest to the oldest, in parts of 4,096.
const WEIGHTS: [i32; 16] = [
    729, 606, 504, 419, 348, 289, 241, 200, 166, 138, 115, 95, 79, 66, 55, 46,
];

/// Pixels between two checks.
const CHECKED: usize = 1 << 16;

pub(crate) struct Riemersma<const C: usize, const O: usize>(pub(crate) Frame);

impl<const C: usize, const O: usize> Riemersma<C, O> {
    /// The whole picture.
    pub(crate) fn picture(
        &self,
        choose: &mut impl Choose<C, 1, O>,
        source: &[u8],
        out: &mut [u8],
        check: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Self(Frame {
            width,
            height,
            load,
            strength,
            transparent,
        }) = self;
        let (bytes, strength) = (load.bytes(), i32::from(*strength));
        // The newest first, twice, so that sixteen in a row are always there.
        let mut errors = [[0; C]; 32];
        let mut newest = 0;
        for (n, (x, y)) in Curve::new(*width, *height).enumerate() {
            if n % CHECKED == 0 {
                check(n as u64)?;
            }
            let at = y * width + x;
            let pixel = &source[at * bytes..(at + 1) * bytes];
            let out = &mut out[at * O..(at + 1) * O];
            if !load.is_seen(pixel) {
                out.fill(*transparent);
                continue;
            }
            let mut numbers = [0; C];
            load.row::<C>(pixel, &mut numbers);
            newest = (newest + 15) % 16;
            let wanted = std::array::from_fn(|c| {
                let past = errors[newest + 1..newest + 17].iter().zip(WEIGHTS);
                let sum: i32 = past.map(|(errors, weight)| errors[c] * weight).sum();
                [i32::from(numbers[c]) + ((sum + (1 << 11)) >> 12)]
            });
            let mut chosen = [[0]; O];
            let made = choose.choose(&wanted, &mut chosen);
            let made = made.map(|[error]| (error * strength + 128) >> 8);
            errors[newest] = made;
            errors[newest + 16] = made;
            out.copy_from_slice(chosen.as_flattened());
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::WEIGHTS;

    #[test]
    fn the_weights_sum_to_one_and_fall_to_a_sixteenth() {
        assert_eq!(WEIGHTS.iter().sum::<i32>(), 4096);
        assert!(WEIGHTS.windows(2).all(|pair| pair[0] > pair[1]));
        assert!((15.0..17.0).contains(&(f64::from(WEIGHTS[0]) / f64::from(WEIGHTS[15]))));
    }
}
