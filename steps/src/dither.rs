mod device;
mod read;

use filittle_dither::{Algorithm, palettes};
use serde::Serialize;

pub(crate) use self::device::expand;
use crate::{
    choice::choice,
    color::Color,
    kind::Kind,
    part::Part,
    source::Source,
    table::{Op, Param},
};

/// Most colours of a palette.
const MOST_COLORS: usize = 256;

pub(crate) const OP: Op = Op {
    name: "dither",
    about: "Reduce a picture to few colours and keep its tones by dithering",
    params: &[
        Param {
            name: "algorithm",
            kind: choice_of(DitherAlgorithm::NAMES),
            default: Some("floyd-steinberg"),
            about: "how tones between the colours are made",
        },
        Param {
            name: "levels",
            kind: Kind::Integer { min: 2, max: 256 },
            // Not in the table's default, because others may stand in its place.
            default: None,
            about: "tones per channel, evenly spaced (default 2, unless colours are named otherwise)",
        },
        Param {
            name: "colors",
            kind: COLORS,
            default: None,
            about: "the only colours to use, such as 000,fff,ff0000 or black,white,red",
        },
        Param {
            name: "palette",
            kind: choice_of(palettes::NAMES),
            default: None,
            about: "the only colours to use, by the name of a palette",
        },
        Param {
            name: "extract",
            kind: Kind::Integer { min: 2, max: 256 },
            default: None,
            about: "take so many colours from the picture itself",
        },
        Param {
            name: "device",
            kind: Kind::Device,
            default: None,
            about: "make what this panel shows: its size, its inks and its format",
        },
        Param {
            name: "gray",
            kind: Kind::Bool,
            default: Some("false"),
            about: "make the picture grey first",
        },
        Param {
            name: "color_space",
            kind: choice_of(ColorSpace::NAMES),
            default: Some("srgb"),
            about: "where errors are counted and colours compared",
        },
        Param {
            name: "serpentine",
            kind: Kind::Bool,
            default: Some("false"),
            about: "error diffusion goes every second row from right to left",
        },
        Param {
            name: "strength",
            kind: Kind::Part,
            default: Some("1.0"),
            about: "how much of the error is spread, or how far thresholds are apart, from 0 to 1",
        },
        Param {
            name: "matrix_size",
            kind: Kind::Integer { min: 2, max: 256 },
            default: None,
            about: "pixels of a side of the threshold map: bayer any power of two (default 8), \
                    cluster-dot 4, 6 or 8 (default 8), blue-noise 64 or 128 (default 64)",
        },
        Param {
            name: "fit_range",
            kind: Kind::Bool,
            default: Some("false"),
            about: "black and white become the darkest and lightest of the colours, and what is \
                    between lies between",
        },
        Param {
            name: "search",
            kind: choice_of(Search::NAMES),
            default: Some("exact"),
            about: "whether of more than 64 colours one may be chosen that is nearly the nearest",
        },
        Param {
            name: "background",
            kind: Kind::Color,
            default: Some("#ffffff"),
            about: "what is seen through transparent parts",
        },
        Param {
            name: "alpha_threshold",
            kind: Kind::Integer { min: 1, max: 255 },
            default: None,
            about: "keep transparency: parts of less alpha become transparent, the others opaque",
        },
        Param {
            name: "format",
            kind: choice_of(DitherFormat::NAMES),
            default: Some("png"),
            about: "what to write, with as few bits a pixel as the colours need",
        },
        Param {
            name: "written_colors",
            kind: COLORS,
            default: None,
            about: "what the file calls the colours, one for each, if not as they are compared",
        },
        Param {
            name: "bits",
            kind: Kind::Integer { min: 1, max: 8 },
            default: None,
            about: "bits a pixel in raw: 1, 2, 4 or 8, or the number of planes (default: as few as \
                    the colours need)",
        },
        Param {
            name: "bit_order",
            kind: choice_of(BitOrder::NAMES),
            default: None,
            about: "where in a byte of raw the first pixel is: in the highest bits (msb, default) \
                    or the lowest (lsb)",
        },
        Param {
            name: "layout",
            kind: choice_of(Layout::NAMES),
            default: None,
            about: "raw row by row (rows, default), bit plane by bit plane (planes), or in bytes of \
                    eight pixels one below the other (pages)",
        },
        Param {
            name: "codes",
            kind: Kind::Codes {
                most: MOST_COLORS,
                max: 255,
            },
            default: None,
            about: "the number that stands for each colour in raw (default: its place)",
        },
    ],
    needs: &[],
    later: &[],
};

const COLORS: Kind = Kind::Colors {
    min: 2,
    max: MOST_COLORS,
};

const fn choice_of(built: &'static [&'static str]) -> Kind {
    Kind::Choice { built, later: &[] }
}

