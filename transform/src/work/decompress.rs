//! Unpacks a file, or the files of an archive one after the other.

use std::{
    io::{self, Cursor, Read},
    rc::Rc,
};

use filittle_pack::{
    ArchiveLimits, Container, Entry, EntryKind, Fault, Format, TarReader, ZipReader,
    decoder_memory, read,
};
use filittle_steps::{CompressFormat, Decompress};

use super::compress;
use crate::{
    Error, Limits,
    monitor::Phase,
    names,
    notes::{Notes, shown},
    streams::{self, copy},
    value::{Body, Expansion, Stream, Value, Work},
    watch::Watch,
};

/// What is given on: each file that was in it.
type Take<'t> = &'t mut dyn FnMut(Value) -> Result<(), Error>;

/// Unpacks the one file that is in a stream, or all files of an archive, also of one in a stream.
pub(crate) fn each(
    step: &Decompress,
    value: Value,
    work: &Work<'_>,
    take: Take<'_>,
) -> Result<(), Error> {
    let Value {
        name,
        body,
        attributes,
    } = value;
    let mut stream = body.into_stream(work)?;
    work.watch.enter(Phase::Decompressing);
    let head = streams::head(&mut *stream.reader, Container::SNIFF_BYTES)?;
    let container = step.format.map(container).or_else(|| sniff(&name, &head));
    stream.reader = Box::new(Cursor::new(head.clone()).chain(stream.reader));
    match container {
        None if head.is_empty() => Err(Error::bad(
            "unsupported-archive",
            "it is empty, and so nothing is packed in it",
        )),
        None => Err(Error::bad(
            "unsupported-archive",
            "neither zstd, gzip, brotli (known by its ending .br), xz, lz4, bzip2, zip nor tar",
        )),
        Some(Container::Zip) => {
            let is_marked = Container::sniff(&head) == Some(Container::Zip);
            zip(stream, is_marked, work, take)
        }
        Some(Container::Tar) => {
            check_tar(&head)?;
            tar(stream.reader, work, take)
        }
        Some(Container::Stream(format)) => {
            if format != Format::Brotli && !format.is_begun_by(&head) {
                return Err(begins_otherwise(format.name()));
            }
            let bytes = decoder_memory(format, &head);
            let _decoding = work.memory.decoder(bytes, work.limits)?;
            let mut unpacked: Box<dyn Read> = Box::new(unpacked(stream, format, work));
            let head = streams::head(&mut *unpacked, Container::SNIFF_BYTES)?;
            let unpacked = Box::new(Cursor::new(head.clone()).chain(unpacked));
            let name = without_ending(&name, format);
            let is_tar = match step.format {
                Some(format) => format.is_archive(),
                None => sniff(&name, &head) == Some(Container::Tar),
            };
            if is_tar {
                check_tar(&head)?;
                return tar(unpacked, work, take);
            }
            take(Value {
                name,
                attributes,
                body: Body::Stream(Stream {
                    reader: unpacked,
                    len: None,
                    media_type: None,
                }),
            })
        }
    }
}

/// Where the files are that come out of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// It is an archive.
    Itself,
    /// It is a stream of this format, with a tar in it.
    Within(CompressFormat),
}

/// The archive that `step` makes several files of, if it is one; if the step does not say it, by the
/// bytes that `reader` gives, and for brotli by its name.
///
/// # Errors
/// Those of the reader. What is damaged is none: unpacking it tells why.
pub fn archive(
    step: &Decompress,
    name: &str,
    mut reader: impl Read,
) -> io::Result<Option<Archive>> {
    if let Some(format) = step.format {
        let outer = format.outer();
        let found = if outer == format {
            Archive::Itself
        } else {
            Archive::Within(outer)
        };
        return Ok(format.is_archive().then_some(found));
    }
    let first = |reader: &mut dyn Read| {
        let mut head = Vec::new();
        let most = Container::SNIFF_BYTES as u64;
        reader.take(most).read_to_end(&mut head).map(|_| head)
    };
    let head = first(&mut reader)?;
    Ok(match sniff(name, &head) {
        Some(Container::Zip | Container::Tar) => Some(Archive::Itself),
        Some(Container::Stream(format)) => {
            let mut unpacked = read::Decoder::new(Cursor::new(head).chain(reader), format);
            let has_tar = match first(&mut unpacked) {
                Ok(head) => sniff(&without_ending(name, format), &head) == Some(Container::Tar),
                Err(error) if Fault::of(&error).is_some() => false,
                Err(error) => return Err(error),
            };
            let format = CompressFormat::named(format.name()).filter(|_| has_tar);
            format.map(Archive::Within)
        }
        None => None,
    })
}

