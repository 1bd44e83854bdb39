use std::io::Read;

use super::{Encoding, Source, jpeg, png};
use crate::{
    Error, PictureFormat, PictureHeader, header,
    monitor::Phase,
    value::{Stream, Work},
};

/// The quality in which a JPEG is written again by a step that does not ask for one.
const KEEP_QUALITY: u8 = 85;

/// What steps write that can be read again.
const READ: [&str; 2] = ["image/jpeg", "image/png"];

impl Source {
    /// Opens a JPEG or PNG, upright, with 8 bits a channel; palettes and CMYK become colours.
    /// Nothing of the size of the picture is allocated before its header is admitted. The encoding
    /// is that of the input.
    pub(crate) fn open(stream: Stream, work: &Work<'_>) -> Result<(Self, Encoding), Error> {
        work.watch.enter(Phase::Decoding);
        if let Some(made) = stream.media_type.filter(|made| !READ.contains(made)) {
            return Err(Error::bad(
                "unsupported-media-type",
                format!("the step before wrote {made}, which is neither a JPEG nor a PNG"),
            ));
        }
        let bytes = work.watch.briefly(|| read(stream, work))?;
        let header = header(&bytes[..])?;
        work.limits.admit(&header)?;
        if let Some(admit) = work.admit {
            admit(&header, bytes.len() as u64)?;
        }
        Ok(match header.format {
            PictureFormat::Jpeg => (
                jpeg::open(bytes, &header, work)?,
                Encoding::Jpeg(KEEP_QUALITY),
            ),
            PictureFormat::Png => (png::open(bytes, &header, work)?, Encoding::Png),
        })
    }
}

/// All bytes of an encoded picture, within the limit. The header is read and admitted from the
/// first block, so that a hopeless file is not read to its end.
fn read(mut stream: Stream, work: &Work<'_>) -> Result<Vec<u8>, Error> {
    let most = work.limits.picture_bytes;
    let too_large = || {
        Error::large(
            "picture-too-large",
            format!("a picture may have at most {most} bytes"),
        )
    };
    if stream.len.is_some_and(|len| len > most) {
        return Err(too_large());
    }
    let room = stream
        .len
        .and_then(|len| usize::try_from(len).ok())
        .unwrap_or_default();
    let mut bytes = crate::streams::head(&mut *stream.reader, crate::streams::BLOCK)?;
    early(&bytes, work)?;
    bytes
        .try_reserve_exact(room.saturating_sub(bytes.len()))
        .map_err(|_| Error::not_enough_memory())?;
    stream
        .reader
        .take((most + 1).saturating_sub(bytes.len() as u64))
        .read_to_end(&mut bytes)
        .map_err(Error::of_codec)?;
    if bytes.len() as u64 > most {
        return Err(too_large());
    }
    Ok(bytes)
}

/// What the first block already rules out. That it ends within the header rules out nothing.
fn early(head: &[u8], work: &Work<'_>) -> Result<(), Error> {
    match header(head) {
        Ok(header) => work.limits.admit(&header),
        Err(Error::BadInput {
            code: "truncated-picture",
            ..
        }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The header again, as seen by a codec; a codec that sees another size than was admitted is
/// looking at a hostile file.
pub(super) fn same_size(header: &PictureHeader, width: u64, height: u64) -> Result<(), Error> {
    if u64::from(header.width) == width && u64::from(header.height) == height {
        return Ok(());
    }
    Err(Error::bad(
        "damaged-picture",
        "the picture names two different sizes",
    ))
}
