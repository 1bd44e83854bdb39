//! JPEG, row by row where the codec can.

mod color;
mod end;
mod reader;
mod rows;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use zune_core::{colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::{JpegDecoder, errors::DecodeErrors};

use self::{reader::Watched, rows::JpegRows};
use super::{Channels, Picture, Source, buffer, decode::same_size, exif};
use crate::{Error, PictureHeader, value::Work, watch::Watch};

type Decoder = JpegDecoder<Watched>;

/// Opens a JPEG as grey or RGB, upright. Refuses what is truncated or damaged rather than filling
/// it with grey, as browsers do: a result that silently lacks a part is worse than none.
pub(super) fn open(
    bytes: Vec<u8>,
    header: &PictureHeader,
    work: &Work<'_>,
) -> Result<Source, Error> {
    if !end::reaches_end(&bytes) {
        return Err(Error::bad(
            "truncated-picture",
            "the JPEG ends before its end marker",
        ));
    }
    let channels = if header.channels == 1 {
        Channels::Gray
    } else {
        Channels::Rgb
    };
    let reader = Watched::new(bytes, Rc::clone(&work.watch));
    let mut decoder = JpegDecoder::new_with_options(reader, options(work, channels));
    let explain = |error| explain(&error, &work.watch);
    decoder.decode_headers().map_err(explain)?;
    if let Some(info) = decoder.info() {
        same_size(header, info.width.into(), info.height.into())?;
        if info.components != header.channels {
            return Err(other_channels());
        }
    }
    let orientation = decoder.exif().and_then(|exif| exif::orientation(exif));
    let size = (header.width, header.height);
    let watch = Rc::clone(&work.watch);
    let source = match JpegRows::new(decoder, size, header.progressive, watch) {
        Ok(rows) => Source::Rows(Box::new(rows)),
        Err(decoder) => Source::Whole(whole(*decoder, size, channels, work)?),
    };
    source.upright(orientation)
}

/// What cannot be read by rows: four channels, RGB, chroma of a third or a quarter; and what takes
/// less memory so, see there.
fn whole(
    mut decoder: Decoder,
    (width, height): (u32, u32),
    channels: Channels,
    work: &Work<'_>,
) -> Result<Picture, Error> {
    let mut data = buffer(width, height, channels)?;
    if decoder.output_buffer_size() != Some(data.len()) {
        return Err(other_channels());
    }
    decoder
        .decode_into(&mut data)
        .map_err(|error| explain(&error, &work.watch))?;
    Ok(Picture {
        width,
        height,
        channels,
        data,
    })
}

fn options(work: &Work<'_>, channels: Channels) -> DecoderOptions {
    let side = work.limits.side as usize;
    let space = if channels == Channels::Gray {
        ColorSpace::Luma
    } else {
        ColorSpace::RGB
    };
    DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(space)
}

fn other_channels() -> Error {
    Error::bad("damaged-picture", "the JPEG has another number of channels")
}

/// A codec's own words are for its authors; but first see whether it was us who stopped it.
fn explain(error: &DecodeErrors, watch: &Watch) -> Error {
    if let Err(ours) = watch.check() {
        return ours;
    }
    match error {
        DecodeErrors::Unsupported(_) => Error::bad(
            "unsupported-picture",
            format!("a JPEG of a kind we do not read: {error:?}"),
        ),
        _ => Error::bad("damaged-picture", format!("the JPEG is damaged: {error:?}")),
    }
}
