//! Zip archives (APPNOTE.TXT 6.3.10), written front to back: nothing is sought, so the output may be
//! a network. Members are packed side by side.

use std::{
    collections::VecDeque,
    io::{self, Cursor, Read, Write},
};

use rawzip::{
    CompressionMethod, DataDescriptorOutput, ErrorKind, Header, ZipArchiveWriter,
    ZipDataWriterConfig, ZipEntryWriter, extra_fields::ExtraFieldId, path::EntryPath,
    time::UtcDateTime,
};

use crate::{
    Attributes, EARLIEST, Fault, Format, Settings,
    blocks::each_block,
    check::{Check, Digest},
    deflate::{self, Deflate, Packed},
    pool::Pool,
    read,
};

/// How the members of an archive are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// RFC 1951; levels 1 to 9.
    Deflate,
    /// RFC 8878; levels 1 to 22.
    Zstd,
    /// Not at all.
    Store,
}

/// How an archive is written. Its bytes are the same for any number of threads, but that members over
/// 1 MiB which are packed by zstd are others with one thread than with several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZipSettings {
    /// Of all members, but of those that it does not make smaller.
    pub method: Method,
    /// The method's own number; one outside of its range is taken as the nearest.
    pub level: u8,
    /// Threads that pack.
    pub threads: usize,
    /// Whether each member is unpacked again while it is packed, and compared.
    pub verify: bool,
}

/// An archive being written.
pub struct ZipWriter<W> {
    zip: ZipArchiveWriter<W>,
    settings: ZipSettings,
    pool: Pool<io::Result<Small>>,
    /// Of the members in the pool.
    waiting: VecDeque<Head>,
    /// Bytes of them before they are packed.
    waiting_bytes: usize,
    count: usize,
    stored: Vec<usize>,
}

/// What stands before a member.
struct Head {
    index: usize,
    name: String,
    modified: UtcDateTime,
    mode: u32,
    /// Bytes of it that were read at once.
    len: usize,
}

/// A member that was packed as a whole, if that makes it smaller.
struct Small {
    method: CompressionMethod,
    bytes: Vec<u8>,
    crc: u32,
    len: u64,
}

/// Members of at most so many bytes are packed as a whole, several side by side.
pub(crate) const WHOLE: usize = 1 << 20;

/// What a member that waits takes besides its content, at most.
const BESIDES: usize = 4 << 10;

/// A large member is packed if that saves more than a hundredth of its first bytes, of so many.
const SAMPLE: usize = 256 << 10;
const WORTH_IT: usize = 100;

/// The bits of Unix for a file that is no folder, link or device.
const FILE: u32 = 0o100_000;

/// It is not told of smaller members that they are stored.
const TOLD_FROM: u64 = 1 << 10;

impl<W: Write> ZipWriter<W> {
    /// An archive that goes to `out`.
    pub fn new(out: W, settings: &ZipSettings) -> Self {
        let highest = match settings.method {
            Method::Deflate | Method::Store => *Format::Gzip.levels().end(),
            Method::Zstd => *Format::Zstd.levels().end(),
        };
        Self {
            zip: ZipArchiveWriter::new(out),
            settings: ZipSettings {
                level: settings.level.clamp(1, highest),
                ..*settings
            },
            pool: Pool::new(settings.threads),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            count: 0,
            stored: Vec::new(),
        }
    }

    /// Adds a file. The name has `/` between folders; a time that is not known or earlier is 1980.
    /// After an error the archive is of no use.
    ///
    /// # Errors
    /// Those of the reader and of the writer, and a [`Fault`] of the codec; [`Fault::Encoder`] when the
    /// name has an empty part or leads out of the archive.
    pub fn add(
        &mut self,
        name: &str,
        attributes: Attributes,
        mut content: impl Read,
    ) -> io::Result<()> {
        check_name(name)?;
        let mut start = Vec::new();
        content
            .by_ref()
            .take(WHOLE as u64 + 1)
            .read_to_end(&mut start)?;
        let modified = attributes.modified.unwrap_or(EARLIEST);
        let head = Head {
            index: self.count,
            name: name.to_owned(),
            modified: UtcDateTime::from_unix(modified.max(EARLIEST)),
            mode: FILE | attributes.mode(),
            len: start.len(),
        };
        self.count += 1;
        if start.len() > WHOLE {
            while self.write_next()? {}
            return self.write_large(&head, &start, content);
        }
        let settings = self.settings;
        self.pool.begin(move || Small::pack(start, &settings));
        self.waiting_bytes += head.len;
        self.waiting.push_back(head);
        while self.is_full() {
            self.write_next()?;
        }
        Ok(())
    }

