use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use filittle_dither::palette_file::{write_gpl, write_hex};
use filittle_dither::palettes::{NamedPalette, palette, palettes};
use serde_json::{Value, json};

use super::paint::{Cell, Paint};
use super::{hex, which};
use crate::local::tones::read_palette;

pub(super) fn command() -> Command {
    Command::new("palettes")
        .about("List the palettes that dither knows, or show one or a palette file")
        .arg(which("show the colours of this one"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_parser(PossibleValuesParser::new(["gpl", "hex"]))
                .requires("which")
                .conflicts_with("json")
                .help("print it as a palette file of GIMP or of Lospec"),
        )
        .arg(super::json())
        .after_help(
            "Examples:\n  filittle palettes\n  filittle palettes pico-8\n  \
             filittle palettes game-boy --format gpl > game-boy.gpl\n  \
             filittle palettes sunset.hex",
        )
}

/// A palette that comes with the program, or that of a file.
struct Shown {
    name: String,
    title: String,
    sources: Vec<String>,
    /// Each with its own name, if it has one.
    colors: Vec<([u8; 3], Option<String>)>,
    /// As it comes with the program: a file of GIMP with the names and where they are from.
    file: Option<&'static str>,
}

pub(super) fn text(matches: &ArgMatches) -> Result<String, Vec<String>> {
    let is_json = matches.get_flag("json");
    let Some(asked) = matches.get_one::<String>("which") else {
        let all = palettes().iter().map(Shown::from);
        return Ok(if is_json {
            format!(
                "{}\n",
                json!({"items": all.map(|it| it.json()).collect::<Vec<_>>()})
            )
        } else {
            list(all)
        });
    };
    let shown = Shown::asked(asked).map_err(|wrong| vec![wrong])?;
    let (colors, names): (Vec<_>, Vec<_>) = shown.colors.iter().cloned().unzip();
    Ok(
        match matches.get_one::<String>("format").map(String::as_str) {
            Some("gpl") => match shown.file {
                Some(file) => file.to_owned(),
                None => write_gpl(&shown.title, &colors, &names),
            },
            Some(_) => write_hex(&colors),
            None if is_json => format!("{}\n", shown.json()),
            None => shown.text(),
        },
    )
}

/// Name, number of colours, title.
fn list(all: impl Iterator<Item = Shown>) -> String {
    let row = |it: Shown| {
        vec![
            Cell::text(it.name),
            Cell::text(it.colors.len().to_string()),
            Cell::Colors(it.colors.into_iter().map(|(color, _)| color).collect()),
            Cell::text(it.title),
        ]
    };
    Paint::of_stdout().table(&all.map(row).collect::<Vec<_>>())
}

impl Shown {
    fn asked(asked: &str) -> Result<Self, String> {
        if let Some(named) = palette(&asked.to_ascii_lowercase()) {
            return Ok(named.into());
        }
        let stem = Path::new(asked).file_stem().unwrap_or_default();
        let name = stem.to_string_lossy().into_owned();
        let file = read_palette(asked)?;
        // Digits for a name are how a colour without one is written.
        let named = |(color, name): (_, Option<String>)| {
            let name = name.filter(|name| *name != hex(color));
            (color, name)
        };
        Ok(Self {
            title: file.name.unwrap_or_else(|| name.clone()),
            name,
            sources: Vec::new(),
            colors: file
                .colors
                .into_iter()
                .zip(file.color_names)
                .map(named)
                .collect(),
            file: None,
        })
    }

    fn json(&self) -> Value {
        let colors = self.colors.iter().map(|(color, name)| {
            let mut color = json!({"color": hex(*color)});
            if let Some(name) = name {
                color["name"] = name.as_str().into();
            }
            color
        });
        json!({
            "name": self.name, "title": self.title, "sources": self.sources,
            "colors": colors.collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let paint = Paint::of_stdout();
        let count = self.colors.len();
        let head = [
            vec![Cell::text(format!("{}: {}", self.name, self.title))],
            vec![Cell::text(format!("{count} colours"))],
        ];
        let rows = self.colors.iter().map(|(color, name)| {
            let mut row = vec![Cell::text(hex(*color)), Cell::Colors(vec![*color; 4])];
            row.extend(name.as_ref().map(Cell::text));
            row
        });
        let sources = self.sources.iter();
        let sources = sources.map(|it| vec![Cell::text(format!("Source: {it}"))]);
        paint.table(&head)
            + &paint.table(&rows.collect::<Vec<_>>())
            + &paint.table(&sources.collect::<Vec<_>>())
    }
}

impl From<&NamedPalette> for Shown {
    fn from(named: &NamedPalette) -> Self {
        let colors = named.colors.iter().copied();
        Self {
            name: named.name.to_owned(),
            title: named.title.clone(),
            sources: named.sources.clone(),
            colors: colors.zip(named.color_names.iter().cloned()).collect(),
            file: Some(named.file),
        }
    }
}