/// What a file of this format is, as a whole.
fn container(format: CompressFormat) -> Container {
    match compress::single(format.outer()) {
        Some(stream) => Container::Stream(stream),
        None if format == CompressFormat::Zip => Container::Zip,
        None => Container::Tar,
    }
}

/// By the first bytes, and where those say nothing by the name: brotli has no mark, and a tar
/// without files is all zeros.
fn sniff(name: &str, head: &[u8]) -> Option<Container> {
    let brotli = Format::Brotli;
    Container::sniff(head).or_else(|| {
        if ends_with(name, brotli.extension()) || ends_with(name, brotli.name()) {
            return Some(Container::Stream(brotli));
        }
        (is_zeros(head) && ends_with(name, "tar")).then_some(Container::Tar)
    })
}

/// As a tar without files is.
fn is_zeros(head: &[u8]) -> bool {
    head.len() == Container::SNIFF_BYTES && head.iter().all(|it| *it == 0)
}

/// Of what is said to be a tar.
fn check_tar(head: &[u8]) -> Result<(), Error> {
    if Container::sniff(head) == Some(Container::Tar) || is_zeros(head) {
        return Ok(());
    }
    Err(begins_otherwise("tar"))
}

fn begins_otherwise(format: &str) -> Error {
    let detail = format!("it does not begin as {format} does");
    Error::bad("unsupported-archive", detail)
}

fn ends_with(name: &str, extension: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower
        .strip_suffix(extension)
        .is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'))
}

/// The name before it was packed, if it says so.
fn without_ending(name: &str, format: Format) -> String {
    let of_tar = match format {
        Format::Zstd => &["tzst"][..],
        Format::Gzip => &["tgz"],
        Format::Xz => &["txz"],
        Format::Bzip2 => &["tbz2", "tbz"],
        Format::Brotli | Format::Lz4 => &[],
    };
    let without = |ending: &&str| {
        let is_it = ends_with(name, ending);
        is_it.then(|| &name[..name.len() - ending.len() - 1])
    };
    if let Some(stem) = of_tar.iter().find_map(without) {
        return format!("{stem}.tar");
    }
    let stem = [format.extension(), format.name()].iter().find_map(without);
    stem.unwrap_or(name).to_owned()
}

fn tar(reader: Box<dyn Read>, work: &Work<'_>, take: Take<'_>) -> Result<(), Error> {
    let mut tar = TarReader::new(reader, limits(work.limits));
    let mut is_empty = true;
    while let Some((entry, content)) = tar.next_entry().map_err(Error::of_codec)? {
        give(entry, content, None, work, take)?;
        is_empty = false;
    }
    if is_empty && tar.trailing() > 0 {
        // What begins with zeros is an archive without files only if nothing else is in it.
        return Err(Error::of_codec(Fault::Damaged("tar").into()));
    }
    if !tar.has_end() {
        work.notes
            .add("the tar has no end; files that were in it may be missing");
    }
    note_others(tar.trailing(), work);
    Ok(())
}

