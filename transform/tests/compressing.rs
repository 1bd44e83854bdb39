//! Round trips through real decoders.
#![cfg(feature = "codecs")]

mod kit;

use std::io::{Cursor, Read};

use ::png::ColorType;
use filittle_transform::{Error, Limits};
use kit::{input, one, png, scene, work, work_within};
use serde_json::json;

fn contents() -> Vec<Vec<u8>> {
    let mut seed = 7u32;
    let mut noise = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0] % 23
    };
    vec![
        Vec::new(),
        vec![7],
        (0..10 << 20).map(|_| noise()).collect(),
    ]
}

fn unzip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).expect("a member");
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("content");
            (file.name().expect("UTF-8").into_owned(), content)
        })
        .collect()
}

#[test]
fn zstd_gives_back_what_went_in() {
    for content in contents() {
        for level in [json!("fast"), json!("balanced"), json!(9)] {
            let packed = one(
                json!([{"op": "compress", "level": level}]),
                "a",
                content.clone(),
            );
            assert!(zstd::decode_all(&packed[..]).expect("zstd") == content);
        }
    }
}

#[test]
fn a_zstd_frame_tells_its_size_and_has_a_checksum() {
    let mut packed = one(json!([{"op": "compress"}]), "a", vec![65; 5000]);
    assert_eq!(
        zstd::zstd_safe::get_frame_content_size(&packed).expect("a frame"),
        Some(5000)
    );
    let last = packed.len() - 1;
    packed[last] ^= 1;
    assert!(zstd::decode_all(&packed[..]).is_err());
}

#[test]
fn no_level_of_zstd_needs_a_window_over_8_mib() {
    for level in 1..=22 {
        let packed = one(
            json!([{"op": "compress", "level": level}]),
            "a",
            vec![0; 40 << 20],
        );
        let mut decoder = zstd::Decoder::new(&packed[..]).expect("zstd");
        decoder.window_log_max(23).expect("a window");
        assert_eq!(
            std::io::copy(&mut decoder, &mut std::io::sink()).expect("zstd"),
            40 << 20
        );
    }
}

#[test]
fn gzip_is_one_member_and_gives_back_what_went_in() {
    for content in contents() {
        let packed = one(
            json!([{"op": "compress", "format": "gzip"}]),
            "a",
            content.clone(),
        );
        let mut decoder = flate2::bufread::GzDecoder::new(&packed[..]);
        let mut back = Vec::new();
        decoder.read_to_end(&mut back).expect("gzip");
        assert!(back == content && decoder.into_inner().is_empty());
        assert_eq!(&packed[4..8], [0; 4], "no time");
    }
}

#[test]
fn zip_gives_back_what_went_in_under_clean_and_different_names() {
    let [empty, one, big] = contents().try_into().expect("three");
    let inputs = vec![
        input("../a.txt", empty.clone()),
        input("..a.txt", one.clone()),
        input("naïve\u{202e}.txt", big.clone()),
    ];
    let done = work(json!([{"op": "compress", "format": "zip"}]), inputs);
    assert_eq!(done.names(), ["files.zip"]);
    assert_eq!(
        (done.files[0].0.item, done.files[0].0.media_type),
        (None, "application/zip")
    );
    let members = unzip(&done.files[0].1);
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a.txt", "a (2).txt", "naïve.txt"]);
    assert!(members[0].1 == empty && members[1].1 == one && members[2].1 == big);
}

