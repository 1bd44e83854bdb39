//! Few colours, by `filittle_dither`; the rows run through it from the reader into the writer.

mod extract;
mod rows;

use std::io::{BufWriter, Write};

use filittle_dither::{
    BadOptions, ColorSpace, Ditherer, Options, Output, Pixels, Search, Transparency, palettes, raw,
};
use filittle_pack::Attributes;
use filittle_steps::{self as steps, BitOrder, Dither, DitherFormat, Layout as RawLayout, Tones};

use self::rows::Dithering;
use crate::{
    Error, names,
    picture::{Channels, Indexed, IndexedFormat, Source, write_indexed, write_png},
    streams::BLOCK,
    value::{Body, Value, Work},
};

/// What a dithered picture is to be written with.
pub(crate) struct Plan {
    step: Dither,
    format: IndexedFormat,
}

/// Chooses how; the dithering itself runs row by row into the writer.
pub(super) fn apply(step: &Dither, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    let (source, _) = value.body.into_source(work)?;
    let plan = Plan {
        step: step.clone(),
        format: format(step),
    };
    let name = names::for_picture(&value.name, plan.format.output());
    Ok(Value {
        name,
        attributes: Attributes::default(),
        body: Body::Dithered(source, plan),
    })
}

/// What a step asks to be written.
pub(crate) fn format(step: &Dither) -> IndexedFormat {
    match (step.format, &step.raw) {
        (DitherFormat::Gif, _) => IndexedFormat::Gif,
        (DitherFormat::Bmp, _) => IndexedFormat::Bmp,
        (DitherFormat::Raw, Some(raw)) => IndexedFormat::Raw {
            packing: packing(raw),
            codes: raw.codes.clone(),
        },
        // A step of raw always says how.
        (DitherFormat::Png | DitherFormat::Raw, _) => IndexedFormat::Png,
    }
}

fn packing(step: &steps::Raw) -> raw::Packing {
    raw::Packing {
        bits: step.bits,
        order: match step.bit_order {
            BitOrder::Msb => raw::BitOrder::Msb,
            BitOrder::Lsb => raw::BitOrder::Lsb,
        },
        layout: match step.layout {
            RawLayout::Rows => raw::Layout::Rows,
            RawLayout::Planes => raw::Layout::Planes,
            RawLayout::Pages => raw::Layout::Pages,
        },
    }
}

impl Plan {
    pub(crate) fn format(&self) -> &IndexedFormat {
        &self.format
    }

    /// Writes the picture in its few colours.
    pub(crate) fn write(
        &self,
        source: Source,
        out: &mut dyn Write,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        let ((width, height), channels) = (source.size(), source.channels());
        // What is made in small pieces is checked for each block.
        let mut out = BufWriter::with_capacity(BLOCK, out);
        let (source, options) = self.options(source, work)?;
        let ditherer =
            Ditherer::new(&options, channels.pixels(), width, height).map_err(refused)?;
        let output = ditherer.output().clone();
        let rows = Dithering::new(source, ditherer, work)?;
        match output {
            Output::Indices {
                colors,
                transparent,
            } => self.indexed(rows, (colors, transparent), &mut out, work)?,
            Output::Colors => full_color(rows, &mut out)?,
        }
        out.flush().map_err(Error::of_codec)
    }

