//! OKLab in whole numbers. B. Ottosson, "A perceptual color space for image processing", 2020,
//! with the matrices as published there.

use crate::working::LINEAR_MAX;

/// Linear light to the cones' responses, in parts of 65,536; each row sums to one.
const CONES: [[i64; 3]; 3] = [
    [27_015, 35_149, 3_372],
    [13_887, 44_610, 7_039],
    [5_787, 18_463, 41_286],
];

/// Cube roots of the responses to L, a and b, in parts of 65,536.
const LAB: [[i64; 3]; 3] = [
    [13_792, 52_011, -267],
    [129_630, -159_160, 29_530],
    [1_698, 51_300, -52_998],
];

/// Lightness and two opponents, a quarter of [`LINEAR_MAX`] to one: squares of all distances fit.
pub(crate) type Lab = [i32; 3];

/// Light of less than none and of more than white: a colour that is near to the eye may be far in
/// light, and the error that makes must not be cut off, or tones were lost.
const LOWEST: i32 = -LINEAR_MAX;
const HIGHEST: i32 = 2 * LINEAR_MAX;

/// Cube roots of all responses, those of negative ones negative.
#[derive(Clone, Debug)]
pub(crate) struct Oklab {
    roots: Vec<i16>,
}

impl Oklab {
    pub(crate) fn new() -> Self {
        Self {
            roots: (LOWEST..=HIGHEST).map(root).collect(),
        }
    }

    /// What linear light may be.
    pub(crate) const RANGE: (i32, i32) = (LOWEST, HIGHEST);

    /// Of linear light in its [range](Self::RANGE).
    #[inline(always)]
    pub(crate) fn of(&self, light: [i32; 3]) -> Lab {
        let cones = CONES.map(|row| self.response(row, light));
        LAB.map(|row| combine(row, cones, QUARTER))
    }

    /// Lightness of grey, [`LINEAR_MAX`] to one.
    pub(crate) fn lightness(&self, light: i32) -> i32 {
        self.response([1 << WHOLE, 0, 0], [light; 3])
    }

    #[inline(always)]
    fn response(&self, row: [i64; 3], light: [i32; 3]) -> i32 {
        let at = combine(row, light, WHOLE).clamp(LOWEST, HIGHEST) - LOWEST;
        self.roots[usize::try_from(at).unwrap_or_default()].into()
    }

    /// Least and greatest of L, a and b in a box of linear light. All weights of the cones are
    /// positive, so that their responses are least in the low corner and greatest in the high one.
    pub(crate) fn bounds(&self, low: [i32; 3], high: [i32; 3]) -> [(i32, i32); 3] {
        let cones = CONES.map(|row| (self.response(row, low), self.response(row, high)));
        LAB.map(|row| {
            let ends = |least: bool| {
                let pick = |weight: i64, (low, high): (i32, i32)| {
                    if (weight > 0) == least { low } else { high }
                };
                combine(
                    row,
                    [0, 1, 2].map(|cone| pick(row[cone], cones[cone])),
                    QUARTER,
                )
            };
            (ends(true), ends(false))
        })
    }
}

/// Weights in parts of 65,536 become parts of one,
const WHOLE: u32 = 16;
/// or of a quarter.
const QUARTER: u32 = 18;

/// The weighted sum, divided by a power of two and rounded.
#[inline(always)]
fn combine(weights: [i64; 3], values: [i32; 3], bits: u32) -> i32 {
    let products = [0, 1, 2].map(|c| weights[c] * i64::from(values[c]));
    let sum: i64 = products.iter().sum();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the weights sum to at most five"
    )]
    let rounded = ((sum + (1 << (bits - 1))) >> bits) as i32;
    rounded
}

fn root(light: i32) -> i16 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the greatest is a quarter more than LINEAR_MAX"
    )]
    let whole = (exact_root(light.abs()) + 0.5) as i16;
    if light < 0 { -whole } else { whole }
}

fn exact_root(light: i32) -> f64 {
    let max = f64::from(LINEAR_MAX);
    (f64::from(light) / max).cbrt() * max
}

#[cfg(test)]
mod tests {
    use super::*;

    const M1: [[f64; 3]; 3] = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const M2: [[f64; 3]; 3] = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];

    fn by_floats(light: [i32; 3]) -> [f64; 3] {
        let light = light.map(|c| f64::from(c) / f64::from(LINEAR_MAX));
        let dot = |row: [f64; 3], v: [f64; 3]| row[0] * v[0] + row[1] * v[1] + row[2] * v[2];
        let roots = M1.map(|row| dot(row, light).cbrt());
        M2.map(|row| dot(row, roots))
    }

    /// The greatest and the mean difference, of light from `low` over `count` numbers.
    fn off(low: i32, count: i32) -> (f64, f64) {
        let oklab = Oklab::new();
        let (mut worst, mut sum) = (0.0_f64, 0.0);
        for n in 0..100_000_u32 {
            let hash = u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let light = [0, 20, 40].map(|shift| i32::try_from(hash >> shift & 0xf_ffff).unwrap());
            let light = light.map(|light| low + light % count);
            let (whole, float) = (oklab.of(light), by_floats(light));
            for c in 0..3 {
                let off = (4.0 * f64::from(whole[c]) / f64::from(LINEAR_MAX) - float[c]).abs();
                worst = worst.max(off);
                sum += off;
            }
        }
        (worst, sum / 300_000.0)
    }

    #[test]
    fn whole_numbers_are_within_a_hundredth_of_floats_and_mostly_far_nearer() {
        let (worst, mean) = off(0, LINEAR_MAX + 1);
        assert!(worst < 0.01 && mean < 0.000_2, "{worst} {mean}");
    }

    /// Where a response changes its sign, its root is steep.
    #[test]
    fn beyond_black_and_white_whole_numbers_are_mostly_as_near() {
        let (worst, mean) = off(LOWEST, HIGHEST - LOWEST + 1);
        assert!(worst < 0.1 && mean < 0.000_2, "{worst} {mean}");
    }

    #[test]
    fn a_box_holds_all_that_is_in_it() {
        let oklab = Oklab::new();
        for n in 0..2_000_u32 {
            let hash = u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let low = [0, 14, 28].map(|shift| i32::try_from(hash >> shift & 0x1fff).unwrap());
            let high = low.map(|c| c + 600);
            let bounds = oklab.bounds(low, high);
            for m in 0..50 {
                let steps = [5, 12, 19];
                let inner = [0, 1, 2].map(|c| low[c] + (m * steps[c] * 13) % 601);
                let lab = oklab.of(inner);
                for c in 0..3 {
                    assert!((bounds[c].0..=bounds[c].1).contains(&lab[c]));
                }
            }
        }
    }

    #[test]
    fn no_root_is_so_near_to_a_half_that_another_library_would_round_it_otherwise() {
        for light in (1..HIGHEST).filter(|light| *light != LINEAR_MAX) {
            let fraction = (exact_root(light) + 0.5).fract();
            assert!((1e-7..1.0 - 1e-7).contains(&fraction), "{light}");
        }
    }
}
