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

/// Cube roots of the responses of the three kinds of cones, [`LINEAR_MAX`] to one.
pub(crate) type Cones = [i32; 3];

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
        let cones = self.cones(light);
        let along = |c: usize| combine(LAB[c], cones, QUARTER);
        [along(0), along(1), along(2)]
    }

    /// Cube roots of the responses of the cones.
    #[inline(always)]
    pub(crate) fn cones(&self, light: [i32; 3]) -> Cones {
        let cone = |c: usize| self.response(CONES[c], light);
        [cone(0), cone(1), cone(2)]
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
}

/// Whether one place is nearer than another to all light between two corners. All weights of the
/// cones are positive, so that their responses are least in the low corner and greatest in the high
/// one; how much nearer, squared, is linear in their roots, but for the rounding of the places.
pub(crate) fn is_nearer_to_all(corners: &[Cones; 2], one: Lab, other: Lab) -> bool {
    let to = |c: usize| i64::from(one[c] - other[c]);
    let sum = |c: usize| i64::from(one[c] + other[c]);
    let least = |cone: usize| {
        let weight = to(0) * LAB[0][cone] + to(1) * LAB[1][cone] + to(2) * LAB[2][cone];
        let corner = if weight > 0 { corners[0] } else { corners[1] };
        weight * i64::from(corner[cone])
    };
    // Places are rounded, by at most a half each.
    let rest = |c: usize| to(c) * sum(c) + to(c).abs();
    2 * (least(0) + least(1) + least(2)) > (rest(0) + rest(1) + rest(2)) << QUARTER
}

/// Where parts of the [range](Oklab::RANGE) begin that are alike to the eye: their cube roots are
/// evenly spaced.
pub(crate) fn starts(count: u32) -> Vec<i32> {
    const LOW: i64 = LOWEST as i64;
    /// The greatest whole number whose cube is not above that of the root of [`HIGHEST`].
    const HIGH: i64 = 20_641;
    const { assert!(HIGH.pow(3) <= 2 * LOW.pow(2) * -LOW) };
    let root = |n: i64| LOW + n * (HIGH - LOW) / i64::from(count);
    let light = |root: i64| root.pow(3).div_euclid(LOW.pow(2));
    (0..count.into())
        .map(|n| i32::try_from(light(root(n))).unwrap_or(HIGHEST))
        .collect()
}

/// Weights in parts of 65,536 become parts of one,
const WHOLE: u32 = 16;
/// or of a quarter.
const QUARTER: u32 = 18;

/// The weighted sum, divided by a power of two and rounded.
#[inline(always)]
fn combine(weights: [i64; 3], values: [i32; 3], bits: u32) -> i32 {
    let product = |c: usize| weights[c] * i64::from(values[c]);
    let sum = product(0) + product(1) + product(2);
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
    fn what_is_nearer_to_a_box_is_nearer_to_all_that_is_in_it() {
        let oklab = Oklab::new();
        let mut nearer = 0;
        for n in 0..20_000_u64 {
            let mut hash = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut color = |count: i32| {
                let bits = [0, 21, 42].map(|shift| i32::try_from(hash >> shift & 0xf_ffff));
                hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                bits.map(|bits| bits.expect("twenty bits") % count)
            };
            let [one, other] = [color(LINEAR_MAX), color(LINEAR_MAX)].map(|c| oklab.of(c));
            let low = color(2 * LINEAR_MAX).map(|c| c + LOWEST);
            let high = low.map(|c| c + 900);
            if !is_nearer_to_all(&[oklab.cones(low), oklab.cones(high)], one, other) {
                continue;
            }
            nearer += 1;
            for _ in 0..20 {
                let offset = color(901);
                let place = oklab.of([0, 1, 2].map(|c| low[c] + offset[c]));
                let far = |from: Lab| (0..3).map(|c| (place[c] - from[c]).pow(2)).sum::<i32>();
                assert!(far(one) < far(other), "{one:?} {other:?} {place:?}");
            }
        }
        assert!(nearer > 5_000, "{nearer}");
    }

    #[test]
    fn no_root_is_so_near_to_a_half_that_another_library_would_round_it_otherwise() {
        for light in (1..HIGHEST).filter(|light| *light != LINEAR_MAX) {
            let fraction = (exact_root(light) + 0.5).fract();
            assert!((1e-7..1.0 - 1e-7).contains(&fraction), "{light}");
        }
    }
}
