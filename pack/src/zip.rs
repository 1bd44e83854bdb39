//! Zip archives (APPNOTE.TXT 6.3.10), written front to back: nothing is sought, so the output may be
//! a network. Members are packed side by side.

use std::{
    collections::VecDeque,
    io::{self, Cursor, Read, Write},
};

use crate::{
    Attributes, EARLIEST, Fault, Format, Settings,
    blocks::each_block,
    check::{Check, Digest},
    deflate::{self, Deflate, Packed},
    pool::Pool,
    read,
    records::{self, Form, LONGEST_NAME, Record, Sums},
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
    out: Counted<W>,
    /// Of the members that are written.
    directory: Vec<u8>,
    written: u64,
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
    modified: i64,
    mode: u32,
    /// Bytes of it that were read at once.
    len: usize,
}

/// A member that was packed as a whole, if that makes it smaller.
struct Small {
    form: Form,
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
            out: Counted {
                inner: out,
                count: 0,
            },
            directory: Vec::new(),
            written: 0,
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
            modified: modified.max(EARLIEST),
            mode: FILE | attributes.mode(),
            len: start.len(),
        };
        self.count += 1;
        if start.len() > WHOLE {
            while self.write_next()? {}
            return self.write_large(head, &start, content);
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
        let start = self.out.count;
        let end = records::end(self.written, self.directory.len() as u64, start);
        self.out.write_all(&self.directory)?;
        self.out.write_all(&end)?;
        Ok((self.out.inner, self.stored))
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
        self.note(&head, small.form, small.len);
        let start = self.out.count;
        let mut record = head.record(small.form);
        record.sums = Sums {
            crc: small.crc,
            packed: small.bytes.len() as u64,
            len: small.len,
        };
        self.out.write_all(&record.head())?;
        self.out.write_all(&small.bytes)?;
        self.enter(&record, start);
        Ok(true)
    }

    /// A member that begins with `first`.
    fn write_large(&mut self, head: Head, first: &[u8], rest: impl Read) -> io::Result<()> {
        let settings = self.settings;
        let sample = Small::pack(first[..SAMPLE].to_vec(), &settings)?;
        let is_worth_it = sample.bytes.len() < SAMPLE - SAMPLE / WORTH_IT;
        let form = if is_worth_it {
            sample.form
        } else {
            Form::Stored
        };
        self.note(&head, form, first.len() as u64);
        let start = self.out.count;
        let mut record = head.record(form);
        record.is_streamed = true;
        self.out.write_all(&record.head())?;
        let before = self.out.count;
        let mut content = Summed {
            inner: Cursor::new(first).chain(rest),
            crc: crc32fast::Hasher::new(),
            len: 0,
        };
        let (crc, len) = match form {
            Form::Deflated => deflate_into(&mut self.out, &mut content.inner, &settings)?,
            Form::Zstd => {
                zstd_into(&mut self.out, &mut content, &settings)?;
                content.sums()
            }
            Form::Stored => {
                each_block(&mut content, |block| self.out.write_all(block))?;
                content.sums()
            }
        };
        let packed = self.out.count - before;
        record.sums = Sums { crc, packed, len };
        self.out.write_all(&record.descriptor())?;
        self.enter(&record, start);
        Ok(())
    }

    /// Notes a member that is written for the directory.
    fn enter(&mut self, record: &Record, start: u64) {
        self.directory.extend(record.entry(start));
        self.written += 1;
    }

    fn note(&mut self, head: &Head, form: Form, len: u64) {
        let was_asked = self.settings.method != Method::Store;
        if was_asked && form == Form::Stored && len >= TOLD_FROM {
            self.stored.push(head.index);
        }
    }
}

impl Head {
    fn record(self, form: Form) -> Record {
        Record {
            name: self.name,
            modified: self.modified,
            mode: self.mode,
            form,
            sums: Sums::default(),
            is_streamed: false,
        }
    }
}

/// Counts what goes through it.
struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Names are written as they are; of some that would make another file on the way out.
fn check_name(name: &str) -> io::Result<()> {
    let leads_down = |part: &str| !matches!(part, "" | "." | "..");
    let is_clean = name.split('/').all(leads_down) && !name.contains(['\\', '\0']);
    if is_clean && name.len() <= LONGEST_NAME {
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
) -> io::Result<(u32, u64)> {
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
    Ok((crc.finalize(), len))
}

fn zstd_into(
    out: &mut impl Write,
    content: &mut impl Read,
    settings: &ZipSettings,
) -> io::Result<()> {
    let settings = Settings {
        threads: settings.threads,
        verify: settings.verify,
        ..Settings::new(Format::Zstd, settings.level)
    };
    let mut packed = read::Encoder::new(content, &settings)?;
    each_block(&mut packed, |block| out.write_all(block))
}

/// Sums up what is read through it.
struct Summed<R> {
    inner: R,
    crc: crc32fast::Hasher,
    len: u64,
}

impl<R> Summed<R> {
    fn sums(self) -> (u32, u64) {
        (self.crc.finalize(), self.len)
    }
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
            Method::Deflate => {
                deflate::whole(&content, settings.level).map(|packed| (Form::Deflated, packed))
            }
            Method::Zstd => {
                let settings = Settings {
                    size: Some(content.len() as u64),
                    // That is done below.
                    verify: false,
                    ..Settings::new(Format::Zstd, settings.level)
                };
                let mut packed = Vec::new();
                read::Encoder::new(&content[..], &settings)?.read_to_end(&mut packed)?;
                Some((Form::Zstd, packed))
            }
        };
        let smaller = packed.filter(|(_, packed)| packed.len() < content.len());
        if let Some((form, packed)) = smaller.as_ref().filter(|_| settings.verify) {
            // What cannot be unpacked is our own fault, and not damage of the input.
            let unpacked = unpacked(*form, packed, content.len());
            if unpacked.ok().as_ref() != Some(&content) {
                return Err(Fault::Unequal("zip").into());
            }
        }
        let (crc, len) = (crc32fast::hash(&content), content.len() as u64);
        let (form, bytes) = match smaller {
            Some((form, packed)) => (form, packed),
            None => (Form::Stored, content),
        };
        Ok(Self {
            form,
            bytes,
            crc,
            len,
        })
    }
}

/// A whole member unpacked, and a byte more if there is one.
fn unpacked(form: Form, packed: &[u8], len: usize) -> io::Result<Vec<u8>> {
    if form != Form::Zstd {
        return deflate::unpacked(packed, len);
    }
    let mut content = Vec::with_capacity(len + 1);
    read::Decoder::new(packed, Format::Zstd)
        .take(len as u64 + 1)
        .read_to_end(&mut content)?;
    Ok(content)
}
