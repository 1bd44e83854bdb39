use zune_core::{colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::{JpegDecoder, errors::DecodeErrors};

use super::{Channels, Picture, buffer, decode::same_size, exif, jpeg_end, jpeg_reader::Watched};
use crate::{Error, PictureHeader, value::Work};

/// Decodes a JPEG to grey or RGB, upright. Refuses what is truncated or damaged rather than filling
/// it with grey, as browsers do: a result that silently lacks a part is worse than none.
pub(super) fn decode(
    bytes: Vec<u8>,
    header: &PictureHeader,
    work: &Work<'_>,
) -> Result<Picture, Error> {
    if !jpeg_end::reaches_end(&bytes) {
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
    let reader = Watched::new(&bytes, std::rc::Rc::clone(&work.watch));
    let mut decoder = JpegDecoder::new_with_options(reader, options(work, channels));
    // A codec's own words are for its authors; but first see whether it was us who stopped it.
    let explain = |error: DecodeErrors| match work.watch.check() {
        Err(ours) => ours,
        Ok(()) => explain(&error),
    };
    decoder.decode_headers().map_err(explain)?;
    if let Some(info) = decoder.info() {
        same_size(header, info.width.into(), info.height.into())?;
    }
    let mut data = buffer(header.width, header.height, channels)?;
    if decoder.output_buffer_size() != Some(data.len()) {
        return Err(Error::bad(
            "damaged-picture",
            "the JPEG has another number of channels",
        ));
    }
    decoder.decode_into(&mut data).map_err(explain)?;
    let orientation = decoder.exif().and_then(|exif| exif::orientation(exif));
    drop(decoder);
    drop(bytes);
    let picture = Picture {
        width: header.width,
        height: header.height,
        channels,
        data,
    };
    picture.upright(orientation)
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

fn explain(error: &DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(_) => Error::bad(
            "unsupported-picture",
            format!("a JPEG of a kind we do not read: {error:?}"),
        ),
        _ => Error::bad("damaged-picture", format!("the JPEG is damaged: {error:?}")),
    }
}
