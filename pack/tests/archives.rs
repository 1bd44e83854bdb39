//! Archives, read again by programs and crates of others.

use std::io::{self, Cursor, Read};

use filittle_pack::{
    ArchiveLimits, Attributes, Format, Method, Settings, TarWriter, ZipReader, ZipSettings,
    ZipWriter,
};

const SETTINGS: ZipSettings = ZipSettings {
    method: Method::Deflate,
    level: 6,
    threads: 1,
    verify: true,
};

const KNOWN: Attributes = Attributes {
    modified: Some(1_600_000_000),
    is_executable: false,
    is_private: false,
};

/// Text, of which no two lines are the same.
fn text(len: usize) -> Vec<u8> {
    let lines = (0_u32..).flat_map(|n| format!("{}\n", n.wrapping_mul(2_654_435_761)).into_bytes());
    lines.take(len).collect()
}

/// What deflate cannot make smaller.
fn noise(len: usize) -> Vec<u8> {
    let mut seed = 1_u64;
    let next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Small and large ones, those that shrink and those that do not.
fn members() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", vec![]),
        ("folder/one byte", vec![7]),
        ("text.txt", text(5000)),
        ("noise.bin", noise(5000)),
        ("of a piece", text(256 << 10)),
        ("as large as can be packed as a whole", text(1 << 20)),
        ("and a byte", text((1 << 20) + 1)),
        ("large na\u{ef}ve.txt", text(3_000_000)),
        ("large.bin", noise(3_000_000)),
        ("large zeros", vec![0; 5_000_000]),
    ]
}

fn zip(settings: &ZipSettings) -> (Vec<u8>, Vec<usize>) {
    let mut zip = ZipWriter::new(Vec::new(), settings);
    for (name, content) in members() {
        zip.add(name, Attributes::default(), &content[..])
            .expect("added");
    }
    zip.finish().expect("an archive")
}

#[test]
fn what_is_in_a_zip_comes_out_again_whatever_the_method() {
    for method in [Method::Deflate, Method::Zstd, Method::Store] {
        for level in [1, 9] {
            let (bytes, _) = zip(&ZipSettings {
                method,
                level,
                ..SETTINGS
            });
            let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
            for (index, (name, content)) in members().into_iter().enumerate() {
                let mut member = archive.by_index(index).expect("a member");
                assert_eq!(member.name().expect("UTF-8"), name);
                let mut back = Vec::new();
                member.read_to_end(&mut back).expect("a content");
                assert!(back == content, "{method:?} {level} {name}");
            }
        }
    }
}

#[test]
fn the_bytes_of_a_zip_do_not_depend_on_the_threads() {
    let (one, stored) = zip(&SETTINGS);
    for threads in [2, 5] {
        let (bytes, others) = zip(&ZipSettings {
            threads,
            ..SETTINGS
        });
        assert!(bytes == one, "{threads} threads");
        assert_eq!(others, stored);
    }
}

#[test]
fn what_does_not_shrink_is_stored_and_told() {
    let (bytes, stored) = zip(&SETTINGS);
    assert_eq!(stored, [3, 8]);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut is_stored = |index| {
        let member = archive.by_index(index).expect("a member");
        member.compression() == zip::CompressionMethod::Stored
    };
    for (index, (name, _)) in members().into_iter().enumerate() {
        // What is smaller than its own header is stored too, and nobody needs to be told.
        assert_eq!(is_stored(index), [0, 1, 3, 8].contains(&index), "{name}");
    }
    let (_, none) = zip(&ZipSettings {
        method: Method::Store,
        ..SETTINGS
    });
    assert!(none.is_empty(), "nothing was asked to shrink");
}

#[test]
fn times_are_kept_from_1980_on() {
    let mut zip = ZipWriter::new(Vec::new(), &SETTINGS);
    for (name, modified) in [
        ("new", Some(1_600_000_000)),
        ("old", Some(0)),
        ("unknown", None),
        ("of the last second of 32 bits", Some(0x7fff_ffff)),
        ("late", Some(4_340_000_000)),
        ("later than DOS tells", Some(1 << 40)),
    ] {
        let attributes = Attributes {
            modified,
            ..Attributes::default()
        };
        zip.add(name, attributes, &b"content"[..]).expect("added");
    }
    let (bytes, _) = zip.finish().expect("an archive");
    let ours = Cursor::new(bytes.clone());
    let mut ours = ZipReader::open(ours, ArchiveLimits::default()).expect("a zip");
    let ours = std::iter::from_fn(|| Some(ours.next_entry()?.0.attributes.modified));
    // What other fields are not wide enough for is told by DOS.
    assert_eq!(
        ours.map(Option::unwrap_or_default).collect::<Vec<_>>(),
        [
            1_600_000_000,
            315_532_800,
            315_532_800,
            0x7fff_ffff,
            4_340_000_000,
            4_354_819_198
        ]
    );
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut time = |index| {
        let member = archive.by_index(index).expect("a member");
        member.last_modified().expect("a time").to_string()
    };
    assert_eq!(time(0), "2020-09-13 12:26:40");
    assert_eq!(time(1), "1980-01-01 00:00:00");
    assert_eq!(time(2), "1980-01-01 00:00:00");
}

