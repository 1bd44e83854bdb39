/// Indices of `depth` bits (1, 2, 4 or 8), packed as PNG wants them: the leftmost pixel in the
/// highest bits, the last byte of a row filled with zeroes.
pub(super) fn pack<'a>(indices: &'a [u8], depth: u8, packed: &'a mut Vec<u8>) -> &'a [u8] {
    packed.clear();
    match depth {
        1 => pack_by::<8>(indices, packed),
        2 => pack_by::<4>(indices, packed),
        4 => pack_by::<2>(indices, packed),
        _ => return indices,
    }
    packed
}

fn pack_by<const PER_BYTE: usize>(indices: &[u8], packed: &mut Vec<u8>) {
    let bits = 8 / PER_BYTE;
    let byte =
        |group: &[u8; PER_BYTE]| group.iter().fold(0, |byte: u8, index| byte << bits | index);
    let (groups, rest) = indices.as_chunks::<PER_BYTE>();
    packed.extend(groups.iter().map(byte));
    if !rest.is_empty() {
        let mut last = [0; PER_BYTE];
        last[..rest.len()].copy_from_slice(rest);
        packed.push(byte(&last));
    }
}

#[cfg(test)]
mod tests {
    use super::pack;

    #[test]
    fn the_leftmost_pixel_is_in_the_highest_bits() {
        let mut packed = Vec::new();
        assert_eq!(
            pack(&[1, 0, 0, 0, 0, 0, 0, 1, 1], 1, &mut packed),
            [0b1000_0001, 0b1000_0000]
        );
        assert_eq!(
            pack(&[3, 0, 1, 2, 3], 2, &mut packed),
            [0b1100_0110, 0b1100_0000]
        );
        assert_eq!(pack(&[15, 1, 7], 4, &mut packed), [0xf1, 0x70]);
        assert_eq!(pack(&[9, 8], 8, &mut packed), [9, 8]);
    }
}
