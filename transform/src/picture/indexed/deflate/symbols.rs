//! The symbols of lengths and distances (3.2.5).

/// Literals, the end, and lengths.
pub(super) const LITERALS: usize = 286;
/// Distances.
pub(super) const DISTANCES: usize = 30;
/// The end of a block.
pub(super) const END: usize = 256;

/// A symbol, and the bits behind it that say which of its values is meant.
pub(super) struct Symbol {
    pub(super) index: usize,
    pub(super) extra: u64,
    pub(super) extra_bits: u32,
}

/// Of a length of 8 to 257.
#[inline]
pub(super) fn of_length(length: usize) -> Symbol {
    // Four symbols for each power of two: 3 to 10 have one each.
    grouped::<2>(length - 3, END + 1)
}

/// Of a distance of 1 to 32,768.
#[inline]
pub(super) fn of_distance(distance: usize) -> Symbol {
    grouped::<1>(distance - 1, 0)
}

/// With 2^`LOG` symbols for each power of two.
#[inline]
fn grouped<const LOG: u32>(value: usize, first: usize) -> Symbol {
    // The lowest values have a symbol each.
    let extra_bits = (value | 1).ilog2().saturating_sub(LOG);
    Symbol {
        index: first + ((extra_bits as usize) << LOG) + (value >> extra_bits),
        extra: (value & ((1 << extra_bits) - 1)) as u64,
        extra_bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First value and extra bits of some symbols, from the tables of 3.2.5.
    #[test]
    fn symbols_are_those_of_the_tables() {
        for (length, index, extra_bits) in [
            (8, 262, 0),
            (10, 264, 0),
            (11, 265, 1),
            (13, 266, 1),
            (17, 268, 1),
            (19, 269, 2),
            (35, 273, 3),
            (67, 277, 4),
            (115, 280, 4),
            (131, 281, 5),
            (163, 282, 5),
            (227, 284, 5),
        ] {
            let first = of_length(length);
            assert_eq!(
                (first.index, first.extra_bits, first.extra),
                (index, extra_bits, 0)
            );
            let last = of_length(length + (1 << extra_bits) - 1);
            assert_eq!((last.index, last.extra), (index, (1 << extra_bits) - 1));
        }
        for (distance, index, extra_bits) in [
            (1, 0, 0),
            (2, 1, 0),
            (4, 3, 0),
            (5, 4, 1),
            (7, 5, 1),
            (9, 6, 2),
            (257, 16, 7),
            (385, 17, 7),
            (16_385, 28, 13),
            (24_577, 29, 13),
        ] {
            let first = of_distance(distance);
            assert_eq!(
                (first.index, first.extra_bits, first.extra),
                (index, extra_bits, 0)
            );
            let last = of_distance(distance + (1 << extra_bits) - 1);
            assert_eq!((last.index, last.extra), (index, (1 << extra_bits) - 1));
        }
    }
}
