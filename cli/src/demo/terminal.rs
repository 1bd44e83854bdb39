//! A picture in a terminal: each character is two pixels, one above the other.

use std::fmt::Write as _;
use std::io::{self, Cursor, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use filittle_transform::{Attributes, Input, Limits, Monitor, OutputMeta, Outputs, Sink};
use serde_json::json;

const COLUMNS: u32 = 72;

type Error = Box<dyn std::error::Error>;

/// Shows the picture when standard output is a terminal.
#[expect(clippy::print_stdout, reason = "the demo shows what it made")]
pub(super) fn show(path: &Path) -> Result<(), Error> {
    if !io::stdout().is_terminal() {
        return Ok(());
    }
    let mut picture = png::Decoder::new(Cursor::new(small(path)?));
    picture.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = picture.read_info()?;
    let mut pixels = vec![
        0;
        reader
            .output_buffer_size()
            .ok_or("a picture without a size")?
    ];
    let frame = reader.next_frame(&mut pixels)?;
    println!(
        "{}",
        blocks(&pixels, frame.width as usize, frame.color_type.samples())
    );
    Ok(())
}

/// The picture as a small PNG, made by the same step that the service has.
fn small(path: &Path) -> Result<Vec<u8>, Error> {
    let steps = json!([{"op": "resize", "width": COLUMNS}, {"op": "convert", "format": "png"}]);
    let steps = filittle_steps::parse(&steps, "").map_err(|mistakes| format!("{mistakes:?}"))?;
    let mut kept = Kept(Vec::new());
    let size = path.metadata()?.len();
    let path = PathBuf::from(path);
    let open =
        move || -> io::Result<Box<dyn Read + Send>> { Ok(Box::new(std::fs::File::open(&path)?)) };
    let input = Input {
        attributes: Attributes::default(),
        name: "preview.png".into(),
        size: Some(size),
        open: Box::new(open),
    };
    let (limits, monitor) = (Limits::default(), Monitor::new(size));
    for report in filittle_transform::run(&steps, &mut [input], &mut kept, &limits, &monitor)? {
        report.result?;
    }
    Ok(kept.0)
}

/// The one output, in memory.
struct Kept(Vec<u8>);

struct Keeping<'k>(&'k mut Vec<u8>);

impl Outputs for Kept {
    fn create(&mut self, _: OutputMeta) -> io::Result<Box<dyn Sink + '_>> {
        Ok(Box::new(Keeping(&mut self.0)))
    }

    fn discard(&mut self, _: Option<usize>) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }
}

impl Write for Keeping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Keeping<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// Rows of pixels of `samples` bytes as coloured half blocks.
fn blocks(pixels: &[u8], width: usize, samples: usize) -> String {
    let row = width * samples;
    let mut text = String::new();
    for pair in pixels.chunks_exact(row * 2) {
        let (upper, lower) = pair.split_at(row);
        for (above, below) in upper.chunks_exact(samples).zip(lower.chunks_exact(samples)) {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\x1b[38;2;{}m\x1b[48;2;{}m▀",
                colour(above),
                colour(below)
            );
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

/// As a terminal takes it.
fn colour(pixel: &[u8]) -> String {
    match pixel {
        [r, g, b, ..] => format!("{r};{g};{b}"),
        [gray, ..] => format!("{gray};{gray};{gray}"),
        [] => "0;0;0".into(),
    }
}
