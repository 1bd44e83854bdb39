//! What a zip archive consists of beside the contents of its members, in the form of PKWARE's
//! APPNOTE.TXT 6.3.10.
//!
//! Names are UTF-8, and each is marked so (4.4.4, bit 11). The sizes of what is packed as a whole stand
//! before it; those of other members after them (4.3.9). What does not fit 32 bits is told in zip64
//! form (4.5.3).

use rawzip::time::{DosDateTime, UtcDateTime};

/// A member, as the archive tells of it.
pub(crate) struct Record {
    /// A path that leads only down, of at most [`LONGEST_NAME`] bytes.
    pub(crate) name: String,
    /// In seconds since 1970, from 1980 on; later than 2107 is told as its last second.
    pub(crate) modified: i64,
    /// As Unix has it, with the bits that say what it is.
    pub(crate) mode: u32,
    pub(crate) form: Form,
    /// Nothing is known yet when they come after the content.
    pub(crate) sums: Sums,
    /// Whether the sums come after the content.
    pub(crate) is_streamed: bool,
}

/// How a content is packed: 4.4.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Stored = 0,
    Deflated = 8,
    Zstd = 93,
}

/// What is known of a content when all of it is written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) crc: u32,
    /// Bytes as it is packed.
    pub(crate) packed: u64,
    /// Bytes of it.
    pub(crate) len: u64,
}

pub(crate) const LONGEST_NAME: usize = u16::MAX as usize;

/// The last time that DOS can tell: 2107-12-31T23:59:58.
const LATEST: i64 = 4_354_819_198;
/// What does not fit stands elsewhere.
const ELSEWHERE_32: u32 = u32::MAX;
const ELSEWHERE_16: u16 = u16::MAX;
const SUMS_COME_AFTER: u16 = 1 << 3;
const UTF_8: u16 = 1 << 11;
/// Readers of this version know deflate (2.0), or zip64 (4.5).
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;
/// Made on Unix, so that the mode of a member counts.
const UNIX: u16 = 3 << 8;

impl Record {
    /// What stands before the content: 4.3.7. A time that is exact stands here, too, for whoever unpacks
    /// what comes by a pipe. The sums fit 32 bits if they stand here.
    pub(crate) fn head(&self) -> Vec<u8> {
        let extra = self.time();
        Writer(b"PK\x03\x04".to_vec())
            .told(self, PLAIN, &extra)
            .bytes(self.name.as_bytes())
            .bytes(&extra)
            .0
    }

    /// What comes after a content whose sums did not stand before it: 4.3.9.
    pub(crate) fn descriptor(&self) -> Vec<u8> {
        let Sums { crc, packed, len } = self.sums;
        let writer = Writer(b"PK\x07\x08".to_vec()).u32(crc);
        let writer = if is_long(packed) || is_long(len) {
            writer.u64(packed).u64(len)
        } else {
            writer.u32(short(packed)).u32(short(len))
        };
        writer.0
    }

    /// What the directory says of a member whose head is at `start`: 4.3.12.
    pub(crate) fn entry(&self, start: u64) -> Vec<u8> {
        let Sums { packed, len, .. } = self.sums;
        let elsewhere = [len, packed, start].into_iter().filter(|it| is_long(*it));
        let numbers: Vec<u8> = elsewhere.flat_map(u64::to_le_bytes).collect();
        let mut extra = self.time();
        let mut version = PLAIN;
        if !numbers.is_empty() {
            extra.extend(field(1, &numbers));
            version = ZIP64;
        }
        Writer(b"PK\x01\x02".to_vec())
            .u16(UNIX | version)
            .told(self, version, &extra)
            .u16(0)
            .u16(0)
            .u16(0)
            .u32(self.mode << 16)
            .u32(short(start))
            .bytes(self.name.as_bytes())
            .bytes(&extra)
            .0
    }

    /// The time in whole seconds, which DOS counts by two, and in UTC: Info-ZIP's field UT. Nothing from
    /// 2038 on, which does not fit: then there is the time of DOS.
    fn time(&self) -> Vec<u8> {
        const IS_OF_A_CHANGE: u8 = 1;
        let Ok(seconds) = i32::try_from(self.modified) else {
            return Vec::new();
        };
        let time = Writer(vec![IS_OF_A_CHANGE]).bytes(&seconds.to_le_bytes());
        field(0x5455, &time.0)
    }
}

