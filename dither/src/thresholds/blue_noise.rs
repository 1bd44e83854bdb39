use super::ThresholdMap;
use crate::BadOptions;

/// Ranks as made by [`void_and_cluster`], 16 bits each, low byte first. A test makes them again.
const SMALL: &[u8] = include_bytes!("../../data/blue-noise-64.bin");
const LARGE: &[u8] = include_bytes!("../../data/blue-noise-128.bin");

pub(super) fn map(side: u16) -> Result<ThresholdMap, BadOptions> {
    let bytes = match side {
        64 => SMALL,
        128 => LARGE,
        size => {
            return Err(BadOptions::MatrixSize {
                size,
                known: "64 and 128",
            });
        }
    };
    let (pairs, _) = bytes.as_chunks();
    let ranks = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    Ok(ThresholdMap::new(side.into(), ranks.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::void_and_cluster::ranks;

    #[test]
    fn the_data_are_what_the_generator_makes() {
        for (side, seed) in [(64, 1), (128, 1)] {
            let made = ranks(usize::from(side), seed);
            assert_eq!(map(side).expect("a map").ranks(), made, "{side}");
        }
    }

    #[test]
    fn every_rank_is_there_once() {
        for side in [64, 128] {
            let mut ranks = map(side).expect("a map").ranks().to_vec();
            ranks.sort_unstable();
            assert!(
                ranks
                    .into_iter()
                    .map(u32::from)
                    .eq(0..u32::from(side).pow(2))
            );
        }
    }

    /// The mark of blue noise: points of any density keep their distance.
    #[test]
    fn the_first_points_lie_far_apart() {
        let map = map(64).expect("a map");
        let points: Vec<(i32, i32)> = (0..64 * 64)
            .zip(map.ranks())
            .filter(|(_, rank)| **rank < 64)
            .map(|(at, _)| (at % 64, at / 64))
            .collect();
        let apart = |a: i32, b: i32| ((a - b).abs()).min(64 - (a - b).abs());
        for (n, a) in points.iter().enumerate() {
            for b in &points[..n] {
                let squared = apart(a.0, b.0).pow(2) + apart(a.1, b.1).pow(2);
                assert!(squared >= 16, "{a:?} {b:?}");
            }
        }
    }
}
