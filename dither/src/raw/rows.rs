use super::BitOrder;

/// The bits that count, in each of eight bytes.
const ONE: u64 = 0x0101_0101_0101_0101;
const TWO: u64 = 0x0303_0303_0303_0303;
const FOUR: u64 = 0x0f0f_0f0f_0f0f_0f0f;

/// Packs a row of codes of `bits` bits (1, 2, 4 or 8), of which no higher ones count; the last byte
/// is filled with zeroes. `packed` is only room to work in: what it held is gone.
pub fn pack_row<'a>(
    codes: &'a [u8],
    bits: u8,
    order: BitOrder,
    packed: &'a mut Vec<u8>,
) -> &'a [u8] {
    match (bits, order) {
        (1, _) => return pack_plane(codes, 0, order, packed),
        (2, BitOrder::Msb) => by_eight(codes, packed, |eight| {
            let pairs = (eight & TWO) << 2 | (eight & TWO) >> 8;
            let [first, _, _, _, second, ..] = (pairs << 4 | (pairs >> 16 & FOUR)).to_le_bytes();
            [first, second]
        }),
        (2, BitOrder::Lsb) => by_eight(codes, packed, |eight| {
            let pairs = eight & TWO | (eight & TWO) >> 6;
            let [first, _, _, _, second, ..] = (pairs & FOUR | pairs >> 12).to_le_bytes();
            [first, second]
        }),
        (4, BitOrder::Msb) => by_eight(codes, packed, |eight| {
            each_second((eight & FOUR) << 4 | (eight & FOUR) >> 8)
        }),
        (4, BitOrder::Lsb) => by_eight(codes, packed, |eight| {
            each_second(eight & FOUR | (eight & FOUR) >> 4)
        }),
        _ => return codes,
    }
    packed
}

/// Packs bit `plane` (0 to 7, from the lowest) of each code of a row, as [`pack_row`] does.
pub fn pack_plane<'a>(
    codes: &[u8],
    plane: u8,
    order: BitOrder,
    packed: &'a mut Vec<u8>,
) -> &'a [u8] {
    // One product moves the lowest bits of eight bytes side by side into the highest byte: no two
    // of its terms meet in one bit, so nothing is carried.
    let spread: u64 = match order {
        BitOrder::Msb => 0x8040_2010_0804_0201,
        BitOrder::Lsb => 0x0102_0408_1020_4080,
    };
    by_eight(codes, packed, |eight| {
        let bits = eight >> (plane & 7) & ONE;
        let [highest, ..] = bits.wrapping_mul(spread).to_be_bytes();
        [highest]
    });
    packed
}

/// Eight codes to `BYTES` bytes at a time. The leftmost code is the lowest byte of the number.
#[inline]
fn by_eight<const BYTES: usize>(
    codes: &[u8],
    packed: &mut Vec<u8>,
    pack: impl Fn(u64) -> [u8; BYTES],
) {
    packed.resize((codes.len() * BYTES).div_ceil(8), 0);
    let (groups, rest) = codes.as_chunks::<8>();
    for (to, group) in packed.as_chunks_mut::<BYTES>().0.iter_mut().zip(groups) {
        *to = pack(u64::from_le_bytes(*group));
    }
    if !rest.is_empty() {
        let mut group = [0; 8];
        group[..rest.len()].copy_from_slice(rest);
        let last = &mut packed[groups.len() * BYTES..];
        last.copy_from_slice(&pack(u64::from_le_bytes(group))[..last.len()]);
    }
}

#[inline]
fn each_second(number: u64) -> [u8; 4] {
    let [a, _, b, _, c, _, d, _] = number.to_le_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use BitOrder::{Lsb, Msb};

    /// Pixel by pixel.
    fn slowly(codes: &[u8], bits: u8, order: BitOrder) -> Vec<u8> {
        let per_byte = 8 / usize::from(bits);
        let mut packed = vec![0; codes.len().div_ceil(per_byte)];
        for (x, code) in codes.iter().enumerate() {
            let place = u8::try_from(x % per_byte).expect("below 8") * bits;
            let shift = match order {
                Msb => 8 - bits - place,
                Lsb => place,
            };
            packed[x / per_byte] |= (code & (0xff >> (8 - bits))) << shift;
        }
        packed
    }

    fn codes(count: usize) -> Vec<u8> {
        std::iter::successors(Some(7_u32), |seed| {
            Some(seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
        })
        .map(|seed| seed.to_be_bytes()[0])
        .take(count)
        .collect()
    }

    #[test]
    fn the_leftmost_pixel_is_in_the_highest_or_the_lowest_bits() {
        let mut packed = Vec::new();
        let nine = [1, 0, 0, 0, 0, 0, 1, 1, 1];
        assert_eq!(pack_row(&nine, 1, Msb, &mut packed), [0x83, 0x80]);
        assert_eq!(pack_row(&nine, 1, Lsb, &mut packed), [0xc1, 0x01]);
        let five = [3, 0, 1, 2, 3];
        assert_eq!(pack_row(&five, 2, Msb, &mut packed), [0b1100_0110, 0xc0]);
        assert_eq!(pack_row(&five, 2, Lsb, &mut packed), [0b1001_0011, 0x03]);
        assert_eq!(pack_row(&[15, 1, 7], 4, Msb, &mut packed), [0xf1, 0x70]);
        assert_eq!(pack_row(&[15, 1, 7], 4, Lsb, &mut packed), [0x1f, 0x07]);
        assert_eq!(pack_row(&[9, 255], 8, Lsb, &mut packed), [9, 255]);
    }

    #[test]
    fn eight_at_a_time_are_what_one_at_a_time_is_and_higher_bits_count_for_nothing() {
        let mut packed = Vec::new();
        for width in (0..=33).chain([1000, 1001]) {
            let codes = codes(width);
            for bits in [1, 2, 4, 8] {
                for order in [Msb, Lsb] {
                    let fast = pack_row(&codes, bits, order, &mut packed);
                    assert_eq!(
                        fast,
                        slowly(&codes, bits, order),
                        "{width} {bits} {order:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_plane_is_one_bit_of_each_code() {
        let mut packed = Vec::new();
        for width in 1..=17 {
            let codes = codes(width);
            for plane in 0..8 {
                let bits: Vec<u8> = codes.iter().map(|code| code >> plane & 1).collect();
                for order in [Msb, Lsb] {
                    let fast = pack_plane(&codes, plane, order, &mut packed);
                    assert_eq!(fast, slowly(&bits, 1, order), "{width} {plane} {order:?}");
                }
            }
        }
    }
}
