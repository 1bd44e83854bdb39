//! Reads tar archives from front to back: ustar, GNU and pax (POSIX.1-2001), and what was before.

use std::{
    cell::RefCell,
    io::{self, Read},
    rc::Rc,
};

use tar::{EntryType, Header};

use crate::{ArchiveLimits, Attributes, Entry, EntryKind, Fault};

/// An archive being read.
pub struct TarReader<R> {
    inner: Rc<RefCell<Inner<R>>>,
    limits: ArchiveLimits,
    entries: u64,
    names: u64,
    trailing: u64,
    has_end: bool,
}

/// What is shared with the content that is being read.
struct Inner<R> {
    reader: R,
    /// Counts the members.
    current: u64,
    /// Bytes of the current member, and those up to the next block.
    left: u64,
    padding: u64,
}

/// The content of a member, until the next one is asked for.
pub struct TarContent<R> {
    inner: Rc<RefCell<Inner<R>>>,
    of: u64,
}

const BLOCK: usize = 512;
const NAME: &str = "tar";

/// Bytes of one pax header.
const LARGEST_PAX: u64 = 1 << 20;

/// Headers in a row that describe the next member.
const MOST_HEADERS: u32 = 8;

/// What headers before it say of a member.
#[derive(Default)]
struct Before {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<i64>,
    is_sparse: bool,
}

impl<R: Read> TarReader<R> {
    /// Reads nothing yet.
    pub fn new(reader: R, limits: ArchiveLimits) -> Self {
        let inner = Inner {
            reader,
            current: 0,
            left: 0,
            padding: 0,
        };
        Self {
            inner: Rc::new(RefCell::new(inner)),
            limits,
            entries: 0,
            names: 0,
            trailing: 0,
            has_end: false,
        }
    }

    /// Whether the mark of the end was there; without it members may be missing. Known once the last
    /// member was asked for.
    pub fn has_end(&self) -> bool {
        self.has_end
    }

    /// Bytes after the end that are not zero; known once the last member was asked for.
    pub fn trailing(&self) -> u64 {
        self.trailing
    }

    /// The next member, and its content; what is left of the one before is passed over. Nothing at
    /// the end, which is read to its last byte.
    ///
    /// # Errors
    /// Those of the reader, and a [`Fault`].
    pub fn next_entry(&mut self) -> io::Result<Option<(Entry, TarContent<R>)>> {
        let mut inner = self.inner.borrow_mut();
        let mut before = Before::default();
        for _ in 0..MOST_HEADERS {
            inner.pass_over()?;
            let Some(block) = inner.block()? else {
                return Ok(None);
            };
            if block == [0; BLOCK] {
                self.has_end = true;
                self.trailing = inner.drain()?;
                return Ok(None);
            }
            let header = Header::from_byte_slice(&block);
            check_sum(header)?;
            let size = header.entry_size().map_err(|_| damaged())?;
            let kind = header.entry_type();
            if kind.is_gnu_longname() {
                let mut name = inner.take(size, self.limits.names.saturating_sub(self.names))?;
                let len = name.iter().position(|byte| *byte == 0);
                name.truncate(len.unwrap_or(name.len()));
                before.name = Some(name);
            } else if kind.is_pax_local_extensions() {
                before.read_pax(&inner.take(size, LARGEST_PAX)?)?;
            } else if kind.is_gnu_longlink() || kind.is_pax_global_extensions() {
                inner.skip(size)?;
            } else {
                let size = before.size.unwrap_or(size);
                let entry = before.entry(header);
                self.entries += 1;
                self.names += entry.name.len() as u64;
                if self.entries > self.limits.entries {
                    return Err(Fault::TooMany("members").into());
                }
                if self.names > self.limits.names {
                    return Err(Fault::TooMany("bytes of names").into());
                }
                if kind == EntryType::GNUSparse {
                    inner.skip_sparse_maps(&block)?;
                }
                inner.current += 1;
                let has_content = !matches!(kind, EntryType::Link | EntryType::Symlink);
                inner.skip(if has_content { size } else { 0 })?;
                let content = TarContent {
                    inner: Rc::clone(&self.inner),
                    of: inner.current,
                };
                return Ok(Some((entry, content)));
            }
        }
        Err(damaged())
    }
}

/// Key and value of the first record, and what comes after it: "LEN KEY=VALUE", of so many bytes
/// with LEN and the end of the line; a value may have lines of its own.
fn pax_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().position(|byte| *byte == b' ')?;
    let len: usize = number(&records[..space])?;
    let (record, after) = records.split_at_checked(len)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], after))
}

