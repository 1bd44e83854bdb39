use super::ThresholdMap;
use crate::BadOptions;

#[rustfmt::skip]
const FOUR: [u16; 16] = [
    4, 2, 7, 5,
    3, 1, 8, 6,
    7, 5, 4, 2,
    8, 6, 3, 1,
];

#[rustfmt::skip]
const SIX: [u16; 36] = [
    14, 13, 10,  8,  2,  3,
    16, 18, 12,  7,  1,  4,
    15, 17, 11,  9,  6,  5,
     8,  2,  3, 14, 13, 10,
     7,  1,  4, 16, 18, 12,
     9,  6,  5, 15, 17, 11,
];

#[rustfmt::skip]
const EIGHT: [u16; 64] = [
    13,  7,  8, 14, 17, 21, 22, 18,
     6,  1,  3,  9, 28, 31, 29, 23,
     5,  2,  4, 10, 27, 32, 30, 24,
    16, 12, 11, 15, 20, 26, 25, 19,
    17, 21, 22, 18, 13,  7,  8, 14,
    28, 31, 29, 23,  6,  1,  3,  9,
    27, 32, 30, 24,  5,  2,  4, 10,
    20, 26, 25, 19, 16, 12, 11, 15,
];

/// The published numbers begin at 1.
pub(super) fn map(side: u16) -> Result<ThresholdMap, BadOptions> {
    let published: &[u16] = match side {
        4 => &FOUR,
        6 => &SIX,
        8 => &EIGHT,
        size => {
            return Err(BadOptions::MatrixSize {
                size,
                known: "4, 6 and 8",
            });
        }
    };
    let ranks = published.iter().map(|number| number - 1).collect();
    Ok(ThresholdMap::new(side.into(), ranks))
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn every_rank_is_there_twice() {
        for side in [4, 6, 8] {
            let map = map(side).expect("a map");
            let mut ranks = map.ranks().to_vec();
            ranks.sort_unstable();
            let twice = (0..u32::from(side).pow(2) / 2).flat_map(|rank| [rank; 2]);
            assert!(ranks.into_iter().map(u32::from).eq(twice));
        }
    }
}