    /// With the source, of which all pixels must be there when colours are taken from it.
    fn options(&self, source: Source, work: &Work<'_>) -> Result<(Source, Options), Error> {
        let (step, mut source) = (&self.step, source);
        let transparency = match step.alpha_threshold {
            Some(threshold) => Transparency::Threshold(threshold),
            None => Transparency::Background(step.background.0),
        };
        let tones = match &step.tones {
            Tones::Levels(count) => filittle_dither::Tones::Levels(*count),
            Tones::Colors(colors) => {
                filittle_dither::Tones::Colors(colors.iter().map(|color| color.0).collect())
            }
            Tones::Palette(name) => {
                let palette = palettes::palette(name)
                    .ok_or_else(|| Error::Broken(format!("no palette {name}")))?;
                filittle_dither::Tones::Colors(palette.colors.clone())
            }
            Tones::Extract(count) => {
                let picture = source.whole()?;
                let colors = extract::colors(&picture, *count, step.gray, transparency, work)?;
                source = Source::Whole(picture);
                filittle_dither::Tones::Colors(colors)
            }
        };
        let options = Options {
            algorithm: step.algorithm.algorithm(),
            tones,
            gray: step.gray,
            color_space: match step.color_space {
                steps::ColorSpace::Srgb => ColorSpace::Srgb,
                steps::ColorSpace::Linear => ColorSpace::Linear,
                steps::ColorSpace::Oklab => ColorSpace::Oklab,
            },
            serpentine: step.serpentine,
            strength: step.strength.of_256(),
            matrix_size: step.matrix_size,
            fit_range: step.fit_range,
            search: match step.search {
                steps::Search::Exact => Search::Exact,
                steps::Search::Fast => Search::Fast,
            },
            transparency,
        };
        Ok((source, options))
    }

    fn indexed(
        &self,
        rows: Dithering<'_>,
        (mut colors, transparent): (Vec<[u8; 3]>, Option<u8>),
        out: &mut dyn Write,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        for (color, written) in colors
            .iter_mut()
            .zip(self.step.written_colors.iter().flatten())
        {
            *color = written.0;
        }
        let gray = self.gray_bits(&colors, transparent);
        // Greys that are not those of a depth: each pixel is its tone, not its place among them.
        let tones: Option<Vec<u8>> = (gray == Some(8) && colors.len() < 256)
            .then(|| colors.iter().map(|color| color[0]).collect());
        if tones.is_some() {
            colors = (0..=u8::MAX).map(|tone| [tone; 3]).collect();
        }
        let (width, height) = rows.size();
        let indexed = Indexed {
            width,
            height,
            colors: &colors,
            transparent,
            gray_bits: gray,
        };
        write_indexed(&self.format, &indexed, out, work, |put| {
            rows.each(|row| {
                if let Some(tones) = &tones {
                    for index in row.iter_mut() {
                        *index = tones[usize::from(*index)];
                    }
                }
                put(row)
            })
        })
    }

    /// Two, four, sixteen and 256 evenly spaced greys are what PNG's grey of that depth means, and
    /// more than sixteen fit its eight bits; others need a palette.
    fn gray_bits(&self, colors: &[[u8; 3]], transparent: Option<u8>) -> Option<u8> {
        let is_gray = |[r, g, b]: &[u8; 3]| r == g && g == b;
        let levels = matches!(self.step.tones, Tones::Levels(_)) && colors.iter().all(is_gray);
        if !levels || transparent.is_some() || !matches!(self.format, IndexedFormat::Png) {
            return None;
        }
        match colors.len() {
            2 => Some(1),
            4 => Some(2),
            16 => Some(4),
            17..=256 => Some(8),
            _ => None,
        }
    }
}

/// More colours than a palette can hold.
fn full_color(rows: Dithering<'_>, out: &mut dyn Write) -> Result<(), Error> {
    write_png(out, rows.size(), Channels::Rgb, |png| {
        rows.each(|row| png.write_all(row).map_err(Error::of_codec))
    })
}

impl Channels {
    fn pixels(self) -> Pixels {
        match self {
            Self::Gray => Pixels::Gray,
            Self::GrayAlpha => Pixels::GrayAlpha,
            Self::Rgb => Pixels::Rgb,
            Self::Rgba => Pixels::Rgba,
        }
    }
}

/// What steps ask for was checked; only the picture may be too large.
fn refused(error: BadOptions) -> Error {
    match error {
        BadOptions::Size(..) => Error::large("too-many-pixels", error.to_string()),
        error => Error::Broken(error.to_string()),
    }
}