#[test]
fn what_is_packed_already_is_stored_and_told() {
    let inputs = vec![
        input("a.png", png(64, 64, ColorType::Rgb, &scene(64, 64, 3))),
        input("a.txt", "text ".repeat(1000)),
    ];
    let done = work(json!([{"op": "compress", "format": "zip"}]), inputs);
    let told = "`a.png` is stored as it is: packing does not make it smaller";
    assert_eq!(done.reports[0].notes, [told]);
    assert!(done.reports[1].notes.is_empty());
    let mut archive = zip::ZipArchive::new(Cursor::new(&done.files[0].1)).expect("a zip");
    let mut method = |index| archive.by_index(index).expect("a member").compression();
    assert_eq!(method(0), zip::CompressionMethod::Stored);
    assert_eq!(method(1), zip::CompressionMethod::Deflated);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in ["zstd", "gzip", "zip"] {
        let pack = || {
            one(
                json!([{"op": "compress", "format": format}]),
                "a",
                "text ".repeat(999),
            )
        };
        assert!(pack() == pack(), "{format}");
    }
}

#[test]
fn steps_that_read_bytes_follow_steps_that_write_them() {
    let photo = png(40, 30, ColorType::Rgb, &scene(40, 30, 3));
    let steps = json!([
        {"op": "dither"},
        {"op": "compress", "format": "gzip"},
        {"op": "compress", "format": "zip", "name": "few.zip"},
        {"op": "compress"},
    ]);
    let done = work(
        steps,
        vec![input("a.jpg", photo.clone()), input("b.jpg", photo)],
    );
    assert_eq!(done.names(), ["few.zip.zst"]);
    let members = unzip(&zstd::decode_all(&done.files[0].1[..]).expect("zstd"));
    assert_eq!(members[1].0, "b.png.gz");
    let mut png = Vec::new();
    flate2::read::GzDecoder::new(&members[0].1[..])
        .read_to_end(&mut png)
        .expect("gzip");
    assert_eq!(kit::decoded(&png).width, 40);
}

#[test]
fn what_travels_between_steps_stays_within_its_quota() {
    let limits = Limits {
        spool_bytes: 1000,
        ..Limits::default()
    };
    let photo = png(64, 64, ColorType::Rgb, &scene(64, 64, 3));
    let steps = json!([{"op": "resize", "width": 60}, {"op": "compress"}]);
    let done = work_within(&limits, steps, vec![input("a.png", photo)]).expect("a run");
    assert_eq!(done.codes(), ["spool-too-large"]);
}

#[test]
fn outputs_stop_at_their_limit_and_are_discarded() {
    let limits = Limits {
        output_bytes: 1000,
        ..Limits::default()
    };
    let noise: Vec<u8> = scene(100, 100, 1);
    let inputs = vec![
        input("a", vec![0; 9000]),
        input("b", noise),
        input("c", vec![0; 9000]),
    ];
    let done = work_within(&limits, json!([{"op": "compress"}]), inputs).expect("a run");
    assert_eq!(done.codes(), ["", "output-too-large", ""]);
    assert_eq!(done.names(), ["a.zst", "c.zst"]);
}

#[test]
fn an_archive_over_the_limit_fails_all_that_are_in_it() {
    let limits = Limits {
        output_bytes: 1000,
        ..Limits::default()
    };
    let inputs = vec![
        input("a", "a"),
        input("b", scene(100, 100, 1)),
        input("c", "c"),
    ];
    let steps = json!([{"op": "compress", "format": "zip"}]);
    let done = work_within(&limits, steps, inputs).expect("a run");
    assert_eq!(done.codes(), ["output-too-large"; 3]);
    assert!(done.files.is_empty());
}

#[test]
fn a_source_shorter_than_announced_is_refused() {
    let mut short = input("a", "only this");
    short.size = Some(100);
    let done = work(json!([{"op": "compress"}]), vec![short, input("b", "b")]);
    assert_eq!(done.codes(), ["truncated-input", ""]);
}

#[test]
fn a_source_that_fails_ends_the_run() {
    let mut failing = input("a", "");
    failing.open = Box::new(|| Err(std::io::Error::other("no disk")));
    let ended = work_within(
        &Limits::default(),
        json!([{"op": "compress"}]),
        vec![failing],
    );
    assert!(matches!(ended.err(), Some(Error::Environment(_))));
}
