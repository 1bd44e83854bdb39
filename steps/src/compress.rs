use std::ops::RangeInclusive;

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
                later: &[],
            },
            default: Some("zstd"),
            about: "zip and those with tar make one archive of all, the others pack each file on its \
                own",
        },
        Param {
            name: "level",
            kind: Kind::Level,
            default: Some("balanced"),
            about: "fast, balanced, best, or the format's own number: zstd 1 to 22, gzip, bzip2 and zip \
                1 to 9, brotli 0 to 11, xz 0 to 9, lz4 1 to 12",
        },
        Param {
            name: "name",
            kind: Kind::Text { max: 255 },
            default: None,
            about: "the name of the archive (default: files with the ending of the format; on the command \
                line that of a single file or folder)",
        },
        Param {
            name: "long",
            kind: Kind::Bool,
            // Replicas of the release before do not know it: it is told only when it is given.
            default: None,
            about: "whether zstd looks for repeats as far back as 128 MiB (default false); unpacking \
                takes as much memory",
        },
        Param {
            name: "member",
            kind: Kind::Choice {
                built: ZipMember::NAMES,
                later: &[],
            },
            default: None,
            about: "how the files in a zip are packed (default deflate); few programs read zstd there",
        },
        Param {
            name: "verify",
            kind: Kind::Bool,
            default: None,
            about: "whether all that is packed is unpacked again at once and compared (default true)",
        },
    ],
    needs: &[],
    later: &[],
};

choice! {
    /// Formats of `compress`.
    CompressFormat {
        /// RFC 8878, one frame a file.
        Zstd = "zstd",
        /// RFC 1952, one member a file.
        Gzip = "gzip",
        /// RFC 7932, one stream a file.
        Brotli = "brotli",
        /// The .xz file format 1.2.1, one stream a file.
        Xz = "xz",
        /// The LZ4 frame format 1.6.4, one frame a file.
        Lz4 = "lz4",
        /// bzip2 1.0, one stream a file.
        Bzip2 = "bzip2",
        /// One archive of all files, each packed on its own (APPNOTE.TXT 6.3.10).
        Zip = "zip",
        /// One archive of all files, not packed (POSIX.1-2001, pax).
        Tar = "tar",
        /// Such an archive in one frame of zstd.
        TarZst = "tar.zst",
        /// Such an archive in one member of gzip.
        TarGz = "tar.gz",
        /// Such an archive in one stream of xz.
        TarXz = "tar.xz",
    }
}

choice! {
    /// How each file of a zip is packed.
    ZipMember {
        /// RFC 1951; every program reads it.
        Deflate = "deflate",
        /// RFC 8878; read by 7-Zip, bsdtar and others of the last years.
        Zstd = "zstd",
        /// Not at all.
        Store = "store",
    }
}

impl CompressFormat {
    /// The largest level number of all formats.
    pub(crate) const MOST_LEVELS: u8 = 22;

    /// Whether it makes one archive of all files.
    pub fn is_archive(self) -> bool {
        match self {
            Self::Zip | Self::Tar | Self::TarZst | Self::TarGz | Self::TarXz => true,
            Self::Zstd | Self::Gzip | Self::Brotli | Self::Xz | Self::Lz4 | Self::Bzip2 => false,
        }
    }

    /// The format of its files as a whole: `gzip` for `tar.gz`, itself for most.
    #[must_use]
    pub fn outer(self) -> Self {
        match self {
            Self::TarZst => Self::Zstd,
            Self::TarGz => Self::Gzip,
            Self::TarXz => Self::Xz,
            other => other,
        }
    }

    /// The numbers of its levels; none when nothing is packed.
    fn levels(self, member: Option<ZipMember>) -> Option<RangeInclusive<u8>> {
        match (self, member) {
            (Self::Tar, _) | (Self::Zip, Some(ZipMember::Store)) => None,
            (Self::Zstd | Self::TarZst, _) | (Self::Zip, Some(ZipMember::Zstd)) => {
                Some(1..=Self::MOST_LEVELS)
            }
            (Self::Gzip | Self::TarGz | Self::Bzip2 | Self::Zip, _) => Some(1..=9),
            (Self::Brotli, _) => Some(0..=11),
            (Self::Xz | Self::TarXz, _) => Some(0..=9),
            (Self::Lz4, _) => Some(1..=12),
        }
    }

    /// The ending of its archives' and files' names, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zstd => "zst",
            Self::Gzip => "gz",
            Self::Brotli => "br",
            Self::Bzip2 => "bz2",
            other => other.name(),
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
            (_, Some(number)) => Ok(Self::Number(number)),
            _ => Err(format!(
                "expected `fast`, `balanced`, `best` or a number of the format's own, not {}",
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
    /// The archive's name, for archives only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether zstd looks for repeats as far back as 128 MiB.
    #[serde(skip_serializing_if = "is_false")]
    pub long: bool,
    /// How the files of a zip are packed; deflate unless it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<ZipMember>,
    /// Whether all that is packed is unpacked again at once and compared.
    #[serde(skip_serializing_if = "is_true")]
    pub verify: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_true(flag: &bool) -> bool {
    *flag
}

impl Compress {
    /// Whether the step works on each file or gathers all.
    pub fn arity(&self) -> Arity {
        if self.format.is_archive() {
            Arity::Gather
        } else {
            Arity::Each
        }
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let format = fields.choice("format", CompressFormat::named)?;
        let level = Level::of(&fields.value("level")?).ok()?;
        let member = fields.choice("member", ZipMember::named);
        if member.is_some() && format != CompressFormat::Zip {
            fields.wrong(
                "member",
                format!("only `zip` has a `member`, not `{format}`"),
            );
        }
        if let Level::Number(number) = level {
            check_level(fields, format, member, number);
        }
        let name = fields.text("name");
        if name.is_some() && !format.is_archive() {
            fields.wrong(
                "name",
                format!("only archives have a `name`, not `{format}`"),
            );
        }
        let long = fields.flag("long");
        if long && !matches!(format, CompressFormat::Zstd | CompressFormat::TarZst) {
            let detail = format!("only `zstd` and `tar.zst` have `long`, not `{format}`");
            fields.wrong("long", detail);
        }
        Some(Self {
            id: fields.id.clone(),
            from: fields.from.clone(),
            format,
            level,
            name,
            long,
            member,
            verify: !fields.has("verify") || fields.flag("verify"),
        })
    }
}

fn check_level(
    fields: &mut Fields<'_>,
    format: CompressFormat,
    member: Option<ZipMember>,
    number: u8,
) {
    let detail = match format.levels(member) {
        Some(levels) if levels.contains(&number) => return,
        Some(levels) => {
            let (low, high) = levels.into_inner();
            format!("`{format}` has the levels {low} to {high}, not {number}")
        }
        None => format!("`{format}` packs nothing here, and has no levels"),
    };
    fields.wrong("level", detail);
}
