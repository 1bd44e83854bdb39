//! What is packed, by us or by others, becomes files again.
#![cfg(feature = "codecs")]

mod kit;

use std::{
    io::{Cursor, Write},
    sync::{Arc, Mutex},
};

use ::png::ColorType;
use filittle_steps::CompressFormat;
use filittle_transform::{Admit, Attributes, Limits, memory_needed};
use kit::{Done, input, png, scene, steps, work, work_within};
use serde_json::json;

fn text(len: usize) -> Vec<u8> {
    (0_u32..)
        .flat_map(|n| format!("{}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .take(len)
        .collect()
}

/// The bytes that steps make of one input.
fn made(steps: serde_json::Value, name: &str, content: &[u8]) -> Vec<u8> {
    let mut done = work(steps, vec![input(name, content)]);
    assert_eq!(done.codes(), [""]);
    done.files.remove(0).1
}

fn unpacked(name: &str, bytes: &[u8]) -> Done {
    work(json!([{"op": "decompress"}]), vec![input(name, bytes)])
}

/// A zip of others, with names as they are given.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("begun");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("an archive").into_inner()
}

fn tar(members: &[(tar::EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (kind, name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        // As nobody of good will writes it.
        let place = &mut header.as_old_mut().name;
        place[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *content).expect("added");
    }
    builder.into_inner().expect("an archive")
}

#[test]
fn a_stream_of_any_format_becomes_what_it_was() {
    let content = text(700_000);
    for (format, ending) in [
        ("zstd", "zst"),
        ("gzip", "gz"),
        ("brotli", "br"),
        ("xz", "xz"),
        ("lz4", "lz4"),
        ("bzip2", "bz2"),
    ] {
        let step = json!([{"op": "compress", "format": format, "level": "fast"}]);
        let packed = made(step, "a.txt", &content);
        let long = unpacked(&format!("a.txt.{}", format.to_uppercase()), &packed);
        assert_eq!(long.names(), ["a.txt"], "{format}");
        let done = unpacked(&format!("a.txt.{ending}"), &packed);
        assert_eq!(
            (done.codes(), done.names()),
            (vec![""], vec!["a.txt"]),
            "{format}"
        );
        assert_eq!(done.files[0].0.media_type, "text/plain");
        assert!(done.files[0].1 == content, "{format}");
    }
}

#[test]
fn an_archive_of_any_format_becomes_its_files() {
    let names = ["a.txt", "folder/b.txt", "folder/deep/c"];
    let contents = [text(1000), Vec::new(), text(600_000)];
    for format in ["zip", "tar", "tar.zst", "tar.gz", "tar.xz"] {
        let inputs = names.into_iter().zip(&contents);
        let inputs = inputs
            .map(|(name, content)| input(name, &content[..]))
            .collect();
        let done = work(
            json!([{"op": "compress", "format": format, "level": "fast"}]),
            inputs,
        );
        let packed = &done.files[0].1;
        let done = unpacked("it", packed);
        assert_eq!(
            (done.codes(), done.names()),
            (vec![""], names.to_vec()),
            "{format}"
        );
        for ((_, bytes), content) in done.files.iter().zip(&contents) {
            assert!(bytes == content, "{format}");
        }
    }
}

#[test]
fn a_format_that_is_said_is_not_looked_for() {
    let content = text(70_000);
    let unpack = |format: &str, name: &str, bytes: &[u8]| {
        work(
            json!([{"op": "decompress", "format": format}]),
            vec![input(name, bytes)],
        )
    };
    let only = |done: Done| {
        let [(meta, bytes)] = &done.files[..] else {
            panic!("{:?}", done.codes());
        };
        (meta.name.clone(), bytes.clone())
    };
    let packed = made(
        json!([{"op": "compress", "format": "brotli"}]),
        "a",
        &content,
    );
    let done = unpack("brotli", "download", &packed);
    assert!(only(done) == ("download".to_owned(), content.clone()));
    let tar = tar(&[(tar::EntryType::Regular, "x", &content)]);
    for (format, packed_tar) in [("zstd", "tar.zst"), ("gzip", "tar.gz"), ("xz", "tar.xz")] {
        let packed = made(json!([{"op": "compress", "format": format}]), "a", &tar);
        let done = unpack(format, &format!("a.{packed_tar}"), &packed);
        assert!(only(done) == ("a.tar".to_owned(), tar.clone()), "{format}");
        let done = unpack(packed_tar, "a", &packed);
        assert!(only(done) == ("x".to_owned(), content.clone()), "{format}");
        assert_eq!(unpack("lz4", "a", &packed).codes(), ["unsupported-archive"]);
        assert_eq!(unpack("zip", "a", &packed).codes(), ["unsupported-archive"]);
        assert_eq!(unpack("tar", "a", &packed).codes(), ["unsupported-archive"]);
    }
    for nothing in [
        &b""[..],
        b"3,4,5 is a list, and begins as an empty stream of brotli",
    ] {
        for format in CompressFormat::NAMES {
            let done = unpack(format, "a", nothing);
            assert!(!done.codes()[0].is_empty(), "{format}");
            let packed = made(json!([{"op": "compress", "format": "gzip"}]), "a", nothing);
            let done = unpack("tar.gz", "a", &packed);
            assert_eq!(done.codes(), ["unsupported-archive"], "{format}");
        }
    }
    assert!(only(unpack("tar", "a.txt", &tar)) == ("x".to_owned(), content));
}

#[test]
fn steps_go_on_with_each_file_of_an_archive() {
    let photo = png(40, 30, ColorType::Rgb, &scene(40, 30, 3));
    let archive = zip(&[("a/one.png", &photo), ("two.png", &photo)]);
    let steps = json!([
        {"op": "decompress"}, {"op": "dither"}, {"op": "compress", "format": "zip"},
    ]);
    let done = work(steps, vec![input("photos.zip", &archive[..])]);
    assert_eq!(done.codes(), [""]);
    let back = unpacked("it", &done.files[0].1);
    assert_eq!(back.names(), ["a/one.png", "two.png"]);
    assert_eq!(kit::decoded(&back.files[1].1).width, 40);
}

#[test]
fn an_archive_with_a_file_that_fails_is_not_in_the_next_one() {
    let photo = png(40, 30, ColorType::Rgb, &scene(40, 30, 3));
    let bad = zip(&[("one.png", &photo), ("folder/no.png", b"no picture")]);
    let good = zip(&[("two.png", &photo)]);
    let steps = json!([
        {"op": "decompress"}, {"op": "dither"}, {"op": "compress", "format": "zip"},
    ]);
    let done = work(
        steps,
        vec![input("bad.zip", &bad[..]), input("good.zip", &good[..])],
    );
    assert_eq!(done.codes(), ["unsupported-media-type", ""]);
    let told = done.reports[0]
        .result
        .as_ref()
        .expect_err("bad")
        .to_string();
    assert!(told.starts_with("folder/no.png: "), "{told}");
    assert_eq!(unpacked("it", &done.files[0].1).names(), ["two.png"]);
}

#[test]
fn no_name_leads_out_of_the_outputs_and_the_changed_ones_are_told() {
    let members: [(&str, &[u8]); 6] = [
        ("../../etc/passwd", b"1"),
        ("/root/.ssh/id", b"2"),
        ("a\u{202e}gpj.exe", b"3"),
        ("same", b"4"),
        ("Same", b"5"),
        ("same/below", b"6"),
    ];
    let clean = [
        "etc/passwd",
        "root/.ssh/id",
        "agpj.exe",
        "same",
        "Same (2)",
        "same (3)/below",
    ];
    let regular = members.map(|(name, content)| (tar::EntryType::Regular, name, content));
    for archive in [zip(&members), tar(&regular)] {
        let done = unpacked("it", &archive);
        assert_eq!((done.codes(), done.names()), (vec![""], clean.to_vec()));
        let notes = &done.reports[0].notes;
        assert_eq!(notes.len(), 5, "{notes:?}");
        assert_eq!(notes[0], "`../../etc/passwd` is called `etc/passwd`");
        assert_eq!(notes[2], "`a\\u{202e}gpj.exe` is called `agpj.exe`");
    }
}

#[test]
fn links_and_devices_are_left_out_and_told() {
    use tar::EntryType;
    let archive = tar(&[
        (EntryType::Symlink, "link", b""),
        (EntryType::Directory, "folder/", b""),
        (EntryType::Regular, "folder/a", b"a"),
        (EntryType::Char, "tty", b""),
    ]);
    let done = unpacked("it.tar", &archive);
    assert_eq!(done.names(), ["folder/a"]);
    assert_eq!(
        done.reports[0].notes,
        [
            "`link` was left out: a symbolic link",
            "`tty` was left out: a device"
        ]
    );
}

#[test]
fn nothing_becomes_a_thousand_times_as_large() {
    let limits = Limits {
        expansion_from: 1 << 20,
        expansion: 100,
        ..Limits::default()
    };
    let zeros = vec![0; 10 << 20];
    for format in [
        "zstd", "gzip", "brotli", "xz", "lz4", "bzip2", "zip", "tar.zst",
    ] {
        let packed = made(
            json!([{"op": "compress", "format": format}]),
            "zeros",
            &zeros,
        );
        let name = format!("zeros.{}", if format == "brotli" { "br" } else { format });
        let steps = json!([{"op": "decompress"}]);
        let done = work_within(&limits, steps, vec![input(&name, &packed[..])]).expect("a run");
        let is_bomb = packed.len() * 100 < zeros.len();
        let code = if is_bomb { "expansion-too-large" } else { "" };
        assert_eq!(done.codes(), [code], "{format} {}", packed.len());
        assert_eq!(done.files.is_empty(), is_bomb, "{format}");
    }
}

#[test]
fn no_archive_gives_more_files_than_it_may() {
    let many: Vec<(&str, &[u8])> = vec![("a", b"a"); 5];
    let archive = zip(&many
        .iter()
        .enumerate()
        .map(|(n, (_, content))| (["a", "b", "c", "d", "e"][n], *content))
        .collect::<Vec<_>>());
    for (limits, code) in [
        (
            Limits {
                entries: 4,
                ..Limits::default()
            },
            "too-many-entries",
        ),
        (
            Limits {
                outputs: 4,
                ..Limits::default()
            },
            "too-many-outputs",
        ),
        (
            Limits {
                outputs: 5,
                entries: 5,
                ..Limits::default()
            },
            "",
        ),
    ] {
        let steps = json!([{"op": "decompress"}]);
        let done = work_within(&limits, steps, vec![input("it", &archive[..])]).expect("a run");
        assert_eq!(done.codes(), [code]);
    }
}

#[test]
fn archives_in_archives_are_not_a_way_around_the_bound() {
    let limits = Limits {
        expansion_from: 10 << 20,
        ..Limits::default()
    };
    let zeros = vec![0; 3 << 20];
    let inner = made(
        json!([{"op": "compress", "format": "zip"}]),
        "zeros",
        &zeros,
    );
    let five: Vec<(&str, &[u8])> = ["a", "b", "c", "d", "e"]
        .map(|name| (name, &inner[..]))
        .into();
    let outer = zip(&five);
    assert!(outer.len() < 10_000, "it would be allowed");
    let unpack = json!({"op": "decompress"});
    let steps = [json!([unpack]), json!([unpack, unpack])];
    let codes = steps.map(|steps| {
        let inputs = vec![input("outer.zip", &outer[..])];
        work_within(&limits, steps, inputs).expect("a run").codes()
    });
    assert_eq!(codes, [[""], ["expansion-too-large"]]);
}

#[test]
fn files_of_archives_in_archives_are_counted_while_they_come() {
    let limits = Limits {
        entries: 5,
        ..Limits::default()
    };
    let inner = zip(&[("a", b"a"), ("b", b"b"), ("c", b"c")]);
    // To read as far as what is no archive would be to read on after the bound.
    let outer = zip(&[("one", &inner), ("two", &inner), ("three", b"no archive")]);
    let steps = json!([
        {"op": "decompress"}, {"op": "decompress"}, {"op": "compress", "format": "zip"}
    ]);
    let done = work_within(&limits, steps, vec![input("outer.zip", &outer[..])]).expect("a run");
    assert_eq!(done.codes(), ["too-many-entries"]);
}

#[test]
fn what_is_damaged_or_no_archive_fails_alone() {
    let packed = made(json!([{"op": "compress"}]), "a", &text(100_000));
    let mut damaged = packed.clone();
    damaged[packed.len() / 2] ^= 1;
    let mut encrypted = zip(&[("secret", b"text")]);
    let directory = encrypted.windows(4).position(|it| it == b"PK\x01\x02");
    encrypted[directory.expect("a directory") + 8] |= 1;
    let done = work(
        json!([{"op": "decompress"}]),
        vec![
            input("a", &packed[..]),
            input("b", &packed[..packed.len() - 1]),
            input("c", damaged),
            input("d", "a text"),
            input("e", ""),
            input("f", encrypted),
        ],
    );
    assert_eq!(
        done.codes(),
        [
            "",
            "truncated-archive",
            "damaged-archive",
            "unsupported-archive",
            "unsupported-archive",
            "encrypted-archive"
        ]
    );
    assert_eq!(done.names(), ["a"]);
}

#[test]
fn a_bad_archive_takes_no_room_from_others() {
    let mut bad = tar(&[
        (tar::EntryType::Regular, "folder/a", b"a"),
        (tar::EntryType::Regular, "folder/b", b"b"),
        (tar::EntryType::Regular, "c", b"c"),
    ]);
    bad.truncate(bad.len() - 1024 - 512);
    let good: Vec<(&str, &[u8])> = vec![("folder/a", b"1"), ("FOLDER/b", b"2"), ("c", b"3")];
    let limits = Limits {
        outputs: 3,
        entries: 4,
        output_bytes: 3,
        ..Limits::default()
    };
    let inputs = vec![input("bad.tar", &bad[..]), input("good.zip", zip(&good))];
    let done = work_within(&limits, json!([{"op": "decompress"}]), inputs).expect("a run");
    assert_eq!(done.codes(), ["truncated-archive", ""]);
    assert_eq!(done.names(), ["folder/a", "folder/b", "c"]);
}

#[test]
fn folders_count_as_names() {
    let limits = Limits {
        entries: 100,
        ..Limits::default()
    };
    let deep: String = "a/".repeat(45);
    let names = [
        format!("b/{deep}c"),
        format!("d/{deep}e"),
        format!("f/{deep}g"),
    ];
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b""[..])).collect();
    for (count, code) in [(2, ""), (3, "too-many-entries")] {
        let inputs = vec![input("it", zip(&members[..count]))];
        let done = work_within(&limits, json!([{"op": "decompress"}]), inputs).expect("a run");
        assert_eq!(done.codes(), [code]);
    }
}

#[test]
fn an_archive_without_files_is_no_mistake() {
    let empty = [0; 10240];
    let packed = made(
        json!([{"op": "compress", "format": "gzip"}]),
        "a.tar",
        &empty,
    );
    for (name, bytes) in [
        ("a.tar", &empty[..]),
        ("a.tar.gz", &packed),
        ("a.tgz", &packed),
        ("a.zip", &zip(&[])),
    ] {
        let done = unpacked(name, bytes);
        assert_eq!((done.codes(), done.names()), (vec![""], vec![]), "{name}");
    }
    assert_eq!(unpacked("zeros", &empty).codes(), ["unsupported-archive"]);
}

#[test]
fn zeros_in_front_of_files_are_damage() {
    let tar = tar(&[(tar::EntryType::Regular, "a", b"a")]);
    let bytes = [&[0; 1024], &tar[..]].concat();
    assert_eq!(unpacked("a.tar", &bytes).codes(), ["damaged-archive"]);
}

#[test]
fn an_input_with_more_names_than_an_archive_may_have_fails_alone() {
    let three: Vec<(&str, &[u8])> = vec![("a", b"1"), ("b", b"2"), ("c/d", b"3")];
    let limits = Limits {
        entries: 5,
        ..Limits::default()
    };
    let steps = json!([{"op": "decompress"}, {"op": "compress", "format": "zip"}]);
    let inputs = vec![
        input("a.zip", zip(&three)),
        input("b.zip", zip(&three)),
        input("c.zip", zip(&[("e", b"4")])),
    ];
    let done = work_within(&limits, steps, inputs).expect("a run");
    assert_eq!(done.codes(), ["", "too-many-entries", ""]);
    let members = unpacked("files.zip", &done.files[0].1);
    assert_eq!(members.names(), ["a", "b", "c/d", "e"]);
}

#[test]
fn what_unpacking_needs_is_asked_for_with_all_that_was_known() {
    let packed = made(
        json!([{"op": "compress", "format": "xz", "level": 9}]),
        "a",
        &vec![0; 20 << 20],
    );
    let twice = made(json!([{"op": "compress", "format": "zstd"}]), "a", &packed);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let limits = Limits {
        admit: Some(Admit::new(move |bytes| {
            log.lock().expect("a log").push(bytes >> 20);
            Ok(())
        })),
        ..Limits::default()
    };
    let unpack = json!({"op": "decompress"});
    let pack = json!({"op": "compress", "format": "xz", "level": 9});
    let inputs = vec![input("a.zst", &twice[..])];
    let done = work_within(&limits, json!([unpack, unpack, pack]), inputs).expect("a run");
    assert_eq!(done.codes(), [""]);
    // The window of xz while it is unpacked, besides what packing takes.
    let known = memory_needed(
        &steps(json!([unpack, unpack, pack])),
        None,
        twice.len() as u64,
        &limits,
    ) >> 20;
    let most = asked.lock().expect("a log").iter().copied().max();
    assert!(known >= 600 && most >= Some(known + 20), "{known} {most:?}");
}

#[test]
fn what_follows_the_end_is_told() {
    let mut packed = made(
        json!([{"op": "compress", "format": "gzip"}]),
        "a",
        b"content",
    );
    packed.extend(b"more");
    let done = unpacked("a.gz", &packed);
    assert_eq!(done.files[0].1, b"content");
    assert_eq!(
        done.reports[0].notes,
        ["4 bytes after the end were left out"]
    );
}

#[test]
fn attributes_go_through_an_archive() {
    let attributes = Attributes {
        modified: Some(1_600_000_000),
        is_executable: true,
        is_private: true,
    };
    for format in ["zip", "tar"] {
        let step = json!({"op": "compress", "format": format});
        let steps = json!([step, {"op": "decompress"}, {"op": "compress", "format": "gzip"}]);
        let mut a = input("a", "a");
        a.attributes = attributes;
        let done = work(steps, vec![a]);
        assert_eq!(done.files[0].0.attributes, attributes, "{format}");
    }
}