#[test]
fn names_stand_in_a_zip_as_they_are() {
    let names = [
        "12:00.log",
        "13:00.log",
        "C:/x.txt",
        "a:",
        "f\u{fc}r: b.txt",
        "..hidden/a..b/. c",
        "q?*\".txt",
        "~",
    ];
    let mut zip = ZipWriter::new(Vec::new(), &SETTINGS);
    for name in names {
        zip.add(name, KNOWN, name.as_bytes()).expect("added");
    }
    let (bytes, _) = zip.finish().expect("an archive");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.clone())).expect("a zip");
    let mut read = ZipReader::open(Cursor::new(bytes), ArchiveLimits::default()).expect("a zip");
    for (index, name) in names.into_iter().enumerate() {
        let member = archive.by_index(index).expect("a member");
        assert_eq!(member.name().expect("a name"), name);
        let (entry, mut content) = read.next_entry().expect("a member");
        let mut text = String::new();
        content.read_to_string(&mut text).expect("a content");
        assert_eq!((entry.name.as_str(), text.as_str()), (name, name));
    }
}

#[test]
fn what_is_no_name_of_a_file_is_not_added_to_a_zip() {
    for name in ["", "/a", "a/", "a//b", "../a", "a/./b", "a\\b", "a\0"] {
        let mut zip = ZipWriter::new(Vec::new(), &SETTINGS);
        assert!(zip.add(name, KNOWN, &b"content"[..]).is_err(), "{name:?}");
    }
}

#[test]
fn what_is_a_program_or_a_secret_is_marked_as_one() {
    let (mut zip, mut tar) = (
        ZipWriter::new(Vec::new(), &SETTINGS),
        TarWriter::new(Vec::new(), None).expect("a writer"),
    );
    for (name, is_executable, is_private) in [
        ("program", true, false),
        ("text", false, false),
        ("secret", false, true),
        ("secret program", true, true),
    ] {
        let attributes = Attributes {
            is_executable,
            is_private,
            ..KNOWN
        };
        zip.add(name, attributes, &b"content"[..]).expect("added");
        tar.add(name, attributes, 7, &b"content"[..])
            .expect("added");
    }
    let (bytes, _) = zip.finish().expect("an archive");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut mode = |index| {
        let member = archive.by_index(index).expect("a member");
        member.unix_mode()
    };
    let modes = [0, 1, 2, 3].map(&mut mode);
    assert_eq!(
        modes,
        [0o755, 0o644, 0o600, 0o700].map(|mode| Some(0o100_000 | mode))
    );
    let bytes = tar.finish().expect("an archive");
    let mut archive = tar::Archive::new(&bytes[..]);
    let entries = archive.entries().expect("a tar");
    let modes = entries.map(|entry| entry.expect("an entry").header().mode().expect("a mode"));
    assert_eq!(modes.collect::<Vec<_>>(), [0o755, 0o644, 0o600, 0o700]);
}

#[test]
fn more_members_than_16_bits_count_are_in_a_zip() {
    let mut zip = ZipWriter::new(
        Vec::new(),
        &ZipSettings {
            threads: 2,
            ..SETTINGS
        },
    );
    for number in 0..70_000 {
        zip.add(&number.to_string(), Attributes::default(), &b"x"[..])
            .expect("added");
    }
    let (bytes, _) = zip.finish().expect("an archive");
    let archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    assert_eq!(archive.len(), 70_000);
}

#[test]
fn what_is_in_a_tar_comes_out_again_packed_or_not() {
    let long = format!("{}name", "folder/".repeat(40));
    let packings = [
        None,
        Some(Format::Zstd),
        Some(Format::Gzip),
        Some(Format::Xz),
    ];
    for format in packings {
        let settings = format.map(|format| Settings::new(format, 1));
        let mut tar = TarWriter::new(Vec::new(), settings.as_ref()).expect("a writer");
        let mut members = members();
        members.push((&long, b"far down".to_vec()));
        for (name, content) in &members {
            let len = content.len() as u64;
            tar.add(name, KNOWN, len, &content[..]).expect("added");
        }
        let bytes = tar.finish().expect("an archive");
        let bytes: Box<dyn Read> = match format {
            Some(format) => Box::new(filittle_pack::read::Decoder::new(
                Cursor::new(bytes),
                format,
            )),
            None => Box::new(Cursor::new(bytes)),
        };
        let mut archive = tar::Archive::new(bytes);
        let mut count = 0;
        for (entry, (name, content)) in archive.entries().expect("a tar").zip(&members) {
            let mut entry = entry.expect("an entry");
            let mut back = Vec::new();
            entry.read_to_end(&mut back).expect("a content");
            assert_eq!(entry.path().expect("a path").to_str(), Some(*name));
            assert_eq!(entry.header().mtime().expect("a time"), 1_600_000_000);
            assert!(back == *content, "{name}");
            count += 1;
        }
        assert_eq!(count, members.len());
    }
}

#[test]
fn a_file_of_another_length_than_was_said_is_no_member_of_a_tar() {
    for content in [&b"too few"[..], b"one too many"] {
        let mut tar = TarWriter::new(Vec::new(), None).expect("a writer");
        let added = tar.add("a", Attributes::default(), 11, content);
        assert!(added.is_err(), "{content:?}");
    }
}

#[test]
fn errors_of_readers_and_writers_come_through() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    impl io::Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut zip = ZipWriter::new(Vec::new(), &SETTINGS);
    let read = zip
        .add("a", Attributes::default(), Failing)
        .expect_err("no reader");
    assert_eq!(read.kind(), io::ErrorKind::ConnectionReset);
    let mut zip = ZipWriter::new(Failing, &SETTINGS);
    let written = zip
        .add("a", Attributes::default(), &b"content"[..])
        .and_then(|()| zip.finish().map(drop));
    assert_eq!(
        written.expect_err("no writer").kind(),
        io::ErrorKind::StorageFull
    );
}
