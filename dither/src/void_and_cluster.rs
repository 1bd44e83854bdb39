//! Blue noise: R. Ulichney, "The void-and-cluster method for dither array generation", SPIE 1913,
//! 1993.
//!
//! Each point that is set spreads a bell of energy around it, over the edges to the other side. The
//! tightest cluster is the set point with most energy, the largest void the free one with least. A
//! first pattern is evened out by moving clusters into voids; taking its clusters away gives the
//! lowest ranks from the top down, filling its voids the others from the bottom up.
//!
//! All in whole numbers, so that it comes out the same everywhere.

/// Sigma of the bell in pixels, as Ulichney found best, and how far it is followed.
const SIGMA: f64 = 1.5;
const REACH: usize = 9;

/// The ranks 0 to side² - 1 of a square, row by row; `side` is at most 256.
///
/// Slow: the time grows with the fourth power of the side. What is shipped was made by the example
/// `blue_noise`.
#[doc(hidden)]
pub fn ranks(side: usize, seed: u64) -> Vec<u16> {
    let first = evened(Field::scattered(side, side * side / 10, seed));
    let points = first.points;
    let mut ranks = vec![0; side * side];
    let rank = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let mut fewer = first.clone();
    for number in (0..points).rev() {
        let at = fewer.tightest_cluster();
        fewer.turn(at);
        ranks[at] = rank(number);
    }
    let mut more = first;
    for number in points..side * side {
        let at = more.largest_void();
        more.turn(at);
        ranks[at] = rank(number);
    }
    ranks
}

/// Moves the tightest cluster into the largest void until that changes nothing.
fn evened(mut field: Field) -> Field {
    loop {
        let cluster = field.tightest_cluster();
        field.turn(cluster);
        let void = field.largest_void();
        field.turn(void);
        if void == cluster {
            return field;
        }
    }
}

#[derive(Clone)]
struct Field {
    side: usize,
    set: Vec<bool>,
    points: usize,
    energy: Vec<u64>,
    bell: Vec<u64>,
}

impl Field {
    /// That many points at random places, by the generator splitmix64 (G. L. Steele, D. Lea and
    /// C. H. Flood, "Fast splittable pseudorandom number generators", 2014).
    fn scattered(side: usize, points: usize, seed: u64) -> Self {
        let mut field = Self {
            side,
            set: vec![false; side * side],
            points: 0,
            energy: vec![0; side * side],
            bell: (0..=REACH).map(bell).collect(),
        };
        let mut state = seed;
        while field.points < points {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            let at = usize::try_from(mixed % (side * side) as u64).unwrap_or_default();
            if !field.set[at] {
                field.turn(at);
            }
        }
        field
    }

    /// Sets a free point or frees a set one.
    fn turn(&mut self, at: usize) {
        self.set[at] = !self.set[at];
        let is_set = self.set[at];
        self.points = if is_set {
            self.points + 1
        } else {
            self.points - 1
        };
        let (x, y) = (at % self.side, at / self.side);
        for dy in 0..=2 * REACH {
            let row = (y + dy + self.side - REACH) % self.side * self.side;
            let vertical = self.bell[dy.abs_diff(REACH)];
            for dx in 0..=2 * REACH {
                let column = (x + dx + self.side - REACH) % self.side;
                let energy = vertical * self.bell[dx.abs_diff(REACH)];
                let place = &mut self.energy[row + column];
                *place = if is_set {
                    *place + energy
                } else {
                    *place - energy
                };
            }
        }
    }

    fn tightest_cluster(&self) -> usize {
        let set = (0..self.set.len()).filter(|at| self.set[*at]);
        // Of equals the first.
        set.min_by_key(|at| std::cmp::Reverse(self.energy[*at]))
            .unwrap_or_default()
    }

    fn largest_void(&self) -> usize {
        let free = (0..self.set.len()).filter(|at| !self.set[*at]);
        free.min_by_key(|at| self.energy[*at]).unwrap_or_default()
    }
}

/// exp(-d² / 2σ²) in parts of 2³⁰, by its series, whose steps every processor rounds alike.
fn bell(distance: usize) -> u64 {
    #[expect(clippy::cast_precision_loss, reason = "at most nine")]
    let exponent = (distance * distance) as f64 / (2.0 * SIGMA * SIGMA);
    // exp(-x) = 1 / exp(x), whose terms are all positive.
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while term > sum * 1e-18 {
        term *= exponent / n;
        sum += term;
        n += 1.0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 2³⁰"
    )]
    let whole = (f64::from(1 << 30) / sum + 0.5) as u64;
    whole
}