    /// Writes the directory of the archive. Gives back what was written to, and which members, in the
    /// order in which they were added, are stored because packing did not make them smaller.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn finish(mut self) -> io::Result<(W, Vec<usize>)> {
        while self.write_next()? {}
        let out = self.zip.finish().map_err(from_zip)?;
        Ok((out, self.stored))
    }

    /// Whether enough is in the pool. By bytes, because small members that follow a large one would
    /// leave the other threads with nothing to do.
    fn is_full(&self) -> bool {
        match self.pool.threads() {
            0 => !self.waiting.is_empty(),
            threads => self.waiting_bytes + self.waiting.len() * BESIDES > 2 * threads * WHOLE,
        }
    }

    /// Writes the next member that is in the pool; whether there was one.
    fn write_next(&mut self) -> io::Result<bool> {
        let (Some(head), Some(small)) = (self.waiting.pop_front(), self.pool.next()) else {
            return Ok(false);
        };
        self.waiting_bytes -= head.len;
        let small = small?;
        self.note(&head, small.method, small.len);
        let (mut entry, _) = begin(&mut self.zip, &head, small.method)?;
        entry.write_all(&small.bytes)?;
        let sizes = DataDescriptorOutput::new(small.crc, small.len);
        entry.finish(sizes).map_err(from_zip)?;
        Ok(true)
    }

    /// A member that begins with `start`.
    fn write_large(&mut self, head: &Head, start: &[u8], rest: impl Read) -> io::Result<()> {
        let settings = self.settings;
        let sample = Small::pack(start[..SAMPLE].to_vec(), &settings)?;
        let is_worth_it = sample.bytes.len() < SAMPLE - SAMPLE / WORTH_IT;
        let method = if is_worth_it {
            sample.method
        } else {
            CompressionMethod::STORE
        };
        self.note(head, method, start.len() as u64);
        let mut content = Cursor::new(start).chain(rest);
        let (mut entry, config) = begin(&mut self.zip, head, method)?;
        let sizes = match method {
            CompressionMethod::DEFLATE => deflate_into(&mut entry, &mut content, &settings)?,
            CompressionMethod::ZSTD => zstd_into(&mut entry, &mut content, &settings)?,
            _ => {
                let mut data = config.wrap(&mut entry);
                each_block(&mut content, |block| data.write_all(block))?;
                data.finish().map_err(from_zip)?.1
            }
        };
        entry.finish(sizes).map_err(from_zip)?;
        Ok(())
    }

    fn note(&mut self, head: &Head, method: CompressionMethod, len: u64) {
        let was_asked = self.settings.method != Method::Store;
        if was_asked && method == CompressionMethod::STORE && len >= TOLD_FROM {
            self.stored.push(head.index);
        }
    }
}

fn begin<'z, W: Write>(
    zip: &'z mut ZipArchiveWriter<W>,
    head: &Head,
    method: CompressionMethod,
) -> io::Result<(ZipEntryWriter<'z, W>, ZipDataWriterConfig)> {
    let is_plain = !head.name.contains(':');
    let path = if is_plain {
        EntryPath::conformant(head.name.as_str())
    } else {
        // It would be taken for the name of a drive, and left out with all that is before it.
        EntryPath::verbatim(head.name.as_bytes())
    };
    let mut file = zip
        .new_file(path)
        .compression_method(method)
        .last_modified(head.modified)
        .unix_permissions(head.mode);
    if !is_plain && !head.name.is_ascii() {
        // A name that is taken as it is has no mark that it is UTF-8.
        let field = unicode_path(&head.name);
        file = file
            .extra_field(
                ExtraFieldId::INFO_ZIP_UNICODE_PATH,
                &field,
                Header::default(),
            )
            .map_err(from_zip)?;
    }
    file.start().map_err(from_zip)
}

/// What stands in the header is UTF-8 (APPNOTE.TXT, 4.6.9): a version, the sum of that name, and the
/// name.
fn unicode_path(name: &str) -> Vec<u8> {
    const VERSION: u8 = 1;
    let mut field = vec![VERSION];
    field.extend(crc32fast::hash(name.as_bytes()).to_le_bytes());
    field.extend(name.as_bytes());
    field
}