impl Before {
    fn read_pax(&mut self, records: &[u8]) -> io::Result<()> {
        let mut rest = records;
        while !rest.is_empty() {
            let (key, value, after) = pax_record(rest).ok_or_else(damaged)?;
            rest = after;
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => self.size = Some(number(value).ok_or_else(damaged)?),
                b"mtime" => {
                    let whole = value.split(|byte| *byte == b'.').next();
                    self.modified = whole.and_then(number);
                }
                _ if key.starts_with(b"GNU.sparse") => self.is_sparse = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn entry(&mut self, header: &Header) -> Entry {
        let name = self.name.take();
        let name = name.unwrap_or_else(|| header.path_bytes().into_owned());
        let name = String::from_utf8_lossy(&name).into_owned();
        let modified = self.modified.or_else(|| {
            let seconds = header.mtime().ok()?;
            // Before 1970 it is written in twos complement.
            Some(seconds.cast_signed())
        });
        let kind = match header.entry_type() {
            _ if self.is_sparse => EntryKind::Other("a sparse file in a form that is not read"),
            // Before ustar a folder was a file whose name ended so.
            EntryType::Regular | EntryType::Continuous if !name.ends_with('/') => EntryKind::File,
            EntryType::Regular | EntryType::Continuous | EntryType::Directory => EntryKind::Folder,
            EntryType::Symlink => EntryKind::Other("a symbolic link"),
            EntryType::Link => EntryKind::Other("a hard link"),
            EntryType::Char | EntryType::Block => EntryKind::Other("a device"),
            EntryType::Fifo => EntryKind::Other("a named pipe"),
            EntryType::GNUSparse => EntryKind::Other("a sparse file in a form that is not read"),
            _ => EntryKind::Other("of an unknown kind"),
        };
        Entry {
            name,
            attributes: Attributes {
                modified,
                ..header
                    .mode()
                    .map_or_else(|_| Attributes::default(), Attributes::of_mode)
            },
            kind,
        }
    }
}

impl<R: Read> Inner<R> {
    /// A header, or zeros at the end; nothing when not even these come.
    fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        let mut len = 0;
        while len < BLOCK {
            match self.reader.read(&mut block[len..]) {
                Ok(0) if len == 0 => return Ok(None),
                Ok(0) => return Err(Fault::Truncated(NAME).into()),
                Ok(count) => len += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(block))
    }

    /// Passes over the blocks in which a GNU header goes on: of each a byte says whether there is
    /// another one.
    fn skip_sparse_maps(&mut self, header: &[u8; BLOCK]) -> io::Result<()> {
        const IN_HEADER: usize = 482;
        const IN_MAP: usize = 504;
        let mut goes_on = header[IN_HEADER] != 0;
        while goes_on {
            let block = self.block()?.ok_or(Fault::Truncated(NAME))?;
            goes_on = block[IN_MAP] != 0;
        }
        Ok(())
    }

    /// What comes is the content of so many bytes.
    fn skip(&mut self, size: u64) -> io::Result<()> {
        let end = size.checked_next_multiple_of(BLOCK as u64);
        self.padding = end.ok_or_else(damaged)? - size;
        self.left = size;
        Ok(())
    }

    /// A content for ourselves.
    fn take(&mut self, size: u64, most: u64) -> io::Result<Vec<u8>> {
        if size > most {
            return Err(Fault::TooMany("bytes of names").into());
        }
        self.skip(size)?;
        let mut content = Vec::new();
        self.reader.by_ref().take(size).read_to_end(&mut content)?;
        if content.len() as u64 != size {
            return Err(Fault::Truncated(NAME).into());
        }
        self.left = 0;
        Ok(content)
    }

    fn pass_over(&mut self) -> io::Result<()> {
        let most = self.left + self.padding;
        let passed = io::copy(&mut self.reader.by_ref().take(most), &mut io::sink())?;
        // The last member may lack what fills up its block.
        if passed < self.left {
            return Err(Fault::Truncated(NAME).into());
        }
        (self.left, self.padding) = (0, 0);
        Ok(())
    }

    /// Reads all, so that what is around the archive can check its end. Bytes that are not zero.
    fn drain(&mut self) -> io::Result<u64> {
        let mut others = 0;
        let mut block = vec![0; 64 << 10];
        loop {
            match self.reader.read(&mut block) {
                Ok(0) => return Ok(others),
                Ok(count) => {
                    let others_here = block[..count].iter().filter(|byte| **byte != 0);
                    others += others_here.count() as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: Read> Read for TarContent<R> {
    /// Nothing once the next member was asked for.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inner = self.inner.borrow_mut();
        if inner.current != self.of || inner.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(inner.left).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let count = inner.reader.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(Fault::Truncated(NAME).into());
        }
        inner.left -= count as u64;
        Ok(count)
    }
}

/// The sum of all bytes, those of the sum itself taken as spaces.
fn check_sum(header: &Header) -> io::Result<()> {
    const SUM: std::ops::Range<usize> = 148..156;
    let bytes = header.as_bytes();
    let others = || bytes[..SUM.start].iter().chain(&bytes[SUM.end..]);
    let spaces = i64::from(b' ') * 8;
    let found = spaces + others().map(|byte| i64::from(*byte)).sum::<i64>();
    // Some old programs took bytes for signed ones.
    let signed = spaces
        + others()
            .map(|byte| i64::from(byte.cast_signed()))
            .sum::<i64>();
    match header.cksum().map(i64::from) {
        Ok(told) if told == found || told == signed => Ok(()),
        _ => Err(damaged()),
    }
}

/// Whether a file that begins so is a tar: by the sum of its first header.
pub(crate) fn is_begun_by(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else {
        return false;
    };
    *block != [0; BLOCK] && check_sum(Header::from_byte_slice(block)).is_ok()
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn damaged() -> io::Error {
    Fault::Damaged(NAME).into()
}
