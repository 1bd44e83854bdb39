//! Archives by us, by others, and by those who mean no good.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use filittle_pack::{
    ArchiveLimits, Attributes, Container, Entry, EntryKind, Fault, Format, Method, Settings,
    TarReader, TarWriter, ZipReader, ZipSettings, ZipWriter, read,
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

/// Names, kinds and contents.
type Members = Vec<(String, EntryKind, Vec<u8>)>;

fn unzipped(bytes: &[u8]) -> io::Result<Members> {
    unzipped_within(bytes, ArchiveLimits::default())
}

/// A file, which cannot be sought where no file reaches.
struct File(Cursor<Vec<u8>>);

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(at) if i64::try_from(at).is_err() => {
                Err(io::ErrorKind::InvalidInput.into())
            }
            to => self.0.seek(to),
        }
    }
}

fn unzipped_within(bytes: &[u8], limits: ArchiveLimits) -> io::Result<Members> {
    let mut zip = ZipReader::open(File(Cursor::new(bytes.to_vec())), limits)?;
    let mut members = Vec::new();
    while let Some((entry, mut content)) = zip.next_entry() {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        members.push((entry.name, entry.kind, bytes));
    }
    Ok(members)
}

fn untarred(bytes: &[u8]) -> io::Result<Members> {
    let mut tar = TarReader::new(bytes, ArchiveLimits::default());
    let mut members = Vec::new();
    while let Some((entry, mut content)) = tar.next_entry()? {
        let mut bytes = Vec::new();
        if entry.kind == EntryKind::File {
            content.read_to_end(&mut bytes)?;
        }
        members.push((entry.name, entry.kind, bytes));
    }
    Ok(members)
}

fn fault<T>(result: io::Result<T>) -> Fault {
    let error = result.err().expect("an error");
    Fault::of(&error)
        .cloned()
        .unwrap_or_else(|| panic!("{error:?}"))
}

fn zip_of(members: &[(&str, &[u8])], settings: &ZipSettings) -> Vec<u8> {
    let mut zip = ZipWriter::new(Vec::new(), settings);
    for (name, content) in members {
        zip.add(name, KNOWN, *content).expect("added");
    }
    zip.finish().expect("an archive").0
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = TarWriter::new(Vec::new(), None).expect("a writer");
    for (name, content) in members {
        let len = content.len() as u64;
        tar.add(name, KNOWN, len, *content).expect("added");
    }
    tar.finish().expect("an archive")
}

/// A tar of one member of that kind, made by the crate that others use.
fn tar_with(kind: tar::EntryType, name: &str, content: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    builder
        .append_data(&mut header, name, content)
        .expect("added");
    builder.into_inner().expect("an archive")
}

const MEMBERS: [(&str, &[u8]); 4] = [
    ("empty", b""),
    ("folder/one", b"one"),
    ("na\u{ef}ve.txt", &[7; 100_000]),
    ("zeros", &[0; 700_000]),
];

fn as_told(members: Members) {
    assert_eq!(members.len(), MEMBERS.len());
    for ((name, kind, content), (told, bytes)) in members.into_iter().zip(MEMBERS) {
        assert_eq!((name.as_str(), kind), (told, EntryKind::File));
        assert!(content == bytes, "{name}");
    }
}

#[test]
fn what_we_pack_we_unpack() {
    for method in [Method::Deflate, Method::Zstd, Method::Store] {
        let bytes = zip_of(&MEMBERS, &ZipSettings { method, ..SETTINGS });
        as_told(unzipped(&bytes).expect("a zip"));
    }
    as_told(untarred(&tar_of(&MEMBERS)).expect("a tar"));
}

