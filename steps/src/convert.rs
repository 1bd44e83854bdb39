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
    name: "convert",
    about: "Write a picture in another format",
    params: &[
        Param {
            name: "format",
            kind: Kind::Choice {
                built: ConvertFormat::NAMES,
                later: &["webp", "avif", "gif", "tiff", "bmp", "qoi", "ico"],
            },
            default: None,
            about: "the format to write (required)",
        },
        Param {
            name: "quality",
            kind: Kind::Integer { min: 1, max: 100 },
            // Not in the table's default, because PNG has none.
            default: None,
            about: "1 to 100, for jpeg (default 80)",
        },
        Param {
            name: "background",
            kind: Kind::Color,
            default: Some("#ffffff"),
            about: "what is seen through transparent parts in jpeg",
        },
    ],
    needs: &[&["format"]],
    later: &["lossless"],
};

/// The quality of JPEG when none is given.
const DEFAULT_QUALITY: u8 = 80;

choice! {
    /// Formats of `convert`.
    ConvertFormat {
        /// JPEG, baseline.
        Jpeg = "jpeg",
        /// PNG, 8 bits a channel.
        Png = "png",
    }
}

/// A `convert` step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Convert {
    /// The step's own name, unique in the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it works on, when that is not what the step before made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Source>,
    /// What to write.
    pub format: ConvertFormat,
    /// 1 to 100; always there for JPEG, never for PNG.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// What transparency is flattened on when the format has none.
    pub background: Color,
}

impl Convert {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let background = fields.color("background")?;
        let Some(format) = fields.choice("format", ConvertFormat::named) else {
            if fields
                .mistakes
                .iter()
                .all(|mistake| !mistake.pointer.ends_with("/format"))
            {
                let names = ConvertFormat::NAMES.join("`, `");
                fields.wrong(
                    "format",
                    format!("`format` is missing; give one of `{names}`"),
                );
            }
            return None;
        };
        let given: Option<u8> = fields.integer("quality");
        let quality = match format {
            ConvertFormat::Jpeg => Some(given.unwrap_or(DEFAULT_QUALITY)),
            ConvertFormat::Png => {
                if given.is_some() {
                    fields.wrong("quality", "`png` is lossless and has no `quality`");
                }
                None
            }
        };
        Some(Self {
            id: fields.id.clone(),
            from: fields.from.clone(),
            format,
            quality,
            background,
        })
    }
}
