//! What `--help` of a step says.

use filittle_steps::{Kind, Param};

/// Columns of what is said of a flag: with the widest of them before it 80.
const COLUMNS: usize = 47;

const COLORS: &str = "Colours, by one of these";
const CHANGES: &str = "What is done to the colours";
const METHOD: &str = "Method";
const OUTPUT: &str = "Size and format";
/// In their order.
const HEADINGS: [&str; 4] = [COLORS, CHANGES, METHOD, OUTPUT];

/// What is said of a flag: the table's words, the names it takes, and its default.
pub(super) fn of(op: &str, param: &Param) -> String {
    let about = match (op, param.name) {
        ("dither", "palette") => {
            "the only colours to use: a palette of `filittle palettes`, or a file of GIMP (.gpl), \
             Lospec (.hex), Paint Shop Pro or Windows (.pal) or Adobe (.act)"
        }
        ("dither", "device") => {
            "make what this panel shows, its size, inks and format: a device of `filittle devices`, \
             or a description in TOML"
        }
        ("dither", "format") => {
            "what to write, with as few bits a pixel as the colours need; if not said, the ending \
             of OUT tells (.png, .gif, .bmp, .bin)"
        }
        ("dither", "width" | "height") => "resize first, to at most so many pixels",
        ("dither", "upscale") => "that resize also makes a small picture larger",
        _ => param.about,
    };
    let names = match (param.name, param.kind) {
        // They are many, and have a command of their own.
        ("palette", _) => String::new(),
        (_, Kind::Choice { built, .. }) => format!(": {}", built.join(", ")),
        _ => String::new(),
    };
    let default = match (param.kind, param.default) {
        (Kind::Bool, _) | (_, None) => String::new(),
        (_, Some(default)) => format!(" [default: {default}]"),
    };
    wrapped(&format!("{about}{names}{default}"))
}

pub(super) fn inputs(op: &str) -> &'static str {
    match op {
        "compress" => "files, folders for an archive, or - for standard input",
        "decompress" => "packed files and archives, or - for standard input",
        _ => "pictures, JPEG or PNG, or - for standard input",
    }
}

/// With an end of line before each word that would stand too far to the right.
pub(super) fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > COLUMNS {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// What a flag is listed under; only `dither` has so many that they need it.
pub(super) fn heading(op: &str, param: &str) -> Option<&'static str> {
    if op != "dither" {
        return None;
    }
    Some(match param {
        "levels" | "colors" | "palette" | "extract" | "device" | "devices" => COLORS,
        "gray" | "fit_range" | "background" | "alpha_threshold" => CHANGES,
        "algorithm" | "color_space" | "serpentine" | "strength" | "matrix_size" | "search" => {
            METHOD
        }
        _ => OUTPUT,
    })
}

/// The place of its heading among the others.
pub(super) fn place(op: &str, param: &str) -> Option<usize> {
    let heading = heading(op, param)?;
    HEADINGS.iter().position(|other| *other == heading)
}

pub(super) fn examples(name: &str) -> &'static str {
    match name {
        "compress" => {
            "Examples:\n  filittle compress report.pdf -o report.pdf.zst\n  \
             filittle compress *.log -o packed/ --format gzip --level best\n  \
             filittle compress a.txt b.txt -o both.zip\n  \
             filittle compress project/ -o project.tar.zst\n  \
             tar c folder | filittle compress - -o folder.tar.zst"
        }
        "decompress" => {
            "Examples:\n  filittle decompress report.pdf.zst -o report.pdf\n  \
             filittle decompress photos.zip backup.tar.gz -o unpacked/\n  \
             curl -s https://example.org/data.xz | filittle decompress - -o - | wc -l\n  \
             filittle decompress backup.tar.zst -o - --format zstd | tar tf -"
        }
        "convert" => {
            "Examples:\n  filittle convert drawing.png -o drawing.jpg --quality 90\n  \
             filittle convert *.jpg -o pngs/ --format png"
        }
        "dither" => DITHER,
        "resize" => {
            "Examples:\n  filittle resize photo.jpg -o small.jpg --width 800\n  \
             filittle resize *.jpg -o thumbs/ --width 200 --height 200 --fit cover"
        }
        _ => "",
    }
}

const DITHER: &str = "\
Examples:
  black and white for a thermal printer of 384 dots
    filittle dither photo.jpg -o receipt.png --gray --algorithm atkinson --width 384
  the bytes for a panel, and a picture of them in the colours they stand for
    filittle dither photo.jpg -o photo.bin --device waveshare-7in3e
    filittle dither photo.jpg -o preview.png --device waveshare-7in3e
  four greens
    filittle dither photo.jpg -o game.png --palette game-boy --algorithm bayer --width 160
  large pixels: dithered small, then enlarged
    filittle dither photo.jpg -o - --palette pico-8 --width 96 |
      filittle resize - -o art.png --width 768 --upscale --filter nearest
  sixteen colours of the picture itself
    filittle dither *.jpg -o gifs/ --extract 16 --format gif
  colours of one's own, from a file
    filittle dither photo.jpg -o sunset.png --palette sunset.gpl --color-space oklab";
