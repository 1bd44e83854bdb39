use std::io::{BufWriter, Write};

use jpeg_encoder::{ColorType, EncodingError};

use super::{Channels, Encoding, Picture, write_png};
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
        }
        out.flush().map_err(Error::of_codec)
    }
}

fn png(picture: &Picture, out: &mut dyn Write, work: &Work<'_>) -> Result<(), Error> {
    work.watch.enter(Phase::Encoding);
    write_png(out, picture.size(), picture.channels, |rows| {
        for (y, row) in (1..).zip(picture.rows()) {
            work.watch.check()?;
            rows.write_all(row).map_err(Error::of_codec)?;
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
            return Err(Error::Broken("a JPEG has no alpha".to_owned()));
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
        Err(EncodingError::IoError(error)) => Err(Error::of_codec(error)),
        Err(error) => Err(Error::Broken(error.to_string())),
    }
}
