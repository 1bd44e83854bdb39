//! How indices lie in the bytes of a raw picture, as the controllers of panels want them.

mod pages;
mod rows;

pub use self::{
    pages::add_to_page,
    rows::{pack_plane, pack_row},
};

/// Where the pixels of a raw picture go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Row by row from the top, each row filled up to a whole byte with zeroes.
    Rows,
    /// One plane of one bit a pixel after another, plane 0 with the lowest bits of the codes; each
    /// as [`Rows`](Self::Rows).
    Planes,
    /// Pages of eight rows from the top; in a page a byte is eight pixels one below the other, and
    /// the bytes go from left to right. One bit a pixel. Missing rows of the last page are zeroes.
    Pages,
}

/// Which pixel of a byte comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BitOrder {
    /// The leftmost pixel (of a page the topmost) in the highest bits.
    Msb,
    /// In the lowest bits.
    Lsb,
}

/// How a raw picture is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Packing {
    /// Bits of a pixel: 1, 2, 4 or 8. With [`Layout::Planes`] the number of planes, 1 to 8; with
    /// [`Layout::Pages`] 1.
    pub bits: u8,
    /// Which pixel of a byte comes first.
    pub order: BitOrder,
    /// Where the pixels go.
    pub layout: Layout,
}

impl Packing {
    /// The bytes of a picture of that size.
    pub fn bytes(&self, width: u32, height: u32) -> u64 {
        let (width, height) = (u64::from(width), u64::from(height));
        match self.layout {
            Layout::Rows => (width * u64::from(self.bits)).div_ceil(8) * height,
            Layout::Planes => width.div_ceil(8) * height * u64::from(self.bits),
            Layout::Pages => width * height.div_ceil(8),
        }
    }

    /// Whether there is such a packing: whether its layout knows that many bits.
    pub fn exists(&self) -> bool {
        match self.layout {
            Layout::Rows => matches!(self.bits, 1 | 2 | 4 | 8),
            Layout::Planes => (1..=8).contains(&self.bits),
            Layout::Pages => self.bits == 1,
        }
    }

    /// The greatest code that its bits hold.
    pub fn greatest_code(&self) -> u8 {
        u8::MAX >> 8_u8.saturating_sub(self.bits).min(7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packing(layout: Layout, bits: u8) -> Packing {
        Packing {
            bits,
            order: BitOrder::Msb,
            layout,
        }
    }

    #[test]
    fn rows_and_planes_are_filled_to_bytes_and_pages_to_eight_rows() {
        let bytes = |layout, bits, width, height| packing(layout, bits).bytes(width, height);
        assert_eq!(bytes(Layout::Rows, 1, 9, 5), 10);
        assert_eq!(bytes(Layout::Rows, 2, 9, 5), 15);
        assert_eq!(bytes(Layout::Rows, 4, 9, 5), 25);
        assert_eq!(bytes(Layout::Rows, 8, 9, 5), 45);
        assert_eq!(bytes(Layout::Planes, 2, 9, 5), 20);
        assert_eq!(bytes(Layout::Planes, 3, 16, 5), 30);
        assert_eq!(bytes(Layout::Pages, 1, 9, 5), 9);
        assert_eq!(bytes(Layout::Pages, 1, 128, 64), 1024);
        assert_eq!(bytes(Layout::Pages, 1, 128, 65), 1152);
    }

    #[test]
    fn the_largest_picture_has_a_size() {
        for (layout, bits) in [(Layout::Rows, 8), (Layout::Planes, 8), (Layout::Pages, 1)] {
            let pixels = u128::from(u32::MAX).pow(2);
            let bytes = u128::from(packing(layout, bits).bytes(u32::MAX, u32::MAX));
            assert!(bytes >= pixels * u128::from(bits) / 8, "{layout:?}");
        }
    }

    #[test]
    fn only_packings_that_a_byte_holds_evenly_exist_but_any_number_of_planes() {
        let known = |layout| (0..=9).filter(move |bits| packing(layout, *bits).exists());
        assert!(known(Layout::Rows).eq([1, 2, 4, 8]));
        assert!(known(Layout::Planes).eq(1..=8));
        assert!(known(Layout::Pages).eq([1]));
    }

    #[test]
    fn a_code_has_no_more_bits_than_its_packing() {
        let greatest = |bits| packing(Layout::Planes, bits).greatest_code();
        assert!((1..=8).map(greatest).eq([1, 3, 7, 15, 31, 63, 127, 255]));
    }
}
