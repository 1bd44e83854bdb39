//! Error diffusion: R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial greyscale",
//! Proceedings of the Society for Information Display 17 (2), 1976.

mod colors;
mod diffuse;
mod levels;
mod pack;
mod rows;

use std::io::Write;

use filittle_steps::{Color, Dither, Tones};

use self::{
    colors::Nearest,
    diffuse::Diffusion,
    levels::Levels,
    pack::pack,
    rows::{GrayRows, RgbRows},
};
use crate::{
    Error, PictureFormat,
    monitor::Phase,
    names,
    picture::{Channels, Encoding, Layout, Picture, write_png},
    value::{Body, Value, Work},
};

/// What a dithered picture is to be written with.
pub(crate) struct Plan {
    tones: Tones,
    gray: bool,
}

/// Chooses few colours; the diffusion itself runs row by row into the writer.
pub(super) fn apply(step: &Dither, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    let (picture, _) = value.body.into_picture(work)?;
    let name = names::for_picture(&value.name, PictureFormat::Png);
    let plan = Plan {
        tones: step.tones.clone(),
        gray: step.gray,
    };
    Ok(Value {
        name,
        body: Body::Picture(picture, Encoding::Dithered(plan)),
    })
}

impl Plan {
    /// Writes the picture in its few colours, as a PNG of as few bits as they need.
    pub(crate) fn write(
        &self,
        picture: &Picture,
        out: &mut dyn Write,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        work.watch.enter(Phase::Dithering);
        let gray = self.gray || matches!(picture.channels, Channels::Gray | Channels::GrayAlpha);
        match &self.tones {
            Tones::Colors(colors) => in_colors(picture, colors, self.gray, out, work),
            Tones::Levels(count) if gray => in_grays(picture, *count, out, work),
            Tones::Levels(count) => in_levels(picture, *count, out, work),
        }
    }
}

/// Bits that so many different indices need, of those PNG has.
fn depth(colors: usize) -> u8 {
    match colors {
        0..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    }
}

/// Only these colours, by distance in sRGB.
fn in_colors(
    picture: &Picture,
    colors: &[Color],
    gray: bool,
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<(), Error> {
    let palette: Vec<[u8; 3]> = colors.iter().map(|color| color.0).collect();
    let depth = depth(palette.len());
    let mut nearest = Nearest::new(&palette);
    let layout = Layout::Indexed(depth, &palette);
    let mut source = RgbRows::new(picture, gray);
    indices(
        picture,
        &layout,
        depth,
        out,
        work,
        |diffusion: &mut Diffusion<3>, row, out| {
            diffusion.row(source.row(row), out, |wanted| nearest.choose(wanted));
        },
    )
}

/// Evenly spaced greys. Two, four, sixteen and 256 are what PNG's grey of that depth means, and
/// more than sixteen fit its eight bits; others need a palette.
fn in_grays(
    picture: &Picture,
    count: u16,
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<(), Error> {
    let levels = Levels::new(count);
    let palette: Vec<[u8; 3]> = levels.values().map(|tone| [tone; 3]).collect();
    let depth = depth(palette.len());
    let mut source = GrayRows::new(picture);
    let layout = match count {
        2 | 4 | 16..=256 => Layout::Gray(depth),
        _ => Layout::Indexed(depth, &palette),
    };
    let tones = matches!(count, 17..=255);
    indices(
        picture,
        &layout,
        depth,
        out,
        work,
        |diffusion: &mut Diffusion<1>, row, out| {
            diffusion.row(source.row(row), out, |wanted| {
                let ([level], error) = levels.choose(wanted);
                (if tones { level.tone } else { level.index }, error)
            });
        },
    )
}

/// Evenly spaced tones of each channel: a palette while all combinations fit one, else full colour.
fn in_levels(
    picture: &Picture,
    count: u16,
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<(), Error> {
    let levels = Levels::new(count);
    let mut source = RgbRows::new(picture, false);
    let Some(palette) = levels.cube() else {
        return full_color(picture, &levels, &mut source, out, work);
    };
    let depth = depth(palette.len());
    let layout = Layout::Indexed(depth, &palette);
    let side = u8::try_from(count).unwrap_or_default();
    indices(
        picture,
        &layout,
        depth,
        out,
        work,
        |diffusion: &mut Diffusion<3>, row, out| {
            diffusion.row(source.row(row), out, |wanted| {
                let ([r, g, b], error) = levels.choose(wanted);
                ((r.index * side + g.index) * side + b.index, error)
            });
        },
    )
}

/// Diffuses into one index a pixel, and writes them packed.
fn indices<const C: usize>(
    picture: &Picture,
    layout: &Layout<'_>,
    depth: u8,
    out: &mut dyn Write,
    work: &Work<'_>,
    mut row: impl FnMut(&mut Diffusion<C>, &[u8], &mut [u8]),
) -> Result<(), Error> {
    let mut diffusion = Diffusion::new(picture.width);
    let mut indices = vec![0; picture.width as usize];
    let mut packed = Vec::new();
    write_png(out, picture.size(), layout, |png| {
        for (y, source) in (1..).zip(picture.rows()) {
            work.watch.check()?;
            row(&mut diffusion, source, &mut indices);
            png.write_all(pack(&indices, depth, &mut packed))
                .map_err(Error::of_codec)?;
            work.watch.advance(y, picture.height.into());
        }
        Ok(())
    })
}

fn full_color(
    picture: &Picture,
    levels: &Levels,
    source: &mut RgbRows,
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<(), Error> {
    let layout = Layout::Full(Channels::Rgb);
    let mut diffusion = Diffusion::<3>::new(picture.width);
    let mut tones = vec![[0; 3]; picture.width as usize];
    write_png(out, picture.size(), &layout, |png| {
        for (y, row) in (1..).zip(picture.rows()) {
            work.watch.check()?;
            diffusion.row(source.row(row), &mut tones, |wanted| {
                let (chosen, error) = levels.choose(wanted);
                (chosen.map(|level| level.tone), error)
            });
            png.write_all(tones.as_flattened())
                .map_err(Error::of_codec)?;
            work.watch.advance(y, picture.height.into());
        }
        Ok(())
    })
}
