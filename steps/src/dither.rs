use serde::Serialize;

use crate::{
    choice::choice,
    color::Color,
    fields::Fields,
    kind::Kind,
    source::Source,
    table::{Op, Param},
};

pub(crate) const OP: Op = Op {
    name: "dither",
    about: "Reduce a picture to few colours and keep its tones by dithering",
    params: &[
        Param {
            name: "algorithm",
            kind: Kind::Choice {
                built: DitherAlgorithm::NAMES,
                later: LATER_ALGORITHMS,
            },
            default: Some("floyd-steinberg"),
            about: "how the error of a pixel is spread",
        },
        Param {
            name: "levels",
            kind: Kind::Integer { min: 2, max: 256 },
            // Not in the table's default, because `colors` may stand in its place.
            default: None,
            about: "tones per channel, evenly spaced (default 2, unless colors are given)",
        },
        Param {
            name: "colors",
            kind: Kind::Colors { min: 2, max: 256 },
            default: None,
            about: "the only colours to use, such as 000,fff,ff0000",
        },
        Param {
            name: "gray",
            kind: Kind::Bool,
            default: Some("false"),
            about: "make the picture grey first",
        },
        Param {
            name: "format",
            kind: Kind::Choice {
                built: DitherFormat::NAMES,
                later: &["gif", "bmp", "raw"],
            },
            default: Some("png"),
            about: "what to write; PNG of 1, 2, 4 or 8 bits",
        },
    ],
    needs: &[],
    later: &[
        "palette",
        "extract",
        "device",
        "serpentine",
        "strength",
        "matrix_size",
        "color_space",
    ],
};

const LATER_ALGORITHMS: &[&str] = &[
    "false-floyd-steinberg",
    "atkinson",
    "jarvis-judice-ninke",
    "stucki",
    "burkes",
    "sierra",
    "sierra-two-row",
    "sierra-lite",
    "bayer",
    "cluster-dot",
    "blue-noise",
    "riemersma",
    "none",
];

/// Tones per channel when neither `levels` nor `colors` is given.
const DEFAULT_LEVELS: u16 = 2;

choice! {
    /// Algorithms of `dither`.
    DitherAlgorithm {
        /// Error diffusion of Floyd and Steinberg, 1976, in raster order.
        FloydSteinberg = "floyd-steinberg",
    }
}

choice! {
    /// Formats of `dither`.
    DitherFormat {
        /// PNG with as few bits a pixel as the colours need.
        Png = "png",
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
    /// How the error of a pixel is spread.
    pub algorithm: DitherAlgorithm,
    /// Which colours may come out.
    #[serde(flatten)]
    pub tones: Tones,
    /// Make the picture grey first.
    pub gray: bool,
    /// What to write.
    pub format: DitherFormat,
}

impl Dither {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        if fields.has("levels") && fields.has("colors") {
            fields.wrong("colors", "give either `levels` or `colors`, not both");
        }
        let tones = match fields.colors("colors") {
            Some(colors) => Tones::Colors(colors),
            None => Tones::Levels(fields.integer("levels").unwrap_or(DEFAULT_LEVELS)),
        };
        Some(Self {
            id: fields.id.clone(),
            from: fields.from.clone(),
            algorithm: fields.choice("algorithm", DitherAlgorithm::named)?,
            tones,
            gray: fields.flag("gray"),
            format: fields.choice("format", DitherFormat::named)?,
        })
    }
}