#[test]
fn what_others_pack_we_unpack() {
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};
    for method in [
        CompressionMethod::Stored,
        CompressionMethod::Deflated,
        CompressionMethod::Zstd,
    ] {
        for is_large in [false, true] {
            let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .large_file(is_large);
            for (name, content) in MEMBERS {
                zip.start_file(name, options).expect("begun");
                zip.write_all(content).expect("written");
            }
            let bytes = zip.finish().expect("an archive").into_inner();
            as_told(unzipped(&bytes).expect("a zip"));
        }
    }
    for header in [
        tar::Header::new_gnu,
        tar::Header::new_ustar,
        tar::Header::new_old,
    ] {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in MEMBERS {
            let mut header = header();
            header.set_size(content.len() as u64);
            builder
                .append_data(&mut header, name, content)
                .expect("added");
        }
        as_told(untarred(&builder.into_inner().expect("an archive")).expect("a tar"));
    }
}

#[test]
fn a_container_is_known_by_its_first_bytes() {
    let packed = |format| {
        let mut packed = Vec::new();
        let mut encoder =
            read::Encoder::new(&b"text"[..], &Settings::new(format, 1)).expect("an encoder");
        encoder.read_to_end(&mut packed).expect("packed");
        packed
    };
    for format in Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Brotli)
    {
        assert_eq!(
            Container::sniff(&packed(format)),
            Some(Container::Stream(format))
        );
    }
    let zip = Some(Container::Zip);
    assert_eq!(Container::sniff(&zip_of(&MEMBERS, &SETTINGS)), zip);
    assert_eq!(Container::sniff(&zip_of(&[], &SETTINGS)), zip);
    let old = tar_with(tar::EntryType::Regular, "a", b"a");
    assert_eq!(Container::sniff(&old), Some(Container::Tar));
    for other in [&b""[..], b"text", &[0; 512], &packed(Format::Brotli)] {
        assert_eq!(Container::sniff(other), None);
    }
}

