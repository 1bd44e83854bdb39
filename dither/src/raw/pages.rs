use super::BitOrder;

/// Adds row `row` (0 to 7, from the top) of a page, the lowest bit of each code, to the bytes of the
/// page: one for each column, zeroes at first.
pub fn add_to_page(codes: &[u8], row: u8, order: BitOrder, page: &mut [u8]) {
    let place = match order {
        BitOrder::Msb => 7 - (row & 7),
        BitOrder::Lsb => row & 7,
    };
    for (byte, code) in page.iter_mut().zip(codes) {
        *byte |= (code & 1) << place;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_a_column_with_its_top_in_the_lowest_or_the_highest_bit() {
        let rows = [[1, 0, 3], [0, 0, 1], [0, 1, 0]];
        let page = |order| {
            let mut page = [0; 3];
            for (row, codes) in (0..).zip(rows) {
                add_to_page(&codes, row, order, &mut page);
            }
            page
        };
        assert_eq!(page(BitOrder::Lsb), [0b001, 0b100, 0b011]);
        assert_eq!(page(BitOrder::Msb), [0x80, 0x20, 0xc0]);
    }

    #[test]
    fn the_last_row_of_a_page_is_at_the_other_end() {
        let mut page = [0; 2];
        add_to_page(&[1, 0], 7, BitOrder::Lsb, &mut page);
        add_to_page(&[0, 1], 7, BitOrder::Msb, &mut page);
        assert_eq!(page, [0x80, 0x01]);
    }
}
