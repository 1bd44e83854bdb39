//! What a zip archive consists of beside its members.
//!
//! The form is that of PKWARE's APPNOTE.TXT 6.3.10: members are stored as they are (4.4.5, method
//! 0), names are UTF-8 (4.4.4, bit 11), and sizes and checksums stand before each member (4.3.7), so
//! that no data descriptor is needed. What does not fit 32 bits is told in zip64 form (4.5.3).

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::layout::Member;

/// What does not fit stands elsewhere.
const ELSEWHERE_32: u32 = u32::MAX;
const ELSEWHERE_16: u16 = u16::MAX;
const UTF_8: u16 = 1 << 11;
const STORED: u16 = 0;
/// Readers of this version know stored members (2.0), or zip64 (4.5).
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;
/// Made on Unix, so that the mode of a member counts.
const UNIX: u16 = 3 << 8;
/// A plain file that its owner may write.
const MODE: u32 = 0o100_644 << 16;

/// Time and date as DOS counts them: from 1980 on, in steps of two seconds.
pub(super) fn dos(time: DateTime<Utc>) -> (u16, u16) {
    let field = |value: u32| u16::try_from(value).unwrap_or(0);
    let year = u16::try_from(time.year().clamp(1980, 2107) - 1980).unwrap_or(0);
    (
        (field(time.hour()) << 11) | (field(time.minute()) << 5) | (field(time.second()) / 2),
        (year << 9) | (field(time.month()) << 5) | field(time.day()),
    )
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
    fn told(self, member: &Member, (time, date): (u16, u16), extra: &[u8]) -> Self {
        self.u16(version(extra))
            .u16(UTF_8)
            .u16(STORED)
            .u16(time)
            .u16(date)
            .u32(member.crc32)
            .u32(short(member.size))
            .u32(short(member.size))
            .u16(length(member.name.as_bytes()))
            .u16(length(extra))
    }
}

/// A size or place in 32 bits, or that it stands elsewhere.
fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(ELSEWHERE_32)
}

fn is_long(value: u64) -> bool {
    short(value) == ELSEWHERE_32
}

/// The numbers that stand elsewhere, in the form of 4.5.3.
pub(super) fn zip64(numbers: &[u64]) -> Vec<u8> {
    if numbers.is_empty() {
        return Vec::new();
    }
    let length = u16::try_from(8 * numbers.len()).unwrap_or(ELSEWHERE_16);
    let field = Writer(Vec::new()).u16(1).u16(length);
    numbers
        .iter()
        .fold(field, |field, number| field.u64(*number))
        .0
}

fn version(extra: &[u8]) -> u16 {
    if extra.is_empty() { PLAIN } else { ZIP64 }
}

/// A length that is known to be small.
fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(ELSEWHERE_16)
}

/// What stands before a member (4.3.7).
pub(super) fn head(member: &Member, time: (u16, u16)) -> Vec<u8> {
    let Member { name, size, .. } = member;
    // Here both sizes stand elsewhere, or neither.
    let extra = if is_long(*size) {
        zip64(&[*size, *size])
    } else {
        Vec::new()
    };
    Writer(b"PK\x03\x04".to_vec())
        .told(member, time, &extra)
        .bytes(name.as_bytes())
        .bytes(&extra)
        .0
}

/// What the directory says of a member (4.3.12).
pub(super) fn entry(member: &Member, time: (u16, u16), start: u64) -> Vec<u8> {
    let Member { name, size, .. } = member;
    let elsewhere: Vec<u64> = [*size, *size, start]
        .into_iter()
        .filter(|number| is_long(*number))
        .collect();
    let extra = zip64(&elsewhere);
    Writer(b"PK\x01\x02".to_vec())
        .u16(UNIX | ZIP64)
        .told(member, time, &extra)
        .u16(0)
        .u16(0)
        .u16(0)
        .u32(MODE)
        .u32(short(start))
        .bytes(name.as_bytes())
        .bytes(&extra)
        .0
}

/// The end of the directory (4.3.16), and before it the longer one (4.3.14, 4.3.15) where numbers
/// do not fit.
pub(super) fn end(members: usize, directory: usize, start: u64) -> Vec<u8> {
    let (members, directory) = (members as u64, directory as u64);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1980_are_the_first_that_there_is() {
        let time = "1969-07-20T20:17:40Z".parse().unwrap();
        assert_eq!(dos(time).1 >> 9, 0);
        let (clock, day) = dos("2026-11-21T13:44:59Z".parse().unwrap());
        assert_eq!(
            (clock >> 11, (clock >> 5) & 0x3f, clock & 0x1f),
            (13, 44, 29)
        );
        assert_eq!((day >> 9, (day >> 5) & 0xf, day & 0x1f), (46, 11, 21));
    }
}
