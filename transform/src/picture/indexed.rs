//! Pictures of few colours, written row by row.

mod bits;
mod bmp;
mod deflate;
mod gif;
mod lzw;
mod png;
mod raw;
#[cfg(test)]
mod tests;

use std::io::{Read, Write};

use filittle_dither::raw::Packing;

use super::OutputFormat;
use crate::{
    Error,
    spool::{Spool, Spooled},
    streams::BLOCK,
    value::Work,
};

/// What is known of a picture of few colours before its rows come.
pub(crate) struct Indexed<'a> {
    pub width: u32,
    pub height: u32,
    /// 1 to 256.
    pub colors: &'a [[u8; 3]],
    /// The index that shows what is behind: one of the colours, or the one after the last.
    pub transparent: Option<u8>,
    /// The colours are those that grey of so many bits (1, 2, 4 or 8) means, from black to white:
    /// formats that know grey write no palette.
    pub gray_bits: Option<u8>,
}

/// How it is written.
pub(crate) enum IndexedFormat {
    /// Of as few bits a pixel as the colours need.
    Png,
    /// 89a, one frame; sides of at most 65,535 pixels.
    Gif,
    /// 1, 4 or 8 bits a pixel, bottom-up, without transparency; at most 2 GiB.
    Bmp,
    /// Packed pixels alone, without transparency.
    Raw {
        packing: Packing,
        /// The code of each index; without, the indices are the codes.
        codes: Option<Vec<u8>>,
    },
}

/// Takes a row of one index a pixel.
pub(crate) type PutRow<'a> = dyn FnMut(&[u8]) -> Result<(), Error> + 'a;

impl IndexedFormat {
    /// The format of the file.
    pub(crate) fn output(&self) -> OutputFormat {
        match self {
            Self::Png => OutputFormat::Png,
            Self::Gif => OutputFormat::Gif,
            Self::Bmp => OutputFormat::Bmp,
            Self::Raw { .. } => OutputFormat::Raw,
        }
    }

    /// Bytes that writing takes at its peak, besides those of a row and of the codec: no format
    /// needs the whole picture. What must wait for rows that come later waits in temporary files,
    /// which begin in memory.
    pub(crate) fn memory(&self, width: u32, height: u32) -> u64 {
        match self {
            Self::Png | Self::Gif => 0,
            Self::Bmp => Spool::memory(bmp::pixel_bytes(width, height, 8)),
            Self::Raw { packing, .. } => raw::memory(*packing, width, height),
        }
    }
}

/// Writes a picture. `fill` is called once with what takes its rows, from top to bottom.
///
/// # Errors
/// [`Error::TooLarge`] when the format cannot hold so many pixels; [`Error::Broken`] when picture
/// and format do not go together, or when other rows come than were said.
pub(crate) fn write_indexed(
    format: &IndexedFormat,
    picture: &Indexed<'_>,
    out: &mut dyn Write,
    work: &Work<'_>,
    fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    picture.check()?;
    let fill = |put: &mut PutRow<'_>| picture.fill_wholly(put, fill);
    match format {
        IndexedFormat::Png => png::write(picture, out, fill),
        IndexedFormat::Gif => gif::write(picture, out, fill),
        IndexedFormat::Bmp => bmp::write(picture, out, work, fill),
        IndexedFormat::Raw { packing, codes } => {
            let codes = raw::Codes::new(*packing, codes.as_deref(), picture)?;
            raw::write(*packing, &codes, picture, out, work, fill)
        }
    }
}

impl Indexed<'_> {
    /// How many indices there are, with the transparent one.
    fn count(&self) -> usize {
        let transparent = self.transparent.map_or(0, |index| usize::from(index) + 1);
        self.colors.len().max(transparent)
    }

    /// Bits of a pixel, of those that `depths` offers.
    fn depth(&self, depths: &[u8]) -> u8 {
        let fits = |bits: &u8| self.count() <= 1 << bits;
        depths.iter().copied().find(fits).unwrap_or(8)
    }

    /// The colours, up to `count`: those that are no colour of the picture are black.
    fn table(&self, count: usize) -> Vec<[u8; 3]> {
        let rest = std::iter::repeat([0; 3]);
        self.colors
            .iter()
            .copied()
            .chain(rest)
            .take(count)
            .collect()
    }

    fn check(&self) -> Result<(), Error> {
        let broken = |text: &str| Err(Error::Broken(text.to_owned()));
        if self.colors.is_empty() || self.colors.len() > 256 {
            return broken("a picture of indices has 1 to 256 colours");
        }
        let behind = |index: u8| usize::from(index) > self.colors.len();
        if self.transparent.is_some_and(behind) {
            return broken("the transparent index is far behind the colours");
        }
        match self.gray_bits {
            Some(bits) if !is_gray_of(bits, self.colors) || self.count() > 1 << bits => {
                broken("the colours are not the greys of so many bits")
            }
            _ => Ok(()),
        }
    }

    /// As many rows, and as many pixels in each, as were said; a file of others would be damaged.
    fn fill_wholly(
        &self,
        put: &mut PutRow<'_>,
        fill: impl FnOnce(&mut PutRow<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut left = self.height;
        let other = || Error::Broken("other rows came than were said".to_owned());
        fill(&mut |row| {
            if row.len() != self.width as usize {
                return Err(other());
            }
            left = left.checked_sub(1).ok_or_else(other)?;
            put(row)
        })?;
        if left > 0 {
            return Err(other());
        }
        Ok(())
    }
}

/// Whether these are the greys of a depth that formats have, evenly spaced from black to white.
fn is_gray_of(bits: u8, colors: &[[u8; 3]]) -> bool {
    if !matches!(bits, 1 | 2 | 4 | 8) {
        return false;
    }
    let step = u8::MAX / (u8::MAX >> (8 - bits));
    let grays = (0..=u8::MAX).step_by(step.into()).map(|tone| [tone; 3]);
    colors.len() <= 1 << bits
        && colors
            .iter()
            .copied()
            .zip(grays)
            .all(|(color, gray)| color == gray)
}

/// What has waited in a temporary file goes out, from where it stands on.
fn copy(mut from: Spooled, out: &mut dyn Write, work: &Work<'_>) -> Result<(), Error> {
    let mut block = vec![0; BLOCK];
    loop {
        work.watch.check()?;
        let count = from.read(&mut block).map_err(Error::of_codec)?;
        if count == 0 {
            return Ok(());
        }
        out.write_all(&block[..count]).map_err(Error::of_codec)?;
    }
}
