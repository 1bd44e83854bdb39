//! Few colours, by `filittle_dither`; the rows run through it into the writer.

mod extract;

use std::{io::Write, ops::ControlFlow};

use filittle_dither::{
    BadOptions, ColorSpace, Ditherer, Options, Output, Pixels, Transparency, palettes, raw,
};
use filittle_steps::{self as steps, BitOrder, Dither, DitherFormat, Layout as RawLayout, Tones};

use crate::{
    Error,
    monitor::Phase,
    names,
    picture::{
        Channels, Encoding, Indexed, IndexedFormat, Picture, buffer, write_indexed, write_png,
    },
    value::{Body, Value, Work},
};

/// What a dithered picture is to be written with.
pub(crate) struct Plan {
    step: Dither,
    format: IndexedFormat,
}

/// Chooses how; the dithering itself runs row by row into the writer.
pub(super) fn apply(step: &Dither, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    let (picture, _) = value.body.into_picture(work)?;
    let plan = Plan {
        step: step.clone(),
        format: format(step),
    };
    let name = names::for_picture(&value.name, plan.format.output());
    Ok(Value {
        name,
        body: Body::Picture(picture, Encoding::Dithered(plan)),
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
        picture: &Picture,
        out: &mut dyn Write,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        work.watch.enter(Phase::Dithering);
        let options = self.options(picture, work)?;
        let (width, height) = picture.size();
        let ditherer =
            Ditherer::new(&options, picture.channels.pixels(), width, height).map_err(refused)?;
        match ditherer.output().clone() {
            Output::Indices {
                colors,
                transparent,
            } => self.indexed(picture, ditherer, (colors, transparent), out, work),
            Output::Colors => full_color(picture, ditherer, out, work),
        }
    }

    fn options(&self, picture: &Picture, work: &Work<'_>) -> Result<Options, Error> {
        let step = &self.step;
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
                let colors = extract::colors(picture, *count, step.gray, transparency, work)?;
                filittle_dither::Tones::Colors(colors)
            }
        };
        Ok(Options {
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
            transparency,
        })
    }

    fn indexed(
        &self,
        picture: &Picture,
        ditherer: Ditherer,
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
        let indexed = Indexed {
            width: picture.width,
            height: picture.height,
            colors: &colors,
            transparent,
            gray_bits: gray,
        };
        write_indexed(&self.format, &indexed, out, work, |put| {
            rows(picture, ditherer, work, |row| {
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

/// All rows dithered, one after the other.
fn rows(
    picture: &Picture,
    mut ditherer: Ditherer,
    work: &Work<'_>,
    mut put: impl FnMut(&mut [u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let (width, height) = picture.size();
    let band = ditherer.band().min(height as usize);
    let row = width as usize * ditherer.output().bytes();
    let channels = if ditherer.output().bytes() == 1 {
        Channels::Gray
    } else {
        Channels::Rgb
    };
    let mut out = buffer(width, u32::try_from(band).unwrap_or(height), channels)?;
    let mut done = 0;
    for source in picture.data.chunks(band * picture.stride()) {
        let out = &mut out[..source.len() / picture.stride() * row];
        let mut stopped = Ok(());
        let mut check = |pixels: u64| {
            work.watch.advance(done + pixels, pixels_of(picture));
            stopped = work.watch.check();
            if stopped.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        if ditherer.dither(source, out, &mut check).is_break() {
            return stopped;
        }
        out.chunks_exact_mut(row).try_for_each(&mut put)?;
        done += (source.len() / picture.channels.count()) as u64;
    }
    work.watch.advance(done, done);
    Ok(())
}

fn pixels_of(picture: &Picture) -> u64 {
    u64::from(picture.width) * u64::from(picture.height)
}

/// More colours than a palette can hold.
fn full_color(
    picture: &Picture,
    ditherer: Ditherer,
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<(), Error> {
    write_png(out, picture.size(), Channels::Rgb, |png| {
        rows(picture, ditherer, work, |row| {
            png.write_all(row).map_err(Error::of_codec)
        })
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