/// Names are written as they are; of some that would make another file on the way out.
fn check_name(name: &str) -> io::Result<()> {
    let leads_down = |part: &str| !matches!(part, "" | "." | "..");
    if name.split('/').all(leads_down) && !name.contains(['\\', '\0']) {
        return Ok(());
    }
    Err(Fault::Encoder(
        "zip",
        format!("`{}` is no name of a file in it", name.escape_debug()),
    )
    .into())
}

fn deflate_into(
    out: &mut impl Write,
    content: &mut impl Read,
    settings: &ZipSettings,
) -> io::Result<DataDescriptorOutput> {
    let mut deflate = Deflate::new(settings.level, settings.threads);
    let mut check = settings.verify.then(Check::deflate);
    let (mut digest, mut crc, mut len) = (Digest::default(), crc32fast::Hasher::new(), 0);
    let mut write = |packed: Packed| {
        crc.combine(&packed.crc);
        len += packed.len;
        if let Some(check) = &mut check {
            check.feed(&packed.bytes)?;
        }
        out.write_all(&packed.bytes)
    };
    each_block(content, |mut block| {
        if settings.verify {
            digest.update(block);
        }
        while !block.is_empty() {
            let taken = deflate.take(block);
            block = &block[taken..];
            while deflate.is_full() {
                deflate.next()?.map_or(Ok(()), &mut write)?;
            }
        }
        Ok(())
    })?;
    deflate.end();
    while let Some(packed) = deflate.next()? {
        write(packed)?;
    }
    if let Some(check) = &mut check {
        check.finish(&digest)?;
    }
    Ok(DataDescriptorOutput::new(crc.finalize(), len))
}

fn zstd_into(
    out: &mut impl Write,
    content: &mut impl Read,
    settings: &ZipSettings,
) -> io::Result<DataDescriptorOutput> {
    let settings = Settings {
        threads: settings.threads,
        verify: settings.verify,
        ..Settings::new(Format::Zstd, settings.level)
    };
    let mut summed = Summed {
        inner: content,
        crc: crc32fast::Hasher::new(),
        len: 0,
    };
    let mut packed = read::Encoder::new(&mut summed, &settings)?;
    each_block(&mut packed, |block| out.write_all(block))?;
    let Summed { crc, len, .. } = summed;
    Ok(DataDescriptorOutput::new(crc.finalize(), len))
}

/// Sums up what is read through it.
struct Summed<R> {
    inner: R,
    crc: crc32fast::Hasher,
    len: u64,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.crc.update(&buffer[..count]);
        self.len += count as u64;
        Ok(count)
    }
}

impl Small {
    fn pack(content: Vec<u8>, settings: &ZipSettings) -> io::Result<Self> {
        let packed = match settings.method {
            Method::Store => None,
            Method::Deflate => deflate::whole(&content, settings.level)
                .map(|packed| (CompressionMethod::DEFLATE, packed)),
            Method::Zstd => {
                let settings = Settings {
                    size: Some(content.len() as u64),
                    // That is done below.
                    verify: false,
                    ..Settings::new(Format::Zstd, settings.level)
                };
                let mut packed = Vec::new();
                read::Encoder::new(&content[..], &settings)?.read_to_end(&mut packed)?;
                Some((CompressionMethod::ZSTD, packed))
            }
        };
        let smaller = packed.filter(|(_, packed)| packed.len() < content.len());
        if let Some((method, packed)) = smaller.as_ref().filter(|_| settings.verify) {
            // What cannot be unpacked is our own fault, and not damage of the input.
            let unpacked = unpacked(*method, packed, content.len());
            if unpacked.ok().as_ref() != Some(&content) {
                return Err(Fault::Unequal("zip").into());
            }
        }
        let (crc, len) = (crc32fast::hash(&content), content.len() as u64);
        let (method, bytes) = match smaller {
            Some((method, packed)) => (method, packed),
            None => (CompressionMethod::STORE, content),
        };
        Ok(Self {
            method,
            bytes,
            crc,
            len,
        })
    }
}

/// A whole member unpacked, and a byte more if there is one.
fn unpacked(method: CompressionMethod, packed: &[u8], len: usize) -> io::Result<Vec<u8>> {
    if method != CompressionMethod::ZSTD {
        return deflate::unpacked(packed, len);
    }
    let mut content = Vec::with_capacity(len + 1);
    read::Decoder::new(packed, Format::Zstd)
        .take(len as u64 + 1)
        .read_to_end(&mut content)?;
    Ok(content)
}

fn from_zip(error: rawzip::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::IO(error) => error,
        other => Fault::Encoder("zip", other.to_string()).into(),
    }
}
