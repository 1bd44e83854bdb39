//! Which formats and levels are measured.

use std::fmt;

use clap::ArgMatches;
use filittle_pack::Format;
use filittle_steps as steps;
use filittle_transform as transform;

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub format: Format,
    pub level: u8,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.format, self.level)
    }
}

/// A value of `--level`.
#[derive(Clone, Copy)]
pub(super) enum Level {
    All,
    Named(steps::Level),
    Number(u8),
}

pub(super) fn format(text: &str) -> Result<Format, String> {
    let lower = text.to_ascii_lowercase();
    let mut formats = Format::ALL.into_iter();
    formats
        .find(|format| format.name() == lower || format.extension() == lower)
        .ok_or_else(|| {
            let names = Format::ALL.map(Format::name).join(", ");
            format!("there are {names}")
        })
}

pub(super) fn level(text: &str) -> Result<Level, &'static str> {
    match text {
        "all" => Ok(Level::All),
        "fast" => Ok(Level::Named(steps::Level::Fast)),
        "balanced" => Ok(Level::Named(steps::Level::Balanced)),
        "best" => Ok(Level::Named(steps::Level::Best)),
        _ => match text.parse() {
            Ok(number) => Ok(Level::Number(number)),
            Err(_) => Err("it is a number, fast, balanced, best, or all"),
        },
    }
}

/// In the order of the formats, and of the levels that were asked for.
pub(super) fn choices(matches: &ArgMatches) -> Result<Vec<Choice>, String> {
    let formats: Vec<Format> = matches.get_many("format").map_or_else(
        || Format::ALL.to_vec(),
        |formats| formats.copied().collect(),
    );
    let is_asked = matches.contains_id("format");
    let levels: Option<Vec<Level>> = matches.get_many("level").map(|it| it.copied().collect());
    let mut choices = Vec::new();
    for format in formats {
        let Some(levels) = &levels else {
            choices.extend(usual(format).iter().map(|level| (format, *level)));
            continue;
        };
        for level in levels {
            match *level {
                Level::All => choices.extend(format.levels().map(|level| (format, level))),
                Level::Named(level) => choices.push((format, transform::level(level, format))),
                Level::Number(level) if format.levels().contains(&level) => {
                    choices.push((format, level));
                }
                Level::Number(level) if is_asked => {
                    let (low, high) = format.levels().into_inner();
                    return Err(format!(
                        "{format} has the levels {low} to {high}, not {level}"
                    ));
                }
                Level::Number(_) => {}
            }
        }
    }
    if choices.is_empty() {
        return Err("no format has such a level".to_owned());
    }
    let choices = choices.into_iter();
    Ok(choices
        .map(|(format, level)| Choice { format, level })
        .collect())
}

/// Those between which there is something to choose.
fn usual(format: Format) -> &'static [u8] {
    match format {
        Format::Zstd => &[1, 3, 6, 9, 12, 15, 19],
        Format::Gzip => &[1, 6, 9],
        Format::Brotli => &[1, 5, 9, 11],
        Format::Xz => &[1, 3, 6],
        Format::Lz4 => &[1, 9],
        Format::Bzip2 => &[9],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(line: &str) -> Result<Vec<String>, String> {
        let words = ["bench", "file"].into_iter().chain(line.split_whitespace());
        let matches = super::super::command()
            .try_get_matches_from(words)
            .map_err(|error| error.to_string())?;
        let choices = choices(&matches)?;
        Ok(choices.iter().map(Choice::to_string).collect())
    }

    #[test]
    fn formats_have_the_levels_they_know() {
        let all = chosen("--level all").expect("all");
        let levels: usize = Format::ALL.iter().map(|it| it.levels().count()).sum();
        assert_eq!(all.len(), levels);
        assert_eq!(
            chosen("--level 3,12").expect("some"),
            [
                "zstd 3", "zstd 12", "gzip 3", "brotli 3", "xz 3", "lz4 3", "lz4 12", "bzip2 3"
            ]
        );
        assert_eq!(
            chosen("--format zstd,xz --level fast,balanced,best").expect("some"),
            ["zstd 1", "zstd 3", "zstd 19", "xz 1", "xz 6", "xz 7"]
        );
        assert_eq!(chosen("--format GZ,lz4 --level 9").expect("two").len(), 2);
        for wrong in [
            "--format gzip --level 0",
            "--format zstd,gzip --level 3,12",
            "--format rar",
            "--level better",
        ] {
            assert!(chosen(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_usual_levels_are_levels() {
        for format in Format::ALL {
            for level in usual(format) {
                assert!(format.levels().contains(level), "{format} {level}");
            }
        }
    }
}