#[test]
fn what_is_no_file_has_no_content_and_is_told() {
    use tar::EntryType;
    for (kind, told) in [
        (EntryType::Symlink, EntryKind::Other("a symbolic link")),
        (EntryType::Link, EntryKind::Other("a hard link")),
        (EntryType::Char, EntryKind::Other("a device")),
        (EntryType::Fifo, EntryKind::Other("a named pipe")),
        (EntryType::Directory, EntryKind::Folder),
    ] {
        let bytes = [tar_with(kind, "it", b""), tar_of(&MEMBERS)].concat();
        // The first archive ends before the second.
        let end = bytes.len() - tar_of(&MEMBERS).len() - 1024;
        let bytes = [&bytes[..end], &tar_of(&MEMBERS)].concat();
        let mut members = untarred(&bytes).expect("a tar");
        assert_eq!(members.remove(0), ("it".to_owned(), told, vec![]));
        as_told(members);
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.add_directory("folder", options).expect("a folder");
    zip.add_symlink("link", "/etc/passwd", options)
        .expect("a link");
    let bytes = zip.finish().expect("an archive").into_inner();
    let members = unzipped(&bytes).expect("a zip");
    assert_eq!(
        members[0],
        ("folder/".to_owned(), EntryKind::Folder, vec![])
    );
    let link = EntryKind::Other("a symbolic link");
    assert_eq!(members[1], ("link".to_owned(), link, vec![]));
    // What Info-ZIP packs from a pipe.
    let mut bytes = zip_of(&[("-", b"piped")], &SETTINGS);
    let directory = find(&bytes, b"PK\x01\x02");
    bytes[directory + 40..directory + 42].copy_from_slice(&0o010_644_u16.to_le_bytes());
    let members = unzipped(&bytes).expect("a zip");
    assert_eq!(members[0].2, b"piped");
}

#[test]
fn members_that_overlap_are_refused() {
    // Two records of the directory lead to one member: David Fifield's bomb in small.
    let bytes = zip_of(&[("aa", &[0; 9000]), ("bb", &[0; 9000])], &SETTINGS);
    let directory = find(&bytes, b"PK\x01\x02");
    let second = directory + 4 + find(&bytes[directory + 4..], b"PK\x01\x02");
    let mut twice = bytes.clone();
    twice[second + 42..second + 46].copy_from_slice(&bytes[directory + 42..directory + 46]);
    assert_eq!(fault(unzipped(&twice)), Fault::Overlapping("zip"));
    // A member that reaches into the directory.
    let mut long = bytes;
    let size = u32::try_from(directory).expect("small");
    long[second + 20..second + 24].copy_from_slice(&size.to_le_bytes());
    assert_eq!(fault(unzipped(&long)), Fault::Overlapping("zip"));
}

#[test]
fn a_member_beyond_the_end_is_damage() {
    let bytes = zip_of(&[("a", &[0; 9000])], &SETTINGS);
    let directory = find(&bytes, b"PK\x01\x02");
    let end = find(&bytes, b"PK\x05\x06");
    for place in [bytes.len() as u64, 1 << 62, 1 << 63, u64::MAX] {
        let mut far = bytes.clone();
        // Its place is told in zip64 form.
        far[directory + 42..directory + 46].fill(0xff);
        let field = [&[1, 0, 8, 0][..], &place.to_le_bytes()].concat();
        for len in [directory + 30, end + 12] {
            far[len] += u8::try_from(field.len()).expect("small");
        }
        far.splice(end..end, field);
        let fault = fault(unzipped(&far));
        assert!(
            matches!(fault, Fault::Damaged("zip") | Fault::Truncated("zip")),
            "{place}: {fault}"
        );
    }
}

#[test]
fn sizes_and_sums_that_lie_are_damage() {
    let bytes = zip_of(&[("a", &[0; 9000])], &SETTINGS);
    let directory = find(&bytes, b"PK\x01\x02");
    for field in [16, 24] {
        for change in [1, 255] {
            let mut lying = bytes.clone();
            lying[directory + field] = lying[directory + field].wrapping_add(change);
            assert_eq!(
                fault(unzipped(&lying)),
                Fault::Damaged("zip"),
                "{field} {change}"
            );
        }
    }
}

#[test]
fn what_is_encrypted_or_packed_by_an_unknown_method_is_not_read() {
    let bytes = zip_of(&[("a", &[0; 9000])], &SETTINGS);
    let directory = find(&bytes, b"PK\x01\x02");
    let with = |field: usize, value| {
        let mut other = bytes.clone();
        other[directory + field] = value;
        fault(unzipped(&other))
    };
    assert_eq!(with(8, 1), Fault::Encrypted);
    let Fault::Unsupported(why) = with(10, 14) else {
        panic!("14 is LZMA");
    };
    assert!(why.starts_with("it is packed by "), "{why}");
}

#[test]
fn no_archive_has_more_members_or_longer_names_than_it_may() {
    let limits = ArchiveLimits {
        entries: 3,
        names: 1000,
    };
    let many: Vec<(&str, &[u8])> = vec![("a", b""); 4];
    let long = "x".repeat(501);
    let two: Vec<(&str, &[u8])> = vec![(&long, b""); 2];
    for (members, what) in [(&many, "members"), (&two, "bytes of names")] {
        let zip = zip_of(members, &SETTINGS);
        assert_eq!(fault(unzipped_within(&zip, limits)), Fault::TooMany(what));
        let tar = tar_of(members);
        let mut reader = TarReader::new(&tar[..], limits);
        let found = loop {
            match reader.next_entry() {
                Ok(entry) => assert!(entry.is_some(), "{what}"),
                Err(error) => break fault::<()>(Err(error)),
            }
        };
        assert_eq!(found, Fault::TooMany(what));
    }
}

#[test]
fn a_name_of_gigabytes_is_refused_before_it_is_read() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_path("././@LongLink").expect("a name");
    header.set_size(4 << 30);
    header.set_cksum();
    let endless = Cursor::new(header.as_bytes().to_vec()).chain(io::repeat(b'x'));
    let mut tar = TarReader::new(endless, ArchiveLimits::default());
    assert_eq!(fault(tar.next_entry()), Fault::TooMany("bytes of names"));
}