choice! {
    /// Algorithms of `dither`.
    DitherAlgorithm {
        /// Error diffusion of Floyd and Steinberg, 1976.
        FloydSteinberg = "floyd-steinberg",
        /// A shorter one, long taken for it.
        FalseFloydSteinberg = "false-floyd-steinberg",
        /// That of the first Macintosh.
        Atkinson = "atkinson",
        /// Jarvis, Judice and Ninke, 1976.
        JarvisJudiceNinke = "jarvis-judice-ninke",
        /// Stucki, 1981.
        Stucki = "stucki",
        /// Burkes, 1988.
        Burkes = "burkes",
        /// Sierra, 1989.
        Sierra = "sierra",
        /// Sierra, 1990, with two rows.
        SierraTwoRow = "sierra-two-row",
        /// Sierra, 1990, the smallest.
        SierraLite = "sierra-lite",
        /// Ordered, by the maps of Bayer, 1973.
        Bayer = "bayer",
        /// Ordered, with dots that grow as in print.
        ClusterDot = "cluster-dot",
        /// Ordered, by a map without low frequencies.
        BlueNoise = "blue-noise",
        /// Error diffusion along a Hilbert curve.
        Riemersma = "riemersma",
        /// The nearest colour of each pixel alone.
        None = "none",
    }
}

impl DitherAlgorithm {
    /// What does the work.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::FloydSteinberg => Algorithm::FloydSteinberg,
            Self::FalseFloydSteinberg => Algorithm::FalseFloydSteinberg,
            Self::Atkinson => Algorithm::Atkinson,
            Self::JarvisJudiceNinke => Algorithm::JarvisJudiceNinke,
            Self::Stucki => Algorithm::Stucki,
            Self::Burkes => Algorithm::Burkes,
            Self::Sierra => Algorithm::Sierra,
            Self::SierraTwoRow => Algorithm::SierraTwoRow,
            Self::SierraLite => Algorithm::SierraLite,
            Self::Bayer => Algorithm::Bayer,
            Self::ClusterDot => Algorithm::ClusterDot,
            Self::BlueNoise => Algorithm::BlueNoise,
            Self::Riemersma => Algorithm::Riemersma,
            Self::None => Algorithm::None,
        }
    }
}

choice! {
    /// Where errors are counted and colours compared.
    ColorSpace {
        /// As the picture is stored.
        Srgb = "srgb",
        /// In linear light.
        Linear = "linear",
        /// Errors in linear light, colours compared in OKLab.
        Oklab = "oklab",
    }
}

choice! {
    /// How the nearest colour is found.
    Search {
        /// It is the very nearest.
        Exact = "exact",
        /// Of more than 64 colours it may be one that is nearly the nearest.
        Fast = "fast",
    }
}

choice! {
    /// Formats of `dither`.
    DitherFormat {
        /// PNG with as few bits a pixel as the colours need.
        Png = "png",
        /// GIF.
        Gif = "gif",
        /// Windows bitmap of 1, 4 or 8 bits.
        Bmp = "bmp",
        /// Packed pixels without any header.
        Raw = "raw",
    }
}

choice! {
    /// Where in a byte the first pixel is.
    BitOrder {
        /// In the highest bits.
        Msb = "msb",
        /// In the lowest bits.
        Lsb = "lsb",
    }
}

choice! {
    /// Where the pixels of a raw picture go.
    Layout {
        /// Row by row, each filled up to a whole byte.
        Rows = "rows",
        /// A plane for each bit.
        Planes = "planes",
        /// Bytes of eight pixels one below the other.
        Pages = "pages",
    }
}

/// Which colours may come out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tones {
    /// That many evenly spaced tones per channel, 2 to 256.
    Levels(u16),
    /// These 2 to 256 different colours, in this order.
    Colors(Vec<Color>),
    /// Those of a palette that comes with the program.
    Palette(String),
    /// So many of the picture itself.
    Extract(u16),
}

impl Tones {
    /// How many colours there may be at most.
    fn count(&self, gray: bool) -> usize {
        match self {
            Self::Levels(levels) if gray => usize::from(*levels),
            Self::Levels(levels) => usize::from(*levels).pow(3),
            Self::Colors(colors) => colors.len(),
            Self::Palette(name) => palettes::palette(name).map_or(0, |it| it.colors.len()),
            Self::Extract(count) => usize::from(*count),
        }
    }
}

/// How a raw picture is packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Raw {
    /// Bits of a pixel, or the number of planes.
    pub bits: u8,
    /// Where in a byte the first pixel is.
    pub bit_order: BitOrder,
    /// Where the pixels go.
    pub layout: Layout,
    /// The number that stands for each colour, if not its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<Vec<u8>>,
}

/// A `dither` step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dither {
    /// The step's own name, unique in the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it works on, when that is not what the step before made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Source>,
    /// How tones between the colours are made.
    pub algorithm: DitherAlgorithm,
    /// Which colours may come out.
    #[serde(flatten)]
    pub tones: Tones,
    /// Make the picture grey first.
    pub gray: bool,
    /// Where errors are counted and colours compared.
    pub color_space: ColorSpace,
    /// Every second row from right to left.
    pub serpentine: bool,
    /// How much of the error is spread.
    pub strength: Part,
    /// Pixels of a side of the threshold map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix_size: Option<u16>,
    /// Black and white become the darkest and lightest of the colours.
    pub fit_range: bool,
    /// How the nearest colour is found.
    pub search: Search,
    /// What is seen through transparent parts.
    pub background: Color,
    /// Less alpha is transparent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha_threshold: Option<u8>,
    /// What to write.
    pub format: DitherFormat,
    /// What the file calls the colours; as many as [`tones`](Self::tones) has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_colors: Option<Vec<Color>>,
    /// How raw is packed; there if that is the format.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}
