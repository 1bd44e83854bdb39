//! Kernels of error diffusion, as data.

/// Where the error of a pixel goes: shares of its neighbours that come after it, left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// What the shares are parts of. They sum to it, but for Atkinson's, which drops a quarter.
    pub divisor: i32,
    /// The first and second pixel to the right.
    pub right: [i32; 2],
    /// The row below, from two pixels to the left to two to the right.
    pub below: [i32; 5],
    /// The row below that.
    pub second: [i32; 5],
}

const NONE: [i32; 5] = [0; 5];

impl Kernel {
    /// R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial greyscale", Proceedings of
    /// the Society for Information Display 17 (2), 1976.
    pub const FLOYD_STEINBERG: Self = Self {
        divisor: 16,
        right: [7, 0],
        below: [0, 3, 5, 1, 0],
        second: NONE,
    };
    /// A shorter one that was long taken for Floyd and Steinberg's; L. D. Crocker, "Digital
    /// halftoning" (DHALF.TXT), 1991.
    pub const FALSE_FLOYD_STEINBERG: Self = Self {
        divisor: 8,
        right: [3, 0],
        below: [0, 0, 3, 2, 0],
        second: NONE,
    };
    /// B. Atkinson, for the Macintosh, 1984. Only three quarters of the error are spread, which
    /// clears lights and shadows.
    pub const ATKINSON: Self = Self {
        divisor: 8,
        right: [1, 1],
        below: [0, 1, 1, 1, 0],
        second: [0, 0, 1, 0, 0],
    };
    /// J. F. Jarvis, C. N. Judice and W. H. Ninke, "A survey of techniques for the display of
    /// continuous tone pictures on bilevel displays", Computer Graphics and Image Processing 5, 1976.
    pub const JARVIS_JUDICE_NINKE: Self = Self {
        divisor: 48,
        right: [7, 5],
        below: [3, 5, 7, 5, 3],
        second: [1, 3, 5, 3, 1],
    };
    /// P. Stucki, "MECCA – a multiple-error correcting computation algorithm for bilevel image
    /// hardcopy reproduction", IBM Research RZ1060, 1981.
    pub const STUCKI: Self = Self {
        divisor: 42,
        right: [8, 4],
        below: [2, 4, 8, 4, 2],
        second: [1, 2, 4, 2, 1],
    };
    /// D. Burkes, "Presentation of the Burkes error filter for use in preparing continuous-tone
    /// images for presentation on bi-level devices" (BURKES.ARC), 1988.
    pub const BURKES: Self = Self {
        divisor: 32,
        right: [8, 4],
        below: [2, 4, 8, 4, 2],
        second: NONE,
    };
    /// F. Sierra, 1989; as in Crocker's DHALF.TXT, as are his two others.
    pub const SIERRA: Self = Self {
        divisor: 32,
        right: [5, 3],
        below: [2, 4, 5, 4, 2],
        second: [0, 2, 3, 2, 0],
    };
    /// F. Sierra, 1990, with two rows.
    pub const SIERRA_TWO_ROW: Self = Self {
        divisor: 16,
        right: [4, 3],
        below: [1, 2, 3, 2, 1],
        second: NONE,
    };
    /// F. Sierra, 1990, the small one.
    pub const SIERRA_LITE: Self = Self {
        divisor: 4,
        right: [2, 0],
        below: [0, 1, 1, 0, 0],
        second: NONE,
    };

    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::FLOYD_STEINBERG,
        Self::FALSE_FLOYD_STEINBERG,
        Self::ATKINSON,
        Self::JARVIS_JUDICE_NINKE,
        Self::STUCKI,
        Self::BURKES,
        Self::SIERRA,
        Self::SIERRA_TWO_ROW,
        Self::SIERRA_LITE,
    ];

    /// How many columns a row must lie behind the row above it, so that all it gets from there is
    /// known.
    pub(crate) const fn skew(&self) -> usize {
        if self.below[0] != 0 { 3 } else { 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_error_is_spread_but_for_a_quarter_of_atkinsons() {
        let sum = |kernel: &Kernel| -> i32 {
            kernel.right.iter().sum::<i32>()
                + kernel.below.iter().sum::<i32>()
                + kernel.second.iter().sum::<i32>()
        };
        for kernel in Kernel::ALL {
            let spread = if kernel == Kernel::ATKINSON {
                6
            } else {
                kernel.divisor
            };
            assert_eq!(sum(&kernel), spread, "{kernel:?}");
        }
    }
}