#[test]
fn headers_that_describe_nothing_come_to_an_end() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::XGlobalHeader);
    header.set_size(0);
    header.set_cksum();
    let bytes = header.as_bytes().repeat(1000);
    assert_eq!(fault(untarred(&bytes)), Fault::Damaged("tar"));
}

#[test]
fn what_others_mark_as_a_program_or_a_secret_is_one() {
    let told = |entry: &Entry| (entry.attributes.is_executable, entry.attributes.is_private);
    for (mode, expected) in [
        (0o755, (true, false)),
        (0o700, (true, true)),
        (0o644, (false, false)),
        (0o611, (false, true)),
        (0o640, (false, true)),
        (0, (false, false)),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_path("a").expect("a name");
        header.set_size(0);
        header.set_mode(mode);
        header.set_cksum();
        let mut tar = TarReader::new(&header.as_bytes()[..], ArchiveLimits::default());
        let (entry, _) = tar.next_entry().expect("a tar").expect("a member");
        assert_eq!(told(&entry), expected, "tar, {mode:o}");

        let options = zip::write::SimpleFileOptions::default().unix_permissions(mode);
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("a", options).expect("begun");
        let bytes = zip.finish().expect("an archive").into_inner();
        let mut zip = ZipReader::open(Cursor::new(bytes), ArchiveLimits::default()).expect("a zip");
        let (entry, _) = zip.next_entry().expect("a member");
        assert_eq!(told(&entry), expected, "zip, {mode:o}");
    }
}

#[test]
fn pax_says_names_sizes_and_times() {
    let mut builder = tar::Builder::new(Vec::new());
    let pax = [
        ("path", &b"far/\xc3\xa9"[..]),
        ("mtime", b"1600000000.5"),
        ("size", b"3"),
    ];
    builder.append_pax_extensions(pax).expect("a header");
    let mut header = tar::Header::new_ustar();
    header.set_size(3);
    header.set_cksum();
    builder.append(&header, &b"abc"[..]).expect("added");
    let bytes = builder.into_inner().expect("an archive");
    let mut tar = TarReader::new(&bytes[..], ArchiveLimits::default());
    let (entry, mut content) = tar.next_entry().expect("a tar").expect("a member");
    assert_eq!(
        (entry.name.as_str(), entry.attributes.modified),
        ("far/\u{e9}", Some(1_600_000_000))
    );
    let mut text = String::new();
    content.read_to_string(&mut text).expect("a content");
    assert_eq!(text, "abc");
}

/// A tar of a pax header of those records, and of the file that it is about.
fn tar_with_pax(records: &[u8]) -> Vec<u8> {
    let header = |kind, size| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_path("name").expect("a name");
        header.set_size(size);
        header.set_cksum();
        *header.as_bytes()
    };
    let mut block = records.to_vec();
    block.resize(records.len().next_multiple_of(512), 0);
    let pax = header(tar::EntryType::XHeader, records.len() as u64);
    let file = header(tar::EntryType::Regular, 0);
    [&pax[..], &block, &file, &[0; 1024]].concat()
}

#[test]
fn a_record_of_pax_is_as_long_as_it_says() {
    let tar = tar_with_pax(b"28 comment=two\n11 path=lies\n13 path=true\n");
    assert_eq!(untarred(&tar).expect("a tar")[0].0, "true");
    for damaged in [
        &b"13 path=true"[..],
        b"12 path=true\n",
        b"14 path=true\n",
        b"99999999999999999999 path=true\n",
        b"13path=true\n",
        b"9 pathtr\n",
        b"0 ",
        b" \n",
    ] {
        let found = fault(untarred(&tar_with_pax(damaged)));
        assert_eq!(found, Fault::Damaged("tar"), "{damaged:?}");
    }
}

