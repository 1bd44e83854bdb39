//! Zip, written front to back: nothing is sought, so the output may be a network.

use std::{
    cell::Cell,
    io::{Cursor, Read, Write},
    rc::Rc,
};

use filittle_steps::Compress;
use zip::{
    CompressionMethod, DateTime, ZipWriter,
    result::ZipError,
    write::{SimpleFileOptions, StreamWriter},
};

use super::compress::deflate_level;
use crate::{
    Error,
    monitor::Phase,
    names::{self, Names},
    picture,
    sniff::{SNIFF_BYTES, sniff},
    spool::Spooled,
    streams,
    value::{Body, Stream, Value, Work},
};

/// The media type of an archive.
pub(crate) const MEDIA_TYPE: &str = "application/zip";

/// From this size on a member is announced with 64-bit sizes. Less than 4 GiB, because deflate may
/// make the incompressible a little larger.
const LARGE_MEMBER: u64 = 0xf000_0000;

/// Files that deflate would only make larger, slowly.
const PACKED_ALREADY: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/heif",
    "image/jxl",
    "application/zip",
    "application/gzip",
    "application/zstd",
    "application/x-xz",
    "application/x-bzip2",
    "application/x-7z-compressed",
    "application/vnd.rar",
    "application/x-lz4",
    "video/mp4",
    "video/webm",
    "video/x-matroska",
    "video/quicktime",
    "audio/mpeg",
    "audio/ogg",
    "audio/m4a",
    "audio/x-flac",
    "font/woff2",
];

/// The name of the archive a step makes.
pub(crate) fn name(step: &Compress) -> String {
    names::sanitise(step.name.as_deref().unwrap_or("files.zip"))
}

/// An archive being written.
pub(crate) struct Archive<W: Write> {
    zip: Option<ZipWriter<StreamWriter<W>>>,
    names: Names,
    level: i64,
    abandon: Rc<Cell<bool>>,
}

impl<W: Write> Archive<W> {
    /// `abandon` is set when the archive is dropped unfinished, because the codec then still
    /// writes its end into `out`.
    pub(crate) fn new(out: W, step: &Compress, abandon: Rc<Cell<bool>>) -> Self {
        let level = deflate_level(step.level).into();
        Self {
            zip: Some(ZipWriter::new_stream(out)),
            names: Names::default(),
            level,
            abandon,
        }
    }

    /// Adds a file. After an error the archive is of no use.
    pub(crate) fn add(&mut self, member: Member, work: &Work<'_>) -> Result<(), Error> {
        work.watch.enter(Phase::Compressing);
        let Member {
            name,
            body,
            len,
            packed,
        } = member;
        let method = if packed {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        // The earliest time zip knows: bytes depend on the content alone.
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level((!packed).then_some(self.level))
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(0o644)
            .large_file(len.is_none_or(|len| len >= LARGE_MEMBER));
        let name = self.names.claim(&name);
        let zip = self.zip.as_mut().ok_or_else(closed)?;
        let added = zip.start_file(name, options).map_err(from_zip);
        added
            .and_then(|()| body.write(zip, work))
            .inspect_err(|_| self.abandon.set(true))
    }

    /// Writes the directory of the archive, and gives back what it was written to.
    pub(crate) fn finish(mut self) -> Result<W, Error> {
        let zip = self.zip.take().ok_or_else(closed)?;
        match zip.finish() {
            Ok(out) => Ok(out.into_inner()),
            Err(error) => {
                self.abandon.set(true);
                Err(from_zip(error))
            }
        }
    }
}

impl<W: Write> Drop for Archive<W> {
    fn drop(&mut self) {
        self.abandon.set(true);
    }
}

/// A file that is ready to go into an archive.
pub(crate) struct Member {
    name: String,
    body: Body,
    len: Option<u64>,
    packed: bool,
}

impl Member {
    /// Looks at the first bytes when no step has said what they are. An input that fails here has
    /// not touched the archive yet.
    pub(crate) fn new(value: Value) -> Result<Self, Error> {
        let Value { name, body } = value;
        let media_type = body.media_type();
        let (len, media_type, body) = match body {
            Body::Stream(mut stream) => {
                let head = streams::head(&mut *stream.reader, SNIFF_BYTES)?;
                let media_type = media_type.unwrap_or_else(|| sniff(&head));
                let reader = Box::new(Cursor::new(head).chain(stream.reader));
                (
                    stream.len,
                    media_type,
                    Body::Stream(Stream { reader, ..stream }),
                )
            }
            // How long a picture becomes is known when it is written.
            picture @ Body::Picture(..) => (None, media_type.unwrap_or_default(), picture),
            Body::Dithered(source, plan) => {
                // A damaged file must fail now, not within the archive.
                let body = Body::Dithered(picture::Source::Whole(source.whole()?), plan);
                (None, media_type.unwrap_or_default(), body)
            }
        };
        let packed = PACKED_ALREADY.contains(&media_type);
        Ok(Self {
            name,
            body,
            len,
            packed,
        })
    }
}

/// An archive of one file, for a gathering step that comes after another.
pub(super) fn of_one(step: &Compress, one: Value, work: &Work<'_>) -> Result<Value, Error> {
    let mut archive = Archive::new(work.spool.create(), step, Rc::default());
    archive.add(Member::new(one)?, work)?;
    value(step, archive.finish()?)
}

/// An archive that was written to a temporary file.
pub(crate) fn value(step: &Compress, file: Spooled) -> Result<Value, Error> {
    let (len, reader) = (Some(file.len()), Box::new(file.rewind()?));
    let body = Body::Stream(Stream {
        reader,
        len,
        media_type: Some(MEDIA_TYPE),
    });
    Ok(Value {
        name: name(step),
        body,
    })
}

fn closed() -> Error {
    Error::Broken("the archive is closed".to_owned())
}

fn from_zip(error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => Error::of_codec(error),
        error => Error::Broken(error.to_string()),
    }
}
