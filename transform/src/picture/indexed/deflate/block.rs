use super::super::bits::Bits;
use super::{
    huffman::{Code, LONGEST, codes, lengths},
    matches::Match,
    symbols::{DISTANCES, END, LITERALS, of_distance, of_length},
};

/// Bytes before a stored block: three bits, up to seven to fill, and its length twice.
const STORED: usize = 5;

/// Writes a block, with codes of its own or as it is, whichever is shorter.
pub(super) fn write(block: &[u8], matches: &[Match], is_last: bool, bits: &mut Bits) {
    // A code has at most 14 bits, and so has what stands before the data for each symbol.
    bits.reserve(2 * block.len() + 1024);
    let mark = bits.mark();
    coded(block, matches, is_last, bits);
    if bits.since(&mark) > block.len() + STORED {
        bits.return_to(&mark);
        stored(block, is_last, bits);
    }
}

/// As it is (3.2.4).
fn stored(block: &[u8], is_last: bool, bits: &mut Bits) {
    bits.add(is_last.into(), 3);
    bits.align();
    let len = u16::try_from(block.len()).unwrap_or_default();
    bits.bytes(&len.to_le_bytes());
    bits.bytes(&(!len).to_le_bytes());
    bits.bytes(block);
}

/// With codes of its own (3.2.7).
fn coded(block: &[u8], matches: &[Match], is_last: bool, bits: &mut Bits) {
    let (literals, distances) = count(block, matches);
    let (literals, distances) = (lengths(&literals), lengths(&distances));
    head(&literals, &distances, is_last, bits);
    let (literals, distances) = (codes(&literals), codes(&distances));
    let mut rest = block;
    for found in matches {
        let (run, behind) = rest.split_at(found.literals);
        write_literals(run, &literals, bits);
        let length = of_length(found.length);
        add(literals[length.index], bits);
        bits.add(length.extra, length.extra_bits);
        let distance = of_distance(found.distance);
        add(distances[distance.index], bits);
        bits.add(distance.extra, distance.extra_bits);
        bits.flush();
        rest = &behind[found.length..];
    }
    write_literals(rest, &literals, bits);
    add(literals[END], bits);
    bits.flush();
}

/// How often each symbol occurs.
fn count(block: &[u8], matches: &[Match]) -> ([u32; LITERALS], [u32; DISTANCES]) {
    let (mut literals, mut distances) = ([0; LITERALS], [0; DISTANCES]);
    // Counted in two places: the same byte twice would wait for itself.
    let mut others = [0; 256];
    let mut run = |bytes: &[u8]| {
        let (pairs, last) = bytes.as_chunks::<2>();
        for [one, other] in pairs {
            literals[usize::from(*one)] += 1;
            others[usize::from(*other)] += 1;
        }
        for byte in last {
            literals[usize::from(*byte)] += 1;
        }
    };
    let mut rest = block;
    for found in matches {
        run(&rest[..found.literals]);
        rest = &rest[found.literals + found.length..];
    }
    run(rest);
    for (count, more) in literals.iter_mut().zip(others) {
        *count += more;
    }
    for found in matches {
        literals[of_length(found.length).index] += 1;
        distances[of_distance(found.distance).index] += 1;
    }
    literals[END] = 1;
    // Some readers want two codes at least.
    for count in literals[..2].iter_mut().chain(&mut distances[..2]) {
        *count = (*count).max(1);
    }
    (literals, distances)
}

/// What the codes are. Their lengths have codes too, which are always the same: four bits for 0 to
/// 14, and five for the two that stand for many zeroes.
fn head(literals: &[u8; LITERALS], distances: &[u8; DISTANCES], is_last: bool, bits: &mut Bits) {
    const MANY: usize = 17;
    const VERY_MANY: usize = 18;
    // The order in which their lengths stand.
    const ORDER: [usize; 19] = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ];
    let length_of: [u8; 19] = std::array::from_fn(|symbol| match symbol {
        0..=LONGEST => 4,
        MANY | VERY_MANY => 5,
        _ => 0,
    });
    let code_of = codes(&length_of);
    bits.add(u64::from(is_last) | 2 << 1, 3);
    bits.add((LITERALS - 257) as u64, 5);
    bits.add((DISTANCES - 1) as u64, 5);
    bits.add((ORDER.len() - 4) as u64, 4);
    bits.flush();
    for symbol in ORDER {
        bits.add(length_of[symbol].into(), 3);
        bits.flush();
    }
    let all: Vec<u8> = literals.iter().chain(distances).copied().collect();
    let mut rest = &all[..];
    while let Some((first, others)) = rest.split_first() {
        let zeroes = rest
            .iter()
            .take(138)
            .take_while(|length| **length == 0)
            .count();
        rest = match zeroes {
            0..=2 => {
                add(code_of[usize::from(*first)], bits);
                others
            }
            3..=10 => {
                add(code_of[MANY], bits);
                bits.add((zeroes - 3) as u64, 3);
                &rest[zeroes..]
            }
            _ => {
                add(code_of[VERY_MANY], bits);
                bits.add((zeroes - 11) as u64, 7);
                &rest[zeroes..]
            }
        };
        bits.flush();
    }
}

#[inline]
fn add(code: Code, bits: &mut Bits) {
    bits.add(code.bits.into(), code.length.into());
}

#[inline]
fn write_literals(bytes: &[u8], codes: &[Code; LITERALS], bits: &mut Bits) {
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        for byte in four {
            add(codes[usize::from(*byte)], bits);
        }
        bits.flush();
    }
    for byte in rest {
        add(codes[usize::from(*byte)], bits);
    }
    bits.flush();
}
