//! Error diffusion: R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial greyscale",
//! Proceedings of the Society for Information Display 17 (2), 1976.

mod colors;
mod diffuse;
mod levels;
mod rows;

use std::io::Write;

use filittle_steps::{Color, Dither, Tones};

use self::{
    colors::Nearest,
    diffuse::Diffusion,
    levels::Levels,
    rows::{GrayRows, RgbRows},
};
use crate::{
    Error,
    monitor::Phase,
    names,
    picture::{
        Channels, Encoding, Indexed, IndexedFormat, Layout, Picture, write_indexed, write_png,
    },
    value::{Body, Value, Work},
};

/// What a dithered picture is to be written with.
pub(crate) struct Plan {
    tones: Tones,
    gray: bool,
    format: IndexedFormat,
}

/// Chooses few colours; the diffusion itself runs row by row into the writer.
pub(super) fn apply(step: &Dither, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    let (picture, _) = value.body.into_picture(work)?;
    let plan = Plan {
        tones: step.tones.clone(),
        gray: step.gray,
        format: IndexedFormat::Png,
    };
    let name = names::for_picture(&value.name, plan.format().output());
    Ok(Value {
        name,
        body: Body::Picture(picture, Encoding::Dithered(plan)),
    })
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
        let gray = self.gray || matches!(picture.channels, Channels::Gray | Channels::GrayAlpha);
        match &self.tones {
            Tones::Colors(colors) => in_colors(self, picture, colors, out, work),
            Tones::Levels(count) if gray => in_grays(&self.format, picture, *count, out, work),
            Tones::Levels(count) => in_levels(&self.format, picture, *count, out, work),
        }
    }
}

/// Only these colours, by distance in sRGB.
fn in_colors(
    plan: &Plan,
    picture: &Picture,
    colors: &[Color],
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<(), Error> {
    let palette: Vec<[u8; 3]> = colors.iter().map(|color| color.0).collect();
    let mut nearest = Nearest::new(&palette);
    let mut source = RgbRows::new(picture, plan.gray);
    indices(
        (&plan.format, &palette, None),
        picture,
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
    format: &IndexedFormat,
    picture: &Picture,
    count: u16,
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<(), Error> {
    let levels = Levels::new(count);
    let mut source = GrayRows::new(picture);
    let gray_bits = match count {
        2 => Some(1),
        4 => Some(2),
        16 => Some(4),
        17..=256 => Some(8),
        _ => None,
    };
    let tones = matches!(count, 17..=255);
    let palette: Vec<[u8; 3]> = if tones {
        (0..=u8::MAX).map(|tone| [tone; 3]).collect()
    } else {
        levels.values().map(|tone| [tone; 3]).collect()
    };
    indices(
        (format, &palette, gray_bits),
        picture,
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
    format: &IndexedFormat,
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
    let side = u8::try_from(count).unwrap_or_default();
    indices(
        (format, &palette, None),
        picture,
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

/// Diffuses into one index a pixel. The colours may be the greys of so many bits.
fn indices<const C: usize>(
    (format, colors, gray_bits): (&IndexedFormat, &[[u8; 3]], Option<u8>),
    picture: &Picture,
    out: &mut dyn Write,
    work: &Work<'_>,
    mut row: impl FnMut(&mut Diffusion<C>, &[u8], &mut [u8]),
) -> Result<(), Error> {
    let mut diffusion = Diffusion::new(picture.width);
    let mut indices = vec![0; picture.width as usize];
    let indexed = Indexed {
        width: picture.width,
        height: picture.height,
        colors,
        transparent: None,
        gray_bits,
    };
    write_indexed(format, &indexed, out, work, |put| {
        for (y, source) in (1..).zip(picture.rows()) {
            work.watch.check()?;
            row(&mut diffusion, source, &mut indices);
            put(&indices)?;
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