/// The end of a directory of so many bytes, which begins at `start` (4.3.16), and before it the longer
/// one (4.3.14, 4.3.15) where numbers do not fit.
pub(crate) fn end(members: u64, directory: u64, start: u64) -> Vec<u8> {
    let count = u16::try_from(members).unwrap_or(ELSEWHERE_16);
    let mut end = Writer(Vec::new());
    if count == ELSEWHERE_16 || is_long(directory) || is_long(start) {
        end = end
            .bytes(b"PK\x06\x06")
            .u64(44)
            .u16(UNIX | ZIP64)
            .u16(ZIP64)
            .u32(0)
            .u32(0)
            .u64(members)
            .u64(members)
            .u64(directory)
            .u64(start)
            .bytes(b"PK\x06\x07")
            .u32(0)
            .u64(start + directory)
            .u32(1);
    }
    end.bytes(b"PK\x05\x06")
        .u16(0)
        .u16(0)
        .u16(count)
        .u16(count)
        .u32(short(directory))
        .u32(short(start))
        .u16(0)
        .0
}

struct Writer(Vec<u8>);

impl Writer {
    fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// What stands before a member and in the directory alike.
    fn told(self, record: &Record, version: u16, extra: &[u8]) -> Self {
        let flags = if record.is_streamed {
            SUMS_COME_AFTER
        } else {
            0
        };
        let modified = record.modified.min(LATEST);
        let time = DosDateTime::from(&UtcDateTime::from_unix(modified));
        let Sums { crc, packed, len } = record.sums;
        self.u16(version)
            .u16(UTF_8 | flags)
            .u16(record.form as u16)
            .u16(time.packed_time())
            .u16(time.packed_date())
            .u32(crc)
            .u32(short(packed))
            .u32(short(len))
            .u16(length(record.name.as_bytes()))
            .u16(length(extra))
    }
}

/// An extra field: 4.5.1.
fn field(id: u16, content: &[u8]) -> Vec<u8> {
    Writer(Vec::new())
        .u16(id)
        .u16(length(content))
        .bytes(content)
        .0
}

/// A size or place in 32 bits, or that it stands elsewhere.
fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(ELSEWHERE_32)
}

fn is_long(value: u64) -> bool {
    short(value) == ELSEWHERE_32
}

/// A length that is known to be small.
fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(ELSEWHERE_16)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Seek, SeekFrom};

    use super::*;

    const LARGE: u64 = 5 << 30;

    fn record(name: &str, sums: Sums, is_streamed: bool) -> Record {
        Record {
            name: name.to_owned(),
            modified: 1_600_000_001,
            mode: 0o100_644,
            form: Form::Stored,
            sums,
            is_streamed,
        }
    }

    /// An archive of 5 GiB, of which only what is no content is there.
    struct Sparse {
        parts: Vec<(u64, Vec<u8>)>,
        len: u64,
        at: u64,
    }

    impl Read for Sparse {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let mut count = 0;
            for (place, byte) in (self.at..self.len).zip(buffer) {
                let of = |(start, part): &(u64, Vec<u8>)| {
                    let at = usize::try_from(place.checked_sub(*start)?).ok()?;
                    part.get(at).copied()
                };
                *byte = self.parts.iter().find_map(of).unwrap_or(0);
                count += 1;
            }
            self.at += count as u64;
            Ok(count)
        }
    }

    impl Seek for Sparse {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.at = match to {
                SeekFrom::Start(at) => at,
                SeekFrom::End(by) => self.len.saturating_add_signed(by),
                SeekFrom::Current(by) => self.at.saturating_add_signed(by),
            };
            Ok(self.at)
        }
    }

    #[test]
    fn what_does_not_fit_32_bits_is_found_by_others() {
        let large = Sums {
            crc: 0,
            packed: LARGE,
            len: LARGE,
        };
        let small = Sums {
            crc: crc32fast::hash(b"small"),
            packed: 5,
            len: 5,
        };
        let mut first = record("large", Sums::default(), true);
        let mut parts = vec![(0, first.head())];
        let mut at = parts[0].1.len() as u64 + LARGE;
        first.sums = large;
        parts.push((at, first.descriptor()));
        at += 24;
        let second = record("small", small, false);
        let start = at;
        parts.push((at, [second.head(), b"small".to_vec()].concat()));
        at += second.head().len() as u64 + 5;
        let directory = [first.entry(0), second.entry(start)].concat();
        let len = directory.len() as u64;
        parts.push((at, [directory, end(2, len, at)].concat()));
        let len = at + parts[3].1.len() as u64;
        let file = Sparse { parts, len, at: 0 };
        let mut archive = zip::ZipArchive::new(file).expect("a zip");
        assert_eq!(archive.by_index(0).expect("a member").size(), LARGE);
        let mut text = String::new();
        let mut member = archive.by_name("small").expect("a member");
        member.read_to_string(&mut text).expect("a content");
        assert_eq!(text, "small");
    }
}
