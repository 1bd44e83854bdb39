//! Prefix codes by frequency: D. A. Huffman, "A method for the construction of minimum-redundancy
//! codes", Proceedings of the IRE 40 (9), 1952.

/// The longest code that is made; 15 would be allowed. Four of this one and seven bits that wait
/// fit 64.
pub(super) const LONGEST: usize = 14;

/// A code, its first bit lowest, as it is written.
#[derive(Clone, Copy, Default)]
pub(super) struct Code {
    pub(super) bits: u16,
    pub(super) length: u8,
}

/// Code lengths for symbols that occur so often, at least two of them; 0 for those that do not.
pub(super) fn lengths<const N: usize>(counts: &[u32; N]) -> [u8; N] {
    let mut symbols: Vec<(u32, usize)> = (0..N)
        .filter(|symbol| counts[*symbol] > 0)
        .map(|symbol| (counts[symbol], symbol))
        .collect();
    symbols.sort_unstable();
    let mut of_length = [0; LONGEST + 1];
    for depth in depths(&symbols) {
        of_length[depth.min(LONGEST)] += 1;
    }
    make_room(&mut of_length);
    // The rarest have the longest.
    let mut lengths = [0; N];
    let longest_first = (1..=14_u8).rev();
    let all = longest_first
        .flat_map(|length| std::iter::repeat_n(length, of_length[usize::from(length)]));
    for ((_, symbol), length) in symbols.iter().zip(all) {
        lengths[*symbol] = length;
    }
    lengths
}

/// How deep each symbol is in the tree, in which the two rarest are joined again and again. The
/// symbols are sorted, and so are the nodes as they are made: the rarest is the next of one or the
/// other.
fn depths(symbols: &[(u32, usize)]) -> Vec<usize> {
    let leaves = symbols.len();
    let mut counts: Vec<u32> = symbols.iter().map(|(count, _)| *count).collect();
    // Leaves, then nodes; of each, its node.
    let mut parents = vec![0; 2 * leaves];
    let (mut leaf, mut node) = (0, leaves);
    while counts.len() + 1 < 2 * leaves {
        let parent = counts.len();
        let mut count = 0;
        for _ in 0..2 {
            let is_leaf = node >= parent || (leaf < leaves && counts[leaf] <= counts[node]);
            let rarest = if is_leaf { &mut leaf } else { &mut node };
            count += counts[*rarest];
            parents[*rarest] = parent;
            *rarest += 1;
        }
        counts.push(count);
    }
    let mut depths = vec![0; counts.len()];
    for at in (0..counts.len().saturating_sub(1)).rev() {
        depths[at] = depths[parents[at]] + 1;
    }
    depths.truncate(leaves);
    depths
}

/// Codes that were cut to the longest length are more than there is room for: as often as needed, a
/// shorter one becomes two that are a bit longer, one of them in the place of a longest.
fn make_room(of_length: &mut [usize; LONGEST + 1]) {
    let taken = |of_length: &[usize; LONGEST + 1]| -> usize {
        (1..=LONGEST)
            .map(|length| of_length[length] << (LONGEST - length))
            .sum()
    };
    for _ in 1 << LONGEST..taken(of_length) {
        let Some(shorter) = (1..LONGEST).rev().find(|length| of_length[*length] > 0) else {
            return;
        };
        of_length[shorter] -= 1;
        of_length[shorter + 1] += 2;
        of_length[LONGEST] -= 1;
    }
}

/// The codes of these lengths (3.2.2).
pub(super) fn codes<const N: usize>(lengths: &[u8; N]) -> [Code; N] {
    let mut codes = [Code::default(); N];
    let mut next = 0_u16;
    for length in 1..=14_u8 {
        next <<= 1;
        for (code, _) in codes
            .iter_mut()
            .zip(lengths)
            .filter(|(_, of)| **of == length)
        {
            let bits = next.reverse_bits() >> (16 - length);
            *code = Code { bits, length };
            next += 1;
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of all room the codes take, in the smallest parts.
    fn taken(lengths: &[u8]) -> usize {
        let part = |length: &u8| 1 << (LONGEST - usize::from(*length));
        lengths.iter().filter(|length| **length > 0).map(part).sum()
    }

    #[test]
    fn the_example_of_the_specification() {
        let codes = codes(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let bits = codes.map(|code| code.bits.reverse_bits() >> (16 - code.length));
        assert_eq!(
            bits,
            [0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111]
        );
    }

    #[test]
    fn rarer_symbols_have_longer_codes_that_fill_all_room() {
        assert_eq!(lengths(&[1, 1, 2, 4, 0, 8]), [4, 4, 3, 2, 0, 1]);
        assert_eq!(lengths(&[0, 7, 7, 0]), [0, 1, 1, 0]);
        assert_eq!(lengths(&[5; 8]), [3; 8]);
    }

    #[test]
    fn no_code_is_too_long_however_the_symbols_are_spread() {
        let mut fibonacci = [1_u32; 30];
        for at in 2..30 {
            fibonacci[at] = fibonacci[at - 1] + fibonacci[at - 2];
        }
        let steep: [u32; 286] = std::array::from_fn(|at| 1 << (at % 20));
        let even: [u32; 286] = [3; 286];
        for lengths in [&lengths(&fibonacci)[..], &lengths(&steep), &lengths(&even)] {
            assert!(lengths.iter().all(|length| (1..=14).contains(length)));
            assert_eq!(taken(lengths), 1 << LONGEST);
        }
    }
}
