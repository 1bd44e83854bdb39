//! What holds for all bytes. The fuzzer looks for some that break it, and `tests/seeds.rs` tries
//! those that are known.

use std::io::{self, Cursor, Read};

use filittle_pack::{
    ArchiveLimits, Container, Entry, EntryKind, Fault, Format, Settings, TarReader, ZipReader, read,
};

/// More is not read of anything, as a caller with a bound would do it.
const MOST: u64 = 4 << 20;

/// Few, so that the bounds are met.
const LIMITS: ArchiveLimits = ArchiveLimits {
    entries: 100,
    names: 10_000,
};

/// Any bytes are unpacked by any decoder, or a fault tells what is wrong with them.
pub(crate) fn stream(bytes: &[u8]) {
    for format in Format::ALL {
        let mut decoder = read::Decoder::new(bytes, format);
        if let Some(content) = read_all(&mut decoder.by_ref().take(MOST)) {
            assert!(decoder.trailing() <= bytes.len() as u64);
            assert!(content <= MOST);
        }
    }
    let _ = Container::sniff(bytes);
}

/// Any bytes are a zip, or a fault tells why not; it has no more members than it may.
pub(crate) fn zip(bytes: &[u8]) {
    let mut zip = match ZipReader::open(Cursor::new(bytes.to_vec()), LIMITS) {
        Ok(zip) => zip,
        Err(error) => return is_fault(&error),
    };
    assert!(zip.around() <= bytes.len() as u64);
    let mut count = Count::default();
    while let Some((entry, content)) = zip.next_entry() {
        count.entry(&entry);
        assert!(content.end() <= bytes.len() as u64);
        let is_file = entry.kind == EntryKind::File;
        let len = read_all(&mut content.take(MOST));
        assert!(is_file || len == Some(0));
    }
}

/// Any bytes are a tar, or a fault tells why not; it has no more members than it may.
pub(crate) fn tar(bytes: &[u8]) {
    let mut tar = TarReader::new(bytes, LIMITS);
    let mut count = Count::default();
    loop {
        match tar.next_entry() {
            Ok(Some((entry, content))) => {
                count.entry(&entry);
                // Half of them are passed over.
                if count.entries.is_multiple_of(2) {
                    read_all(&mut content.take(MOST));
                }
            }
            Ok(None) => return assert!(tar.trailing() <= bytes.len() as u64),
            Err(error) => return is_fault(&error),
        }
    }
}

/// Any bytes come back from each format; the first ones say at which level, and by how many threads.
pub(crate) fn round_trip(bytes: &[u8]) {
    let (&[level, threads], content) = bytes.split_first_chunk().unwrap_or((&[0, 0], bytes));
    for format in Format::ALL {
        let settings = Settings {
            threads: usize::from(threads % 3),
            size: (threads % 2 == 0).then_some(content.len() as u64),
            // The highest levels are slow, and there is nothing new in them.
            ..Settings::new(format, level % 7)
        };
        let mut packed = Vec::new();
        let mut encoder = read::Encoder::new(content, &settings).expect("an encoder");
        encoder.read_to_end(&mut packed).expect("packed");
        let mut back = Vec::new();
        let mut decoder = read::Decoder::new(&packed[..], format);
        decoder.read_to_end(&mut back).expect("unpacked");
        assert!(back == content && decoder.trailing() == 0, "{format}");
    }
}

#[derive(Default)]
struct Count {
    entries: u64,
    names: u64,
}

impl Count {
    fn entry(&mut self, entry: &Entry) {
        self.entries += 1;
        self.names += entry.name.len() as u64;
        assert!(self.entries <= LIMITS.entries && self.names <= LIMITS.names);
    }
}

/// How much it was; nothing when a fault ended it.
fn read_all(from: &mut impl Read) -> Option<u64> {
    match io::copy(from, &mut io::sink()) {
        Ok(count) => Some(count),
        Err(error) => {
            is_fault(&error);
            None
        }
    }
}

/// Of one line, short, and without what a terminal obeys; and never one of an encoder.
fn is_fault(error: &io::Error) {
    let fault = Fault::of(error).unwrap_or_else(|| panic!("no fault: {error:?}"));
    assert!(!matches!(fault, Fault::Encoder(..) | Fault::Unequal(_)));
    let text = fault.to_string();
    assert!(text.chars().count() < 1000, "{text}");
}
