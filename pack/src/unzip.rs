//! Reads zip archives (APPNOTE.TXT 6.3.10) by their directories, and believes none of what they say.

use std::{
    cell::RefCell,
    io::{self, Read, Seek, SeekFrom},
    rc::Rc,
};

use rawzip::{
    CompressionMethod, ErrorKind, RangeReader, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder,
    ZipFileHeaderRecord, ZipLocator,
    time::{UtcDateTime, ZipDateTimeKind},
};

use crate::{
    ArchiveLimits, Attributes, Container, Entry, EntryKind, Fault, Format, decoder_memory, read,
};

/// An archive being read. Members are in the order of its directory.
pub struct ZipReader<R> {
    file: Rc<Shared<R>>,
    members: std::vec::IntoIter<Member>,
    before: u64,
    trailing: u64,
}

/// A member, and where it lies.
struct Member {
    entry: Entry,
    place: Place,
}

#[derive(Clone, Copy)]
struct Place {
    method: CompressionMethod,
    is_encrypted: bool,
    start: u64,
    end: u64,
    len: u64,
    crc: u32,
}

/// The content of a member.
pub struct ZipContent<R> {
    reader: Box<dyn Read>,
    crc: crc32fast::Hasher,
    left: u64,
    sum: u32,
    is_checked: bool,
    end: u64,
    memory: u64,
    _file: Rc<Shared<R>>,
}

/// A reader that is read at any place.
struct Shared<R> {
    reader: RefCell<R>,
    len: u64,
}

const NAME: &str = "zip";

/// How far before the end of a file the directory's end is looked for: a comment is not longer.
const SEARCHED: u64 = (64 << 10) + 22;

impl<R: Read + Seek + 'static> ZipReader<R> {
    /// Reads the directory, and where each member begins.
    ///
    /// # Errors
    /// Those of the reader; a [`Fault`]: when the directory is damaged or missing, when members
    /// overlap one another or the directory, or when there are more than the limits allow.
    pub fn open(mut reader: R, limits: ArchiveLimits) -> io::Result<Self> {
        let len = reader.seek(SeekFrom::End(0))?;
        let file = Rc::new(Shared {
            reader: RefCell::new(reader),
            len,
        });
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let archive = ZipLocator::new()
            .max_search_space(SEARCHED)
            .locate_in_reader(Rc::clone(&file), &mut buffer, len)
            .map_err(|(_, error)| from_zip(error))?;
        let mut records = Vec::new();
        let mut names = 0;
        let mut entries = archive.entries(&mut buffer);
        while let Some(record) = entries.next_entry().map_err(from_zip)? {
            let (entry, found) = (entry_of(&record), Found::of(&record));
            names += entry.name.len() as u64;
            records.push((entry, found));
            if records.len() as u64 > limits.entries {
                return Err(Fault::TooMany("members").into());
            }
            if names > limits.names {
                return Err(Fault::TooMany("bytes of names").into());
            }
        }
        let (members, before) = placed(&archive, records)?;
        Ok(Self {
            file,
            members: members.into_iter(),
            before,
            trailing: len.saturating_sub(archive.end_offset()),
        })
    }

    /// Bytes before the first member and after the directory, which belong to nothing: a program that
    /// unpacks itself, or what somebody hides.
    pub fn around(&self) -> u64 {
        self.before + self.trailing
    }

    /// The next member, and its content. To read that fails with [`Fault::Encrypted`] or
    /// [`Fault::Unsupported`] when it is encrypted or packed in a way that nobody here knows.
    pub fn next_entry(&mut self) -> Option<(Entry, ZipContent<R>)> {
        let Member { entry, place } = self.members.next()?;
        let range = place.start..place.end;
        let packed = RangeReader::new(Rc::clone(&self.file), range.clone());
        let memory = place.memory(|| head_of(RangeReader::new(Rc::clone(&self.file), range)));
        let reader: Box<dyn Read> = if entry.kind == EntryKind::File {
            unpacking(packed, &place)
        } else {
            Box::new(io::empty())
        };
        let content = ZipContent {
            reader,
            crc: crc32fast::Hasher::new(),
            left: place.len,
            sum: place.crc,
            is_checked: entry.kind != EntryKind::File,
            end: place.end,
            memory,
            _file: Rc::clone(&self.file),
        };
        Some((entry, content))
    }
}

