//! How far colours are from each other.

use crate::{oklab::Oklab, working::LINEAR_MAX};

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
    /// Least and greatest of each coordinate of the places of all numbers in a box.
    fn bounds(&self, low: [i32; 3], high: [i32; 3]) -> [(i32, i32); 3];
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

    fn bounds(&self, low: [i32; 3], high: [i32; 3]) -> [(i32, i32); 3] {
        [0, 1, 2].map(|c| (low[c], high[c]))
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

    fn bounds(&self, low: [i32; 3], high: [i32; 3]) -> [(i32, i32); 3] {
        Self::bounds(self, low, high)
    }
}

/// Squared, of places whose coordinates lie at most [`LINEAR_MAX`] apart, so that it fits.
#[inline(always)]
pub(crate) fn distance(a: [i32; 3], b: [i32; 3]) -> i32 {
    const { assert!(3 * (LINEAR_MAX as i64).pow(2) <= i32::MAX as i64) };
    let square = |c: usize| (a[c] - b[c]).pow(2);
    square(0) + square(1) + square(2)
}

/// Least and greatest squared distance from a place to those in a box.
pub(crate) fn range(bounds: &[(i32, i32); 3], place: [i32; 3]) -> (i32, i32) {
    let (mut least, mut greatest) = (0, 0);
    for ((low, high), at) in bounds.iter().zip(place) {
        least += (low - at).max(at - high).max(0).pow(2);
        greatest += (at - low).abs().max((high - at).abs()).pow(2);
    }
    (least, greatest)
}