#[test]
fn the_maps_of_a_sparse_file_are_passed_over() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_path("sparse").expect("a name");
    header.set_size(3);
    header.as_mut_bytes()[482] = 1;
    header.set_cksum();
    let mut map = [1; 512];
    let mut last = map;
    (map[504], last[504]) = (1, 0);
    let mut content = [0; 512];
    content[..3].copy_from_slice(b"abc");
    let whole = [&header.as_bytes()[..], &map, &last, &content].concat();
    let members = untarred(&[&whole[..], &tar_of(&MEMBERS)].concat()).expect("a tar");
    let (sparse, others) = members.split_first().expect("a member");
    assert!(matches!(sparse.1, EntryKind::Other(_)), "{sparse:?}");
    as_told(others.to_vec());
    let cut = &whole[..whole.len() - 1024];
    assert_eq!(fault(untarred(cut)), Fault::Truncated("tar"));
}

#[test]
fn old_forms_of_numbers_in_a_tar_are_read() {
    let first = |header: &tar::Header| {
        let bytes = [&header.as_bytes()[..], &[0; 1024]].concat();
        let mut tar = TarReader::new(&bytes[..], ArchiveLimits::default());
        tar.next_entry().expect("a tar").expect("a member").0
    };
    let mut header = tar::Header::new_gnu();
    header.set_path("na\u{ef}ve").expect("a name");
    header.set_size(0);
    // Seconds before 1970, in base 256.
    header.as_old_mut().mtime = [0xff; 12];
    header.set_cksum();
    assert_eq!(first(&header).attributes.modified, Some(-1));
    // The sum of bytes that were taken for signed ones.
    let sum = header.cksum().expect("a sum");
    let large = header.as_bytes().iter().filter(|byte| **byte >= 0x80);
    let signed = sum - 256 * u32::try_from(large.count()).expect("few");
    let field = &mut header.as_old_mut().cksum;
    field.copy_from_slice(format!("{signed:06o}\0 ").as_bytes());
    assert_eq!(first(&header).name, "na\u{ef}ve");
    header.as_old_mut().cksum[5] ^= 1;
    let damaged = [&header.as_bytes()[..], &[0; 1024]].concat();
    assert_eq!(fault(untarred(&damaged)), Fault::Damaged("tar"));
}

#[test]
fn a_folder_of_windows_is_a_folder() {
    let mut bytes = zip_of(&[("a/bc", b"")], &SETTINGS);
    while let Some(place) = bytes.windows(4).position(|it| it == b"a/bc") {
        bytes[place..place + 4].copy_from_slice(b"a\\b\\");
    }
    let members = unzipped(&bytes).expect("a zip");
    assert_eq!(members, [("a/b/".to_owned(), EntryKind::Folder, vec![])]);
}

#[test]
fn what_is_refused_does_not_keep_others_from_being_read() {
    let mut bytes = zip_of(&[("a", b"secret"), ("b", b"two")], &SETTINGS);
    let directory = find(&bytes, b"PK\x01\x02");
    bytes[directory + 8] |= 1;
    let mut zip = ZipReader::open(Cursor::new(bytes), ArchiveLimits::default()).expect("a zip");
    let (entry, mut content) = zip.next_entry().expect("a member");
    assert_eq!(entry.name, "a");
    let refused = fault(content.read(&mut [0]));
    assert_eq!(refused, Fault::Encrypted);
    let (_, mut content) = zip.next_entry().expect("a member");
    let mut text = String::new();
    content.read_to_string(&mut text).expect("a content");
    assert_eq!(text, "two");
}