impl Place {
    /// Bytes of memory that unpacking it may take.
    fn memory(&self, head: impl FnOnce() -> Vec<u8>) -> u64 {
        let format = match self.method {
            _ if self.is_encrypted => return 0,
            CompressionMethod::ZSTD => Format::Zstd,
            CompressionMethod::BZIP2 => Format::Bzip2,
            CompressionMethod::XZ => Format::Xz,
            _ => return 0,
        };
        decoder_memory(format, &head())
    }
}

/// The first bytes. What cannot be read tells so when it is unpacked.
fn head_of(packed: impl Read) -> Vec<u8> {
    let mut head = Vec::new();
    let _ = packed
        .take(Container::SNIFF_BYTES as u64)
        .read_to_end(&mut head);
    head
}

/// What a record of the directory says besides the name.
struct Found {
    way: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    is_encrypted: bool,
    header: u64,
    len: u64,
    crc: u32,
}

impl Found {
    fn of(record: &ZipFileHeaderRecord<'_>) -> Self {
        Self {
            way: record.wayfinder(),
            method: record.compression_method(),
            is_encrypted: record.flags().is_encrypted(),
            header: record.local_header_offset(),
            len: record.uncompressed_size_hint(),
            crc: record.crc32(),
        }
    }
}

/// Where the members lie, and the bytes before the first; an error unless each lies for itself.
fn placed<R: Read + Seek>(
    archive: &ZipArchive<Rc<Shared<R>>>,
    records: Vec<(Entry, Found)>,
) -> io::Result<(Vec<Member>, u64)> {
    let directory = archive.directory_offset();
    let mut ranges = Vec::with_capacity(records.len());
    let mut members = Vec::with_capacity(records.len());
    for (entry, found) in records {
        let member = archive.get_entry(found.way).map_err(from_zip)?;
        let (start, end) = member.compressed_data_range();
        if end > directory || start > end || found.header >= start {
            return Err(Fault::Overlapping(NAME).into());
        }
        ranges.push((found.header, end));
        let place = Place {
            method: found.method,
            is_encrypted: found.is_encrypted,
            start,
            end,
            len: found.len,
            crc: found.crc,
        };
        members.push(Member { entry, place });
    }
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        return Err(Fault::Overlapping(NAME).into());
    }
    let before = ranges.first().map_or(directory, |(header, _)| *header);
    Ok((members, before))
}

fn entry_of(record: &ZipFileHeaderRecord<'_>) -> Entry {
    let path = record.file_path();
    let name = decoded(path.as_bytes());
    // Some programs of Windows write what separates folders there.
    let name = if name.contains('/') {
        name
    } else {
        name.replace('\\', "/")
    };
    let kind = if record.is_dir() || name.ends_with('/') {
        EntryKind::Folder
    } else if record.mode().is_symlink() {
        EntryKind::Other("a symbolic link")
    } else {
        match record.mode().value() & FILE_TYPE {
            // Nothing is said, or that it is a file. Info-ZIP calls what came to it by a pipe a pipe.
            0 | REGULAR | PIPE => EntryKind::File,
            FOLDER => EntryKind::Folder,
            _ => EntryKind::Other("no ordinary file"),
        }
    };
    Entry {
        name,
        attributes: Attributes {
            modified: modified(&record.last_modified()),
            ..Attributes::of_mode(record.mode().value())
        },
        kind,
    }
}

/// The bits of a mode in which Unix says what a file is.
const FILE_TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const PIPE: u32 = 0o010_000;
const FOLDER: u32 = 0o040_000;

