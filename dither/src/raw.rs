//! How indices lie in the bytes of a raw picture, as the controllers of panels want them.

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
