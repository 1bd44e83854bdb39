//! How far colours are from each other.

use crate::{
    oklab::{self, Cones, Lab, Oklab},
    working::LINEAR_MAX,
};

/// A distance between working numbers.
pub(crate) trait Metric {
    /// Working numbers are their own place.
    const IS_PLAIN: bool;

    /// Between which numbers wanted ones are brought before a colour is chosen, and the error counted;
    /// `max` is the greatest of a colour.
    fn reach(max: i32) -> (i32, i32);

    /// The place of working numbers, each from 0 to the greatest.
    fn place(&self, working: [i32; 3]) -> [i32; 3];
    /// The places of several at once.
    #[inline(always)]
    fn places<const R: usize>(&self, working: &[[i32; R]; 3]) -> [[i32; R]; 3] {
        let mut places = [[0; R]; 3];
        for n in 0..R {
            let place = self.place([0, 1, 2].map(|c| working[c][n]));
            for c in 0..3 {
                places[c][n] = place[c];
            }
        }
        places
    }

    /// The places of all numbers in a box.
    type Region;

    /// Of a box from its low to its high corner, both within.
    fn region(&self, low: [i32; 3], high: [i32; 3]) -> Self::Region;

    /// Whether one place is nearer than another to every place of a region; may say no though it
    /// is.
    fn is_nearer_to_all(&self, region: &Self::Region, one: [i32; 3], other: [i32; 3]) -> bool;

    /// Where parts begin that each axis of working numbers is cut into to look for colours; a power
    /// of two of them.
    fn starts(count: u32, tones: &[i32; 256]) -> Vec<i32>;
}

/// The working numbers are the place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain;

impl Metric for Plain {
    const IS_PLAIN: bool = true;

    fn reach(max: i32) -> (i32, i32) {
        (0, max)
    }

    #[inline(always)]
    fn place(&self, working: [i32; 3]) -> [i32; 3] {
        working
    }

    #[inline(always)]
    fn places<const R: usize>(&self, working: &[[i32; R]; 3]) -> [[i32; R]; 3] {
        *working
    }

    type Region = [[i32; 3]; 2];

    fn region(&self, low: [i32; 3], high: [i32; 3]) -> [[i32; 3]; 2] {
        [low, high]
    }

    /// How much nearer, squared, is linear in the place, and so least at a corner.
    #[inline]
    fn is_nearer_to_all(&self, corners: &[[i32; 3]; 2], one: [i32; 3], other: [i32; 3]) -> bool {
        let gain = |c: usize| {
            let (to, sum) = (one[c] - other[c], one[c] + other[c]);
            let corner = if to > 0 { corners[0][c] } else { corners[1][c] };
            to * (2 * corner - sum)
        };
        gain(0) + gain(1) + gain(2) > 0
    }

    fn starts(count: u32, tones: &[i32; 256]) -> Vec<i32> {
        tones
            .iter()
            .step_by(256 / count as usize)
            .copied()
            .collect()
    }
}

impl Metric for Oklab {
    const IS_PLAIN: bool = false;

    fn reach(_: i32) -> (i32, i32) {
        Self::RANGE
    }

    #[inline(always)]
    fn place(&self, light: [i32; 3]) -> [i32; 3] {
        self.of(light)
    }

    type Region = [Cones; 2];

    fn region(&self, low: [i32; 3], high: [i32; 3]) -> [Cones; 2] {
        [low, high].map(|corner| self.cones(corner))
    }

    fn is_nearer_to_all(&self, corners: &[Cones; 2], one: Lab, other: Lab) -> bool {
        oklab::is_nearer_to_all(corners, one, other)
    }

    /// Evenly spaced to the eye.
    fn starts(count: u32, _: &[i32; 256]) -> Vec<i32> {
        oklab::starts(count)
    }
}

/// Squared, of places whose coordinates lie at most [`LINEAR_MAX`] apart, or, in OKLab, as far as it
/// reaches, which is less than 28,000 in all: so that it fits.
#[inline(always)]
pub(crate) fn distance(a: [i32; 3], b: [i32; 3]) -> i32 {
    const { assert!(3 * (LINEAR_MAX as i64).pow(2) <= i32::MAX as i64) };
    let square = |c: usize| (a[c] - b[c]).pow(2);
    square(0) + square(1) + square(2)
}