/// A time without its place is taken for one of UTC.
fn modified(time: &ZipDateTimeKind) -> Option<i64> {
    match time {
        ZipDateTimeKind::Utc(time) => Some(time.to_unix()),
        ZipDateTimeKind::Local(time) => UtcDateTime::from_components(
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
            0,
        )
        .map(|time| time.to_unix()),
    }
}

/// UTF-8, as most write it whatever they say; else code page 437, which APPNOTE.TXT, appendix D, has
/// for all that is not said to be UTF-8.
fn decoded(name: &[u8]) -> String {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
                         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    if let Ok(name) = std::str::from_utf8(name) {
        return name.to_owned();
    }
    let upper: Vec<char> = UPPER.chars().collect();
    let one = |byte: &u8| match byte.checked_sub(128) {
        Some(place) => upper.get(usize::from(place)).copied().unwrap_or('_'),
        None => char::from(*byte),
    };
    name.iter().map(one).collect()
}

fn unpacking(packed: impl Read + 'static, place: &Place) -> Box<dyn Read> {
    if place.is_encrypted {
        return Box::new(Refused(Fault::Encrypted));
    }
    match place.method {
        CompressionMethod::STORE => Box::new(packed),
        CompressionMethod::DEFLATE => {
            Box::new(Inflating(flate2::read::DeflateDecoder::new(packed)))
        }
        CompressionMethod::ZSTD => Box::new(read::Decoder::new(packed, Format::Zstd)),
        CompressionMethod::BZIP2 => Box::new(read::Decoder::new(packed, Format::Bzip2)),
        CompressionMethod::XZ => Box::new(read::Decoder::new(packed, Format::Xz)),
        other => Box::new(Refused(Fault::Unsupported(format!(
            "it is packed by {other}, which is not read here"
        )))),
    }
}

/// What cannot be unpacked, and why.
struct Refused(Fault);

impl Read for Refused {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.clone().into())
    }
}

/// Tells what is wrong in our words.
struct Inflating<R>(flate2::read::DeflateDecoder<R>);

impl<R: Read> Read for Inflating<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => damaged(),
            io::ErrorKind::UnexpectedEof => Fault::Truncated(NAME).into(),
            _ => error,
        })
    }
}

impl<R> ZipContent<R> {
    /// Bytes of memory that unpacking it may take, over a few hundred KiB; an upper bound.
    pub fn memory(&self) -> u64 {
        self.memory
    }

    /// Where in the archive it ends.
    pub fn end(&self) -> u64 {
        self.end
    }
}

impl<R> Read for ZipContent<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.is_checked {
            return Ok(0);
        }
        let count = self.reader.read(buffer)?;
        self.crc.update(&buffer[..count]);
        // More than was said is as wrong as less.
        let left = self.left.checked_sub(count as u64).ok_or_else(damaged)?;
        self.left = left;
        if count == 0 {
            if left > 0 || self.crc.clone().finalize() != self.sum {
                return Err(damaged());
            }
            self.is_checked = true;
        }
        Ok(count)
    }
}

impl<R: Read + Seek> ReaderAt for Shared<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        // An archive may say anything, and a file that is sought too far says that the machine is at
        // fault.
        if offset >= self.len {
            return Ok(0);
        }
        let mut reader = self.reader.borrow_mut();
        reader.seek(SeekFrom::Start(offset))?;
        reader.read(buffer)
    }
}

fn damaged() -> io::Error {
    Fault::Damaged(NAME).into()
}

fn from_zip(error: rawzip::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::IO(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Fault::Truncated(NAME).into()
        }
        ErrorKind::IO(error) => error,
        // It stands at the end, and so is the first that goes when an archive is cut.
        ErrorKind::Eof | ErrorKind::MissingEndOfCentralDirectory => Fault::Truncated(NAME).into(),
        _ => damaged(),
    }
}
