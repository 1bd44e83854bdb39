//! The nearest of a few colours by looking at each of them, for several pixels at once; the first of
//! equals. Without branches and look-ups this is faster than any structure while colours are few.

use crate::{
    choose::{Choose, clamped},
    metric::Metric,
};

/// A colour, as its part of a squared distance: |p - q|² less |p|², which is the same for all q.
#[derive(Clone, Copy, Debug)]
struct Term {
    square: i32,
    /// Times minus two.
    place: [i32; 3],
}

/// The terms of all colours.
#[derive(Clone, Debug)]
pub(crate) struct Every<M> {
    metric: M,
    reach: (i32, i32),
    terms: Vec<Term>,
    /// Working numbers by index; what is beyond the colours is never used.
    values: Box<[[i32; 3]; 256]>,
}

impl<M: Metric> Every<M> {
    /// `colors` are the working numbers, up to `max`, of 1 to 256 colours.
    pub(crate) fn new(metric: M, colors: &[[i32; 3]], max: i32) -> Self {
        let mut values = Box::new([[0; 3]; 256]);
        values[..colors.len()].copy_from_slice(colors);
        let terms = colors.iter().map(|value| {
            let place = metric.place(*value);
            Term {
                square: place.iter().map(|p| p * p).sum(),
                place: place.map(|p| -2 * p),
            }
        });
        Self {
            terms: terms.collect(),
            metric,
            reach: M::reach(max),
            values,
        }
    }

    /// The index of the nearest for each lane.
    #[inline(always)]
    fn nearest<const R: usize>(&self, places: &[[i32; R]; 3]) -> [i32; R] {
        let far = |Term { square, place }: &Term| -> [i32; R] {
            let product = |c: usize, n: usize| places[c][n] * place[c];
            std::array::from_fn(|n| square + product(0, n) + product(1, n) + product(2, n))
        };
        let mut least = [i32::MAX; R];
        let mut nearest = [0; R];
        for (index, term) in (0..).zip(&self.terms) {
            let far = far(term);
            for n in 0..R {
                nearest[n] = if far[n] < least[n] { index } else { nearest[n] };
                least[n] = least[n].min(far[n]);
            }
        }
        nearest
    }
}

impl<M: Metric, const R: usize> Choose<3, R, 1> for Every<M> {
    const IS_USUAL: bool = M::IS_PLAIN;

    #[inline(always)]
    fn choose(&mut self, wanted: &[[i32; R]; 3], [out]: &mut [[u8; R]; 1]) -> [[i32; R]; 3] {
        let within = clamped(wanted, self.reach);
        let nearest = self.nearest(&self.metric.places(&within));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 255"
        )]
        let nearest = nearest.map(|index| index as u8);
        *out = nearest;
        let values = nearest.map(|index| self.values[usize::from(index)]);
        std::array::from_fn(|c| std::array::from_fn(|n| within[c][n] - values[n][c]))
    }
}