#[test]
fn the_memory_of_a_decoder_is_known_by_the_head() {
    use filittle_pack::decoder_memory;
    let head = |format, level| {
        let mut head = Vec::new();
        read::Encoder::new(&b"text"[..], &Settings::new(format, level))
            .expect("an encoder")
            .read_to_end(&mut head)
            .expect("packed");
        head
    };
    let mib = |format, level| decoder_memory(format, &head(format, level)) >> 20;
    assert_eq!(mib(Format::Xz, 0), 1);
    assert_eq!((mib(Format::Xz, 6), mib(Format::Xz, 9)), (9, 65));
    assert_eq!(decoder_memory(Format::Xz, b"cut") >> 20, 130);
    // Delta and x86 filters before LZMA2, whose properties look like another one.
    let mut block = vec![0; 12];
    block.extend([5, 2, 3, 1, 0xff, 4, 4, 0, 0x21, 1, 0, 0x21, 1, 28]);
    assert_eq!(decoder_memory(Format::Xz, &block) >> 20, 65);
    assert!(mib(Format::Zstd, 3) < 10);
}

#[test]
fn what_is_left_of_a_member_is_passed_over() {
    let bytes = tar_of(&MEMBERS);
    let mut tar = TarReader::new(&bytes[..], ArchiveLimits::default());
    let mut names = Vec::new();
    let mut before = None;
    while let Some((entry, mut content)) = tar.next_entry().expect("a tar") {
        let mut one = [0];
        let _ = content.read(&mut one).expect("a byte");
        names.push(entry.name);
        if let Some(mut before) = before.replace(content) {
            assert_eq!(before.read(&mut one).expect("nothing"), 0);
        }
    }
    assert_eq!(names, MEMBERS.map(|(name, _)| name));
}

#[test]
fn an_archive_that_ends_early_is_never_whole() {
    let members = [("a", &[7; 700][..]), ("b", b"two")];
    let tar = tar_of(&members);
    for len in 1..tar.len() - 1023 {
        let mut reader = TarReader::new(&tar[..len], ArchiveLimits::default());
        let ended = loop {
            match reader.next_entry() {
                Ok(Some(_)) => {}
                Ok(None) => break Ok(reader.has_end()),
                Err(error) => break Err(fault::<()>(Err(error))),
            }
        };
        // Between two members it may be cut off without harm to those before.
        let is_whole_so_far = Ok(false);
        assert!(
            ended == is_whole_so_far || ended == Err(Fault::Truncated("tar")),
            "{len}"
        );
    }
    let zip = zip_of(&members, &SETTINGS);
    for len in 0..zip.len() {
        let found = fault(unzipped(&zip[..len]));
        assert_eq!(found, Fault::Truncated("zip"), "{len}");
    }
}

#[test]
fn no_flipped_bit_of_a_zip_changes_a_content() {
    let members = [("a", &[7; 700][..]), ("b", b"two")];
    let zip = zip_of(&members, &SETTINGS);
    for bit in 0..zip.len() * 8 {
        let mut damaged = zip.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let Ok(found) = unzipped(&damaged) else {
            continue;
        };
        for ((_, kind, content), (_, right)) in found.iter().zip(members) {
            assert!(*kind != EntryKind::File || content == right, "{bit}");
        }
    }
}

#[test]
fn what_stands_around_an_archive_is_counted() {
    let zip = zip_of(&MEMBERS, &SETTINGS);
    let bytes = [b"#!/bin/sh\n", &zip[..]].concat();
    let reader = ZipReader::open(Cursor::new(bytes.clone()), ArchiveLimits::default());
    assert_eq!(reader.expect("a zip").around(), 10);
    as_told(unzipped(&bytes).expect("a zip"));
    let tar = [&tar_of(&MEMBERS)[..], b"more"].concat();
    let mut reader = TarReader::new(&tar[..], ArchiveLimits::default());
    while reader.next_entry().expect("a tar").is_some() {}
    assert_eq!(reader.trailing(), 4);
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    let place = bytes.windows(what.len()).position(|part| part == what);
    place.expect("it is there")
}
