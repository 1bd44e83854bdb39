use crate::Kernel;

/// How colours that are not there are made up of those that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Error diffusion by [`Kernel::FLOYD_STEINBERG`].
    FloydSteinberg,
    /// By [`Kernel::FALSE_FLOYD_STEINBERG`].
    FalseFloydSteinberg,
    /// By [`Kernel::ATKINSON`].
    Atkinson,
    /// By [`Kernel::JARVIS_JUDICE_NINKE`].
    JarvisJudiceNinke,
    /// By [`Kernel::STUCKI`].
    Stucki,
    /// By [`Kernel::BURKES`].
    Burkes,
    /// By [`Kernel::SIERRA`].
    Sierra,
    /// By [`Kernel::SIERRA_TWO_ROW`].
    SierraTwoRow,
    /// By [`Kernel::SIERRA_LITE`].
    SierraLite,
    /// Ordered, by [`ThresholdMap::bayer`](crate::ThresholdMap::bayer).
    Bayer,
    /// Ordered, by [`ThresholdMap::cluster_dot`](crate::ThresholdMap::cluster_dot).
    ClusterDot,
    /// Ordered, by [`ThresholdMap::blue_noise`](crate::ThresholdMap::blue_noise).
    BlueNoise,
    /// Error diffusion along a Hilbert curve.
    Riemersma,
    /// The nearest colour of each pixel alone.
    None,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::FloydSteinberg,
        Self::FalseFloydSteinberg,
        Self::Atkinson,
        Self::JarvisJudiceNinke,
        Self::Stucki,
        Self::Burkes,
        Self::Sierra,
        Self::SierraTwoRow,
        Self::SierraLite,
        Self::Bayer,
        Self::ClusterDot,
        Self::BlueNoise,
        Self::Riemersma,
        Self::None,
    ];

    /// The kernel, if it diffuses errors in rows.
    pub fn kernel(self) -> Option<Kernel> {
        Some(match self {
            Self::FloydSteinberg => Kernel::FLOYD_STEINBERG,
            Self::FalseFloydSteinberg => Kernel::FALSE_FLOYD_STEINBERG,
            Self::Atkinson => Kernel::ATKINSON,
            Self::JarvisJudiceNinke => Kernel::JARVIS_JUDICE_NINKE,
            Self::Stucki => Kernel::STUCKI,
            Self::Burkes => Kernel::BURKES,
            Self::Sierra => Kernel::SIERRA,
            Self::SierraTwoRow => Kernel::SIERRA_TWO_ROW,
            Self::SierraLite => Kernel::SIERRA_LITE,
            Self::Bayer | Self::ClusterDot | Self::BlueNoise | Self::Riemersma | Self::None => {
                return None;
            }
        })
    }

    /// Whether it compares with a threshold map.
    pub fn is_ordered(self) -> bool {
        matches!(self, Self::Bayer | Self::ClusterDot | Self::BlueNoise)
    }
}

/// Which colours may come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tones {
    /// That many tones of each channel, evenly spaced in sRGB, 2 to 256.
    Levels(u16),
    /// Only these, 1 to 256; of equal ones only the first is used.
    Colors(Vec<[u8; 3]>),
}

/// Where errors are counted and colours compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColorSpace {
    /// Both in sRGB as it is stored: what most programs do.
    #[default]
    Srgb,
    /// Both in linear light (IEC 61966-2-1), so that dots seen from afar have the light of the
    /// picture.
    Linear,
    /// Errors in linear light; the nearest colour by distance in OKLab (B. Ottosson, "A perceptual
    /// color space for image processing", 2020).
    Oklab,
}

/// What becomes of transparent pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transparency {
    /// The picture is laid on this colour.
    Background([u8; 3]),
    /// Pixels of less alpha stay wholly transparent, and the others become opaque as they are.
    Threshold(u8),
}

/// What a pixel of the source consists of, 8 bits each, in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pixels {
    /// Grey.
    Gray = 1,
    /// Grey and alpha.
    GrayAlpha = 2,
    /// Red, green and blue.
    Rgb = 3,
    /// With alpha.
    Rgba = 4,
}

impl Pixels {
    /// Bytes of a pixel.
    pub fn bytes(self) -> usize {
        self as usize
    }

    /// Whether there is no colour.
    pub fn is_gray(self) -> bool {
        matches!(self, Self::Gray | Self::GrayAlpha)
    }

    /// Whether there is alpha.
    pub fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }
}

/// How the nearest colour is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Search {
    /// It is the very nearest.
    Exact,
    /// Of more than 64 colours it is looked for once in each of 32,768 cells, at its middle, and may
    /// be a little farther than the nearest: in sRGB by at most 14.
    Fast,
}

/// All that a dithering depends on, beside the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How.
    pub algorithm: Algorithm,
    /// Which colours may come out.
    pub tones: Tones,
    /// The picture is made grey first: by luma (ITU-R BT.601) in [`ColorSpace::Srgb`], else by
    /// luminance (BT.709).
    pub gray: bool,
    /// Where errors are counted and colours compared.
    pub color_space: ColorSpace,
    /// Error diffusion goes every second row from right to left.
    pub serpentine: bool,
    /// How much of the error is spread, or how far thresholds are apart, in parts of 256: 0 is as
    /// [`Algorithm::None`], 256 is all.
    pub strength: u16,
    /// The side of the threshold map in pixels; of each map only [some](crate::ThresholdMap) exist.
    pub matrix_size: Option<u16>,
    /// With [`Tones::Colors`] black and white of the picture become the darkest and the lightest of
    /// them, and what is between lies between: for inks whose white is a grey in daylight. Else what
    /// is lighter than the lightest colour would be lost.
    pub fit_range: bool,
    /// How the nearest of [`Tones::Colors`] is found.
    pub search: Search,
    /// What becomes of transparent pixels.
    pub transparency: Transparency,
}

impl Options {
    /// All of [`strength`](Self::strength).
    pub const FULL_STRENGTH: u16 = 256;

    /// Plainly, in raster order, on white.
    pub fn new(algorithm: Algorithm, tones: Tones) -> Self {
        Self {
            algorithm,
            tones,
            gray: false,
            color_space: ColorSpace::Srgb,
            serpentine: false,
            strength: Self::FULL_STRENGTH,
            matrix_size: None,
            fit_range: false,
            search: Search::Exact,
            transparency: Transparency::Background([u8::MAX; 3]),
        }
    }
}

/// Options that ask for what there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOptions {
    /// Too few or too many.
    #[error("{0} levels, but there are 2 to 256")]
    Levels(u16),
    /// None or too many.
    #[error("{0} colours, but a palette has 1 to 256")]
    Colors(usize),
    /// One index of 256 must be left for it.
    #[error("transparent pixels need a palette of at most 255 colours, not {0}")]
    NoPlaceForTransparent(usize),
    /// More than all.
    #[error("a strength of {0} of 256; it is at most 256")]
    Strength(u16),
    /// No such map.
    #[error("there is no map of {size} pixels; there are {known}")]
    MatrixSize {
        /// What was asked for.
        size: u16,
        /// Which there are.
        known: &'static str,
    },
    /// No pixels, or more than 65,535 a side.
    #[error("{0}×{1} pixels; a side has 1 to 65535")]
    Size(u32, u32),
}
