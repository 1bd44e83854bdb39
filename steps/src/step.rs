use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::{Compress, Convert, Decompress, Dither, Resize, Source, parse_step};

/// One step of a job, checked and with all defaults filled in.
///
/// Its JSON is flat: `{"op": "resize", "width": 800, …}`. Reading it back goes through the same
/// check as a submit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Step {
    /// Pack files.
    Compress(Compress),
    /// Unpack files.
    Decompress(Decompress),
    /// Reduce a picture to few colours.
    Dither(Dither),
    /// Write a picture in another format.
    Convert(Convert),
    /// Scale a picture.
    Resize(Resize),
}

/// How many files a step takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arity {
    /// One to one, for each file.
    Each,
    /// One to many, for each file.
    Spread,
    /// All to one.
    Gather,
}

impl Step {
    /// The word of the op.
    pub fn op(&self) -> &'static str {
        match self {
            Self::Compress(_) => "compress",
            Self::Decompress(_) => "decompress",
            Self::Dither(_) => "dither",
            Self::Convert(_) => "convert",
            Self::Resize(_) => "resize",
        }
    }

    /// How many files it takes and gives.
    pub fn arity(&self) -> Arity {
        match self {
            Self::Compress(compress) => compress.arity(),
            Self::Decompress(_) => Arity::Spread,
            Self::Dither(_) | Self::Convert(_) | Self::Resize(_) => Arity::Each,
        }
    }

    /// The step's own name, if it has one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Compress(Compress { id, .. })
            | Self::Decompress(Decompress { id, .. })
            | Self::Dither(Dither { id, .. })
            | Self::Convert(Convert { id, .. })
            | Self::Resize(Resize { id, .. }) => id.as_deref(),
        }
    }
}

impl Step {
    /// What it works on, when that is not what the step before made.
    pub fn from(&self) -> &[Source] {
        match self {
            Self::Compress(Compress { from, .. })
            | Self::Decompress(Decompress { from, .. })
            | Self::Dither(Dither { from, .. })
            | Self::Convert(Convert { from, .. })
            | Self::Resize(Resize { from, .. }) => from,
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        parse_step(&value, "").map_err(|mistakes| {
            let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            de::Error::custom(lines.join("; "))
        })
    }
}
