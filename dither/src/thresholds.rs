//! Threshold maps of ordered dithering.

mod bayer;
mod blue_noise;
mod cluster_dot;

use crate::{Algorithm, BadOptions};

/// A square of ranks, repeated over the picture: in a grey between two levels the pixels of low
/// rank become the brighter one first. Pixel (x, y) has the rank at (x mod side, y mod side); with
/// `count` ranks a pixel of rank r becomes brighter when its part of the way to the next level is
/// more than (r + ½) / count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdMap {
    side: usize,
    count: u32,
    ranks: Vec<u16>,
}

impl ThresholdMap {
    /// B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures", IEEE
    /// International Conference on Communications, 1973. `side` is a power of two from 2 to 256;
    /// 8 when none is given.
    pub fn bayer(side: Option<u16>) -> Result<Self, BadOptions> {
        match side.unwrap_or(8) {
            side @ (2 | 4 | 8 | 16 | 32 | 64 | 128 | 256) => Ok(bayer::map(side.into())),
            size => Err(BadOptions::MatrixSize {
                size,
                known: "the powers of two from 2 to 256",
            }),
        }
    }

    /// Dots that grow, in lines at 45 degrees as in print: the angled halftones of ImageMagick's
    /// `thresholds.xml` (h4x4a, h6x6a, h8x8a). `side` is 4, 6 or 8; 8 when none is given.
    pub fn cluster_dot(side: Option<u16>) -> Result<Self, BadOptions> {
        cluster_dot::map(side.unwrap_or(8))
    }

    /// Dots without low frequencies, made by void and cluster: R. Ulichney, "The void-and-cluster
    /// method for dither array generation", SPIE 1913, 1993. `side` is 64 or 128; 64 when none is
    /// given.
    pub fn blue_noise(side: Option<u16>) -> Result<Self, BadOptions> {
        blue_noise::map(side.unwrap_or(64))
    }

    /// That of an ordered algorithm.
    pub(crate) fn of(algorithm: Algorithm, side: Option<u16>) -> Option<Result<Self, BadOptions>> {
        match algorithm {
            Algorithm::Bayer => Some(Self::bayer(side)),
            Algorithm::ClusterDot => Some(Self::cluster_dot(side)),
            Algorithm::BlueNoise => Some(Self::blue_noise(side)),
            _ => None,
        }
    }

    /// Pixels of a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// How many different ranks there are, from 0.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Row by row.
    pub fn ranks(&self) -> &[u16] {
        &self.ranks
    }

    /// Of the row of a picture, to be repeated.
    pub(crate) fn row(&self, y: usize) -> &[u16] {
        let start = y % self.side * self.side;
        &self.ranks[start..start + self.side]
    }

    fn new(side: usize, ranks: Vec<u16>) -> Self {
        let count = ranks.iter().max().map_or(1, |last| u32::from(*last) + 1);
        Self { side, count, ranks }
    }
}
