use std::io::Read;

use filittle_pack::{Format, Settings, read};
use filittle_steps::{Compress, CompressFormat, Level};

use super::archive;
use crate::{
    Error,
    monitor::Phase,
    names,
    value::{Body, Stream, Value, Work},
};

/// Packs a file on its own; an archive of only this file when the step gathers.
pub(super) fn apply(step: &Compress, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    let Some(format) = single(step.format) else {
        return archive::of_one(step, value, work);
    };
    let stream = value.body.into_stream(work)?;
    work.watch.enter(Phase::Compressing);
    let settings = settings(step, format, stream.len, work.limits.threads);
    let reader: Box<dyn Read> =
        Box::new(read::Encoder::new(stream.reader, &settings).map_err(Error::of_codec)?);
    Ok(Value {
        name: names::add_extension(&value.name, step.format.extension()),
        attributes: value.attributes,
        body: Body::Stream(Stream {
            reader,
            len: None,
            media_type: Some(format.media_type()),
        }),
    })
}

/// The format of each file's own stream; none for archives.
pub(crate) fn single(format: CompressFormat) -> Option<Format> {
    match format {
        CompressFormat::Zstd => Some(Format::Zstd),
        CompressFormat::Gzip => Some(Format::Gzip),
        CompressFormat::Brotli => Some(Format::Brotli),
        CompressFormat::Xz => Some(Format::Xz),
        CompressFormat::Lz4 => Some(Format::Lz4),
        CompressFormat::Bzip2 => Some(Format::Bzip2),
        _ => None,
    }
}

/// How a stream of that format is packed, of `len` bytes if that is known.
pub(crate) fn settings(
    step: &Compress,
    format: Format,
    len: Option<u64>,
    threads: usize,
) -> Settings {
    Settings {
        threads,
        long: step.long,
        size: len,
        verify: step.verify,
        ..Settings::new(format, level(step.level, format))
    }
}

/// The number of a level. "Best" is what takes minutes at most for what "balanced" takes seconds,
/// and less memory than a whole machine.
pub fn level(level: Level, format: Format) -> u8 {
    let [fast, balanced, best] = match format {
        Format::Zstd => [1, 3, 19],
        Format::Gzip => [1, 6, 9],
        Format::Brotli => [1, 5, 11],
        // Higher ones differ only by the dictionary: 7 has 16 MiB and takes 186 MiB.
        Format::Xz => [1, 6, 7],
        Format::Lz4 => [1, 3, 12],
        Format::Bzip2 => [1, 9, 9],
    };
    match level {
        Level::Fast => fast,
        Level::Balanced => balanced,
        Level::Best => best,
        Level::Number(number) => number,
    }
}
