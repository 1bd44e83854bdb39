//! The few colours that a picture is best shown in.

mod sample;
mod visible;

use quantette::{
    PaletteSize,
    deps::palette::{Srgb, cast},
    wu::{BinnerU8x3, WuU8x3},
};

use self::sample::Sample;
pub use self::visible::Visible;

/// The most memory that an extraction takes, in bytes: its sample, and the box of counts (65536 of
/// 32 bytes).
pub const MEMORY: u64 = 6 << 20;

/// Takes in a picture row by row, and answers its palette.
///
/// The method is Xiaolin Wu's: "Color quantization by dynamic programming and principal analysis",
/// ACM Transactions on Graphics 11 (4), 1992, as the crate quantette has it, on 8-bit sRGB. The
/// colours are counted in a box of 32 by 64 by 32, the box is cut where the parts vary least, and a
/// colour is the mean of a part.
///
/// What it promises:
///
/// - The same pixels give the same colours everywhere. quantette counts and sums in integers; its
///   variances are additions, multiplications and divisions of `f64` in a fixed order, which IEEE
///   754 rounds alike on every CPU (Rust fuses none of them), compared by a total order. Wu's method
///   uses no hashing and no randomness there, and without its feature `threads` one thread.
/// - The colours are different, at most as many as asked for, and ordered by luma (Rec. 709 weights
///   on the sRGB values) and then by value.
/// - A picture with no more colours than asked for gives exactly its own.
/// - Memory is bounded by [`MEMORY`] whatever the size of the picture: of one with more than 1 Mi
///   pixels only each n-th pixel of each n-th row counts, with the smallest n that is enough. All
///   pixels are looked at for the promise before this one.
///
/// ```
/// use filittle_dither::extract::Extraction;
///
/// let mut extraction = Extraction::new(2, 2, 16);
/// extraction.row(&[[255, 255, 255], [200, 30, 5]]);
/// extraction.row(&[[200, 30, 5], [0, 0, 0]]);
/// assert_eq!(extraction.finish(), [[0, 0, 0], [200, 30, 5], [255, 255, 255]]);
/// ```
#[derive(Clone, Debug)]
pub struct Extraction {
    colors: PaletteSize,
    /// The colours of the picture in the order of their values, as long as they are few enough.
    own: Option<Vec<[u8; 3]>>,
    sample: Sample,
}

impl Extraction {
    /// For a picture of `width` by `height` pixels, and a palette of at most `colors` colours, 2 to
    /// 256: other numbers mean the nearest of these.
    pub fn new(width: u32, height: u32, colors: u16) -> Self {
        Self {
            colors: PaletteSize::from_u16_clamped(colors.max(2)),
            own: Some(Vec::new()),
            sample: Sample::new(width, height),
        }
    }

    /// Takes in the next row, in sRGB. Pixels that nobody sees may be left out of it.
    pub fn row(&mut self, pixels: &[[u8; 3]]) {
        self.sample.row(pixels);
        let most = self.colors.as_usize();
        let mut last = None;
        for &pixel in pixels {
            let Some(own) = &mut self.own else { return };
            if last.replace(pixel) == Some(pixel) {
                continue;
            }
            if let Err(place) = own.binary_search(&pixel) {
                own.insert(place, pixel);
                if own.len() > most {
                    self.own = None;
                }
            }
        }
    }

    /// The colours; none of a picture without pixels.
    pub fn finish(self) -> Vec<[u8; 3]> {
        let mut colors = match self.own {
            Some(own) => own,
            None => of_sample(self.sample.pixels(), self.colors),
        };
        colors.sort_unstable();
        colors.dedup();
        colors.sort_by_key(|&color| luma(color));
        colors
    }
}

/// The palette of a picture in memory, `width` pixels a row; see [`Extraction`].
pub fn extract(width: u32, pixels: &[[u8; 3]], colors: u16) -> Vec<[u8; 3]> {
    let columns = usize::try_from(width).unwrap_or(usize::MAX).max(1);
    let height = u32::try_from(pixels.len().div_ceil(columns)).unwrap_or(u32::MAX);
    let mut extraction = Extraction::new(width, height, colors);
    for row in pixels.chunks(columns) {
        extraction.row(row);
    }
    extraction.finish()
}

fn of_sample(pixels: &[[u8; 3]], colors: PaletteSize) -> Vec<[u8; 3]> {
    let binner = BinnerU8x3::<32, 64, 32>::new();
    let pixels: &[Srgb<u8>] = cast::from_array_slice(pixels);
    let counted = WuU8x3::run_slice(pixels, binner).expect("a sample has less than 2^32 pixels");
    cast::into_array_vec(counted.palette(colors).into_vec())
}

fn luma([r, g, b]: [u8; 3]) -> u32 {
    2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b)
}
