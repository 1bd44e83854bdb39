use std::io::{BufWriter, Write};

use jpeg_encoder::{ColorType, EncodingError};

use super::{Channels, Encoding, Layout, Picture, write_png};
use crate::{Error, monitor::Phase, streams::BLOCK, value::Work};

impl Encoding {
    /// Writes the picture as a file.
    pub(crate) fn write(
        self,
        picture: &Picture,
        out: &mut dyn Write,
        work: &Work<'_>,
    ) -> Result<(), Error> {
        // Codecs write in small pieces; the checks are made for each block.
        let mut out = BufWriter::with_capacity(BLOCK, out);
        match self {
            Self::Jpeg(quality) => jpeg(picture, quality, &mut out, work)?,
            Self::Png => png(picture, &mut out, work)?,
            Self::Dithered(plan) => plan.write(picture, &mut out, work)?,
        }
        Ok(out.flush()?)
    }
}

fn png(picture: &Picture, out: &mut dyn Write, work: &Work<'_>) -> Result<(), Error> {
    work.watch.enter(Phase::Encoding);
    let layout = Layout::Full(picture.channels);
    write_png(out, picture.size(), &layout, |rows| {
        for (y, row) in (1..).zip(picture.rows()) {
            work.watch.check()?;
            rows.write_all(row)?;
            work.watch.advance(y, picture.height.into());
        }
        Ok(())
    })
}

/// Baseline, chroma halved both ways below quality 90, as most encoders do. The picture has no
/// alpha: whoever asks for JPEG flattens first.
fn jpeg(picture: &Picture, quality: u8, out: &mut dyn Write, work: &Work<'_>) -> Result<(), Error> {
    work.watch.enter(Phase::Encoding);
    let color = match picture.channels {
        Channels::Gray => ColorType::Luma,
        Channels::Rgb => ColorType::Rgb,
        Channels::GrayAlpha | Channels::Rgba => {
            return Err(Error::Environment(std::io::Error::other(
                "a JPEG has no alpha",
            )));
        }
    };
    let side = |pixels: u32| {
        u16::try_from(pixels).map_err(|_| {
            Error::large(
                "too-many-pixels",
                "a side of a JPEG has at most 65535 pixels",
            )
        })
    };
    let (width, height) = (side(picture.width)?, side(picture.height)?);
    let encoder = jpeg_encoder::Encoder::new(out, quality);
    match encoder.encode(&picture.data, width, height, color) {
        Ok(()) => Ok(()),
        Err(EncodingError::IoError(error)) => Err(error.into()),
        Err(error) => Err(Error::Environment(std::io::Error::other(error.to_string()))),
    }
}