/// The directory of a zip stands at its end, so all of it must be there first.
fn zip(mut stream: Stream, is_marked: bool, work: &Work<'_>, take: Take<'_>) -> Result<(), Error> {
    let mut file = work.spool.create();
    work.watch
        .briefly(|| copy(&mut *stream.reader, &mut file))?;
    let meter = Meter::new(work);
    let total = file.len().max(1);
    let file = file.rewind()?;
    let mut zip = ZipReader::open(file, limits(work.limits)).map_err(|error| {
        // With its end missing, only its beginning can tell that it is one.
        let is_none = Fault::of(&error) == Some(&Fault::Truncated("zip")) && !is_marked;
        if is_none {
            begins_otherwise("zip")
        } else {
            Error::of_codec(error)
        }
    })?;
    note_others(zip.around(), work);
    while let Some((entry, content)) = zip.next_entry() {
        let end = content.end();
        let _decoding = match content.memory() {
            0 => None,
            bytes => Some(work.memory.decoder(bytes, work.limits)?),
        };
        give(
            entry,
            Metered {
                inner: content,
                meter: meter.clone(),
            },
            None,
            work,
            take,
        )?;
        work.watch.advance(end, total);
    }
    Ok(())
}

/// Bytes of a name for which there is room, if all are so long.
const USUAL_NAME: u64 = 320;

fn limits(limits: &Limits) -> ArchiveLimits {
    ArchiveLimits {
        entries: limits.entries,
        names: limits.entries.saturating_mul(USUAL_NAME),
    }
}

fn note_others(bytes: u64, work: &Work<'_>) {
    if bytes > 0 {
        let note = format!("{bytes} bytes beside the archive were left out");
        work.notes.add(note);
    }
}

/// Gives a member on, if it is a file.
fn give(
    entry: Entry,
    content: impl Read + 'static,
    len: Option<u64>,
    work: &Work<'_>,
    take: Take<'_>,
) -> Result<(), Error> {
    let Entry {
        name,
        attributes,
        kind,
    } = entry;
    match kind {
        EntryKind::File => {}
        EntryKind::Folder => return Ok(()),
        EntryKind::Other(what) => {
            work.notes
                .add(format!("{} was left out: {what}", shown(&name)));
            return Ok(());
        }
    }
    let clean = names::sanitise_path(&name);
    // As tar writes what is here.
    if clean != name.trim_start_matches("./") {
        let note = format!("{} is called {}", shown(&name), shown(&clean));
        work.notes.add(note);
    }
    let value = Value {
        name: clean.clone(),
        attributes,
        body: Body::Stream(Stream {
            reader: Box::new(content),
            len,
            media_type: None,
        }),
    };
    take(value).map_err(|error| error.within(&clean))?;
    work.watch.enter(Phase::Decompressing);
    Ok(())
}

/// The content of a stream, measured.
fn unpacked(stream: Stream, format: Format, work: &Work<'_>) -> impl Read + use<> {
    Metered {
        inner: Told {
            decoder: read::Decoder::new(stream.reader, format),
            notes: Rc::clone(&work.notes),
        },
        meter: Meter::new(work),
    }
}

/// Tells of what comes after the end.
struct Told {
    decoder: read::Decoder<Box<dyn Read>>,
    notes: Rc<Notes>,
}

impl Read for Told {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer)?;
        if count == 0 && self.decoder.trailing() > 0 {
            let bytes = self.decoder.trailing();
            self.notes
                .add(format!("{bytes} bytes after the end were left out"));
        }
        Ok(count)
    }
}

/// How much came out of how much.
#[derive(Clone)]
struct Meter {
    expansion: Rc<Expansion>,
    free: u64,
    times: u64,
    watch: Rc<Watch>,
}

impl Meter {
    fn new(work: &Work<'_>) -> Self {
        Self {
            expansion: Rc::clone(&work.expansion),
            free: work.limits.expansion_from,
            times: work.limits.expansion,
            watch: Rc::clone(&work.watch),
        }
    }

    fn count(&self, bytes: usize) -> Result<(), Error> {
        self.watch.check()?;
        let Expansion { packed, unpacked } = &*self.expansion;
        unpacked.set(unpacked.get() + bytes as u64);
        if unpacked.get() > self.free.max(packed.saturating_mul(self.times)) {
            let times = self.times;
            let detail = format!("it becomes more than {times} times as large as it is");
            return Err(Error::large("expansion-too-large", detail));
        }
        Ok(())
    }
}

struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(streams::BLOCK);
        let count = self.inner.read(&mut buffer[..most])?;
        self.meter.count(count)?;
        Ok(count)
    }
}
