//! Archives: many files in one.

use std::{io::Write, rc::Rc};

use filittle_pack::{Attributes, Format, Method, Settings, TarWriter, ZipSettings, ZipWriter};
use filittle_steps::{Compress, CompressFormat, ZipMember};

use super::compress::{level, settings, single};
use crate::{
    Error,
    monitor::Phase,
    names::{self, Names},
    notes::{Notes, shown},
    spool::Spooled,
    streams::copy,
    value::{Body, Stream, Value, Work},
};

/// The name of the archive a step makes.
pub(crate) fn name(step: &Compress) -> String {
    let usual = format!("files.{}", step.format.extension());
    names::sanitise(step.name.as_deref().unwrap_or(&usual))
}

/// The media type of the archive a step makes.
pub(crate) fn media_type(step: &Compress) -> &'static str {
    match (step.format, stream(step.format)) {
        (_, Some(format)) => format.media_type(),
        (CompressFormat::Zip, None) => "application/zip",
        (_, None) => "application/x-tar",
    }
}

/// The format of the stream in which an archive is as a whole.
pub(crate) fn stream(format: CompressFormat) -> Option<Format> {
    single(format.outer()).filter(|_| format.is_archive())
}

/// How a zip is written.
pub(crate) fn zip_settings(step: &Compress, threads: usize) -> ZipSettings {
    let (method, format) = match step.member {
        None | Some(ZipMember::Deflate) => (Method::Deflate, Format::Gzip),
        Some(ZipMember::Zstd) => (Method::Zstd, Format::Zstd),
        Some(ZipMember::Store) => (Method::Store, Format::Gzip),
    };
    ZipSettings {
        method,
        level: level(step.level, format),
        threads,
        verify: step.verify,
    }
}

/// How the stream of a tar is packed, if it is.
pub(crate) fn tar_settings(step: &Compress, threads: usize) -> Option<Settings> {
    Some(settings(step, stream(step.format)?, None, threads))
}

/// An archive being written.
pub(crate) struct Archive<W: Write> {
    writer: Writer<W>,
    /// What each file that was added is called here, and where notes of it belong.
    added: Vec<(String, Rc<Notes>)>,
}

enum Writer<W: Write> {
    Zip(Box<ZipWriter<W>>),
    Tar(TarWriter<W>),
}

impl<W: Write> Archive<W> {
    pub(crate) fn new(out: W, step: &Compress, work: &Work<'_>) -> Result<Self, Error> {
        let threads = work.limits.threads;
        let writer = if step.format == CompressFormat::Zip {
            Writer::Zip(Box::new(ZipWriter::new(out, &zip_settings(step, threads))))
        } else {
            let packed = tar_settings(step, threads);
            Writer::Tar(TarWriter::new(out, packed.as_ref()).map_err(Error::of_codec)?)
        };
        Ok(Self {
            writer,
            added: Vec::new(),
        })
    }

    /// Adds a file, by a name that was [claimed](claim). After an error the archive is of no use.
    pub(crate) fn add(&mut self, member: Member, work: &Work<'_>) -> Result<(), Error> {
        work.watch.enter(Phase::Compressing);
        let name = member.name;
        let added = match &mut self.writer {
            Writer::Zip(zip) => zip.add(&name, member.attributes, member.stream.reader),
            Writer::Tar(tar) => {
                let (len, reader) = measured(member.stream, work)?;
                tar.add(&name, member.attributes, len, reader)
            }
        };
        self.added.push((name, Rc::clone(&work.notes)));
        added.map_err(Error::of_codec)
    }

    /// Writes the end of the archive, and gives back what it was written to.
    pub(crate) fn finish(self) -> Result<W, Error> {
        let zip = match self.writer {
            Writer::Zip(zip) => zip,
            Writer::Tar(tar) => return tar.finish().map_err(Error::of_codec),
        };
        let (out, stored) = zip.finish().map_err(Error::of_codec)?;
        for (name, notes) in stored.into_iter().filter_map(|index| self.added.get(index)) {
            let name = shown(name);
            notes.add(format!(
                "{name} is stored as it is: packing does not make it smaller"
            ));
        }
        Ok(out)
    }
}

/// What a file is called in an archive that has files of these names.
pub(crate) fn claim(names: &mut Names, name: &str, work: &Work<'_>) -> Result<String, Error> {
    let claimed = names.claim_path(name);
    work.limits.admit_names(names)?;
    if claimed != name {
        let (before, name) = (shown(name), shown(&claimed));
        let note = format!("{before} is called {name} in the archive");
        work.notes.add(note);
    }
    Ok(claimed)
}

/// What is read, with its length: a tar has that in front.
fn measured(stream: Stream, work: &Work<'_>) -> Result<(u64, Box<dyn std::io::Read>), Error> {
    let Stream {
        mut reader, len, ..
    } = stream;
    if let Some(len) = len {
        return Ok((len, reader));
    }
    let mut file = work.spool.create();
    copy(&mut *reader, &mut file)?;
    Ok((file.len(), Box::new(file.rewind()?)))
}

/// A file that is ready to go into an archive.
pub(crate) struct Member {
    name: String,
    attributes: Attributes,
    stream: Stream,
}

impl Member {
    /// Pictures are encoded now: an input that fails here has not touched the archive yet.
    pub(crate) fn new(value: Value, work: &Work<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: value.name,
            attributes: value.attributes,
            stream: value.body.into_stream(work)?,
        })
    }
}

/// An archive of one file, for a gathering step that comes after another.
pub(super) fn of_one(step: &Compress, mut one: Value, work: &Work<'_>) -> Result<Value, Error> {
    one.name = claim(&mut Names::default(), &one.name, work)?;
    let mut archive = Archive::new(work.spool.create(), step, work)?;
    archive.add(Member::new(one, work)?, work)?;
    value(step, archive.finish()?)
}

/// An archive that was written to a temporary file.
fn value(step: &Compress, file: Spooled) -> Result<Value, Error> {
    let (len, reader) = (Some(file.len()), Box::new(file.rewind()?));
    let body = Body::Stream(Stream {
        reader,
        len,
        media_type: Some(media_type(step)),
    });
    Ok(Value {
        name: name(step),
        attributes: Attributes::default(),
        body,
    })
}
