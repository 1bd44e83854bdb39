use std::io::{BufReader, Read};

use filittle_steps::{Compress, CompressFormat, Level};
use flate2::{Compression, GzBuilder};

use super::archive;
use crate::{
    Error,
    monitor::Phase,
    names,
    streams::BLOCK,
    value::{Body, Stream, Value, Work},
};

/// The largest window of a zstd frame, 8 MiB: what RFC 8878, 3.1.1.1.2, asks every decoder to
/// accept. Only the levels 20 to 22 would take more, and pack a little less tightly for it.
const LARGEST_WINDOW_LOG: u32 = 23;
const FIRST_LEVEL_OVER_IT: i32 = 20;

/// Packs a file on its own; an archive of only this file when the step gathers.
pub(super) fn apply(step: &Compress, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    let (extension, media_type) = match step.format {
        CompressFormat::Zstd => ("zst", "application/zstd"),
        CompressFormat::Gzip => ("gz", "application/gzip"),
        CompressFormat::Zip => return archive::of_one(step, value, work),
    };
    let stream = value.body.into_stream(work)?;
    work.watch.enter(Phase::Compressing);
    let reader = match step.format {
        CompressFormat::Zstd => zstd(stream, step.level)?,
        CompressFormat::Gzip | CompressFormat::Zip => gzip(stream, step.level),
    };
    Ok(Value {
        name: names::add_extension(&value.name, extension),
        body: Body::Stream(Stream {
            reader,
            len: None,
            media_type: Some(media_type),
        }),
    })
}

/// One frame with a checksum, and with the size in its header when that is known.
fn zstd(stream: Stream, level: Level) -> Result<Box<dyn Read>, Error> {
    let level = zstd_level(level);
    let reader = BufReader::with_capacity(BLOCK, stream.reader);
    let encoder = || {
        let mut encoder = zstd::stream::read::Encoder::with_buffer(reader, level)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(stream.len)?;
        if level >= FIRST_LEVEL_OVER_IT {
            encoder.window_log(LARGEST_WINDOW_LOG)?;
        }
        Ok(encoder)
    };
    Ok(Box::new(encoder().map_err(Error::of_codec)?))
}

/// The number of a level, of zstd.
pub(crate) fn zstd_level(level: Level) -> i32 {
    match level {
        Level::Fast => 1,
        Level::Balanced => 3,
        Level::Best => 19,
        Level::Number(number) => number.into(),
    }
}

/// One member without name and time, so that the bytes depend on the content alone.
fn gzip(stream: Stream, level: Level) -> Box<dyn Read> {
    let reader = BufReader::with_capacity(BLOCK, stream.reader);
    let level = Compression::new(deflate_level(level));
    Box::new(GzBuilder::new().mtime(0).buf_read(reader, level))
}

/// The number of a level, of gzip and zip.
pub(super) fn deflate_level(level: Level) -> u32 {
    match level {
        Level::Fast => 1,
        Level::Balanced => 6,
        Level::Best => 9,
        Level::Number(number) => number.into(),
    }
}
