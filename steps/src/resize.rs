use serde::Serialize;

use crate::{
    choice::choice,
    fields::Fields,
    kind::Kind,
    source::Source,
    table::{Op, Param},
};

const SIDE: Kind = Kind::Integer {
    min: 1,
    max: 65_535,
};

pub(crate) const OP: Op = Op {
    name: "resize",
    about: "Scale a picture",
    params: &[
        Param {
            name: "width",
            kind: SIDE,
            default: None,
            about: "pixels; or give only height",
        },
        Param {
            name: "height",
            kind: SIDE,
            default: None,
            about: "pixels; or give only width",
        },
        Param {
            name: "fit",
            kind: Kind::Choice {
                built: Fit::NAMES,
                later: &[],
            },
            default: Some("inside"),
            about: "what to do when width and height have another shape than the picture",
        },
        Param {
            name: "filter",
            kind: Kind::Choice {
                built: Filter::NAMES,
                later: &[],
            },
            default: Some("lanczos3"),
            about: "how pixels are weighed",
        },
        Param {
            name: "upscale",
            kind: Kind::Bool,
            default: Some("false"),
            about: "also make a small picture larger",
        },
    ],
    needs: &[&["width", "height"]],
    later: &[],
};

choice! {
    /// What to do when the box has another shape than the picture; the meanings of sharp.
    Fit {
        /// The whole picture within the box, the rest of the box black.
        Contain = "contain",
        /// Fill the box, cut what hangs over evenly on both sides.
        Cover = "cover",
        /// Exactly the box, stretching the picture; a side not given stays.
        Fill = "fill",
        /// As large as possible with both sides within the box.
        Inside = "inside",
        /// As small as possible with both sides at least the box.
        Outside = "outside",
    }
}

choice! {
    /// How pixels are weighed.
    Filter {
        /// The nearest pixel.
        Nearest = "nearest",
        /// A triangle.
        Bilinear = "bilinear",
        /// The cubic of Catmull and Rom.
        CatmullRom = "catmull-rom",
        /// Lanczos with three lobes.
        Lanczos3 = "lanczos3",
    }
}

/// A `resize` step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resize {
    /// The step's own name, unique in the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it works on, when that is not what the step before made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Source>,
    /// Width of the box in pixels; one of width and height is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height of the box in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// What to do when the box has another shape than the picture.
    pub fit: Fit,
    /// How pixels are weighed.
    pub filter: Filter,
    /// Also make a small picture larger.
    pub upscale: bool,
}

impl Resize {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let (width, height) = (fields.integer("width"), fields.integer("height"));
        if width.is_none() && height.is_none() && fields.mistakes.is_empty() {
            fields.wrong("width", "give `width`, `height` or both");
        }
        Some(Self {
            id: fields.id.clone(),
            from: fields.from.clone(),
            width,
            height,
            fit: fields.choice("fit", Fit::named)?,
            filter: fields.choice("filter", Filter::named)?,
            upscale: fields.flag("upscale"),
        })
    }
}
