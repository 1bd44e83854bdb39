use super::ThresholdMap;

/// Of `side` pixels, a power of two: each doubling makes four copies of the map before, times four,
/// and adds 0, 2, 3 and 1 to those above left, above right, below left and below right.
pub(super) fn map(side: usize) -> ThresholdMap {
    let rank = |x: usize, y: usize| {
        let mut rank = 0;
        let mut bit = 1;
        while bit < side {
            // From the coarsest half, which tells least, to the finest, which tells most.
            let (right, down) = (usize::from(x & bit != 0), usize::from(y & bit != 0));
            rank = rank << 2 | (right ^ down) << 1 | down;
            bit <<= 1;
        }
        u16::try_from(rank).unwrap_or(u16::MAX)
    };
    let ranks = (0..side).flat_map(|y| (0..side).map(move |x| rank(x, y)));
    ThresholdMap::new(side, ranks.collect())
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn the_maps_are_as_published() {
        assert_eq!(map(2).ranks(), [0, 2, 3, 1]);
        #[rustfmt::skip]
        assert_eq!(map(4).ranks(), [
             0,  8,  2, 10,
            12,  4, 14,  6,
             3, 11,  1,  9,
            15,  7, 13,  5,
        ]);
        #[rustfmt::skip]
        assert_eq!(map(8).ranks(), [
             0, 32,  8, 40,  2, 34, 10, 42,
            48, 16, 56, 24, 50, 18, 58, 26,
            12, 44,  4, 36, 14, 46,  6, 38,
            60, 28, 52, 20, 62, 30, 54, 22,
             3, 35, 11, 43,  1, 33,  9, 41,
            51, 19, 59, 27, 49, 17, 57, 25,
            15, 47,  7, 39, 13, 45,  5, 37,
            63, 31, 55, 23, 61, 29, 53, 21,
        ]);
    }

    #[test]
    fn every_rank_is_there_once() {
        for side in [2, 4, 8, 16, 32, 64, 128, 256] {
            let mut ranks = map(side).ranks().to_vec();
            ranks.sort_unstable();
            assert!(ranks.into_iter().map(usize::from).eq(0..side * side));
        }
    }
}
