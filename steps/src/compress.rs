use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    choice::choice,
    fields::Fields,
    kind::{Kind, shown},
    source::Source,
    step::Arity,
    table::{Op, Param},
};

pub(crate) const OP: Op = Op {
    name: "compress",
    about: "Pack files: each on its own, or all into one archive",
    params: &[
        Param {
            name: "format",
            kind: Kind::Choice {
                built: CompressFormat::NAMES,
                later: &[
                    "brotli", "xz", "lz4", "bzip2", "tar", "tar.zst", "tar.gz", "tar.xz",
                ],
            },
            default: Some("zstd"),
            about: "zstd and gzip pack each file on its own, zip makes one archive of all",
        },
        Param {
            name: "level",
            kind: Kind::Level,
            default: Some("balanced"),
            about: "fast, balanced, best, or a number: zstd 1 to 22, gzip and zip 1 to 9",
        },
        Param {
            name: "name",
            kind: Kind::Text { max: 255 },
            default: None,
            about: "the name of the archive (zip only; default files.zip)",
        },
    ],
    needs: &[],
    later: &["long", "member", "verify"],
};

choice! {
    /// Formats of `compress`.
    CompressFormat {
        /// RFC 8878, one frame a file.
        Zstd = "zstd",
        /// RFC 1952, one member a file.
        Gzip = "gzip",
        /// One archive of all files.
        Zip = "zip",
    }
}

impl CompressFormat {
    /// The largest level number of all formats.
    pub(crate) const MOST_LEVELS: u8 = 22;

    /// The largest level number of the format; the smallest is 1.
    pub fn max_level(self) -> u8 {
        match self {
            Self::Zstd => Self::MOST_LEVELS,
            Self::Gzip | Self::Zip => 9,
        }
    }
}

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Speed first.
    Fast,
    /// The tool's own default.
    Balanced,
    /// Size first, within reason.
    Best,
    /// The format's own number.
    Number(u8),
}

impl Level {
    pub(crate) fn of(value: &Value) -> Result<Self, String> {
        match (
            value.as_str(),
            value.as_u64().and_then(|n| u8::try_from(n).ok()),
        ) {
            (Some("fast"), _) => Ok(Self::Fast),
            (Some("balanced"), _) => Ok(Self::Balanced),
            (Some("best"), _) => Ok(Self::Best),
            (_, Some(number)) if number > 0 => Ok(Self::Number(number)),
            _ => Err(format!(
                "expected `fast`, `balanced`, `best` or a number from 1, not {}",
                shown(value)
            )),
        }
    }
}

impl From<Level> for Value {
    fn from(level: Level) -> Self {
        match level {
            Level::Fast => "fast".into(),
            Level::Balanced => "balanced".into(),
            Level::Best => "best".into(),
            Level::Number(number) => number.into(),
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Value::from(*self).serialize(to)
    }
}

/// A `compress` step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compress {
    /// The step's own name, unique in the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it works on, when that is not what the step before made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Source>,
    /// What to write.
    pub format: CompressFormat,
    /// How hard to try; a number is in the range of the format.
    pub level: Level,
    /// The archive's name, for zip only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Compress {
    /// Whether the step works on each file or gathers all.
    pub fn arity(&self) -> Arity {
        match self.format {
            CompressFormat::Zstd | CompressFormat::Gzip => Arity::Each,
            CompressFormat::Zip => Arity::Gather,
        }
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let format = fields.choice("format", CompressFormat::named)?;
        let level = Level::of(&fields.value("level")?).ok()?;
        if let Level::Number(number) = level
            && number > format.max_level()
        {
            let max = format.max_level();
            fields.wrong(
                "level",
                format!("`{format}` has the levels 1 to {max}, not {number}"),
            );
        }
        let name = fields.text("name");
        if name.is_some() && format != CompressFormat::Zip {
            fields.wrong("name", format!("only `zip` has a `name`, not `{format}`"));
        }
        Some(Self {
            id: fields.id.clone(),
            from: fields.from.clone(),
            format,
            level,
            name,
        })
    }
}
