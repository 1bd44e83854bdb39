//! Pictures that are damaged, huge or unusual, and what convert and resize make.
#![cfg(feature = "codecs")]

mod kit;

use std::io::Cursor;

use ::png::ColorType;
use filittle_transform::{Limits, PictureFormat, header, memory_needed};
use kit::{code, decoded, input, one, png, scene, steps, work, work_within};
use serde_json::json;

fn jpeg(width: u16, height: u16, progressive: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_progressive(progressive);
    let data = scene(width.into(), height.into(), 3);
    encoder
        .encode(&data, width, height, jpeg_encoder::ColorType::Rgb)
        .expect("a JPEG");
    bytes
}

/// A PNG whose header claims a size, with little or nothing behind it.
fn claimed(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(1, 1, ColorType::Grayscale, &[0]);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = {
        let mut crc = flate2::Crc::new();
        crc.update(&bytes[12..29]);
        crc.sum()
    };
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

#[test]
fn headers_tell_size_and_kind() {
    let baseline = header(&jpeg(30, 20, false)[..]).expect("a header");
    assert_eq!(
        (baseline.format, baseline.width, baseline.height),
        (PictureFormat::Jpeg, 30, 20)
    );
    assert!(!baseline.progressive && baseline.channels == 3);
    assert!(
        header(&jpeg(30, 20, true)[..])
            .expect("a header")
            .progressive
    );
    let gray = header(&png(3, 4, ColorType::GrayscaleAlpha, &[0; 24])[..]).expect("a header");
    assert_eq!(
        (gray.format, gray.channels, gray.bit_depth),
        (PictureFormat::Png, 2, 8)
    );
}

#[test]
fn a_header_after_megabytes_of_metadata_is_found_but_not_after_a_hundred() {
    let with_metadata = |segments: usize| {
        let mut bytes = vec![0xff, 0xd8];
        for _ in 0..segments {
            bytes.extend([0xff, 0xe2, 0xff, 0xff]);
            bytes.resize(bytes.len() + 65_533, 0);
        }
        bytes.extend(&jpeg(30, 20, false)[2..]);
        bytes
    };
    assert_eq!(header(&with_metadata(120)[..]).expect("a header").width, 30);
    assert_eq!(
        header(&with_metadata(1700)[..])
            .expect_err("too far")
            .code(),
        "truncated-picture"
    );
    assert_eq!(
        decoded(&one(json!([{"op": "dither"}]), "a.jpg", with_metadata(120))).width,
        30
    );
}

#[test]
fn a_truncated_picture_is_refused_wherever_it_ends() {
    let dither = || json!([{"op": "dither"}]);
    for whole in [
        jpeg(64, 48, false),
        jpeg(64, 48, true),
        png(64, 48, ColorType::Rgb, &scene(64, 48, 3)),
    ] {
        for part in [
            10,
            30,
            200,
            whole.len() / 2,
            whole.len() - 100,
            whole.len() - 2,
        ] {
            let code = code(dither(), &whole[..part]);
            assert!(
                ["truncated-picture", "damaged-picture"].contains(&code),
                "{part}: {code}"
            );
        }
        assert_eq!(
            code(dither(), &whole[..whole.len() / 2]),
            "truncated-picture"
        );
    }
}

#[test]
fn damage_never_panics_and_never_gives_another_size() {
    for whole in [
        jpeg(64, 48, false),
        jpeg(64, 48, true),
        png(64, 48, ColorType::Rgb, &scene(64, 48, 3)),
    ] {
        for at in (2..whole.len()).step_by(whole.len() / 300 + 1) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            let done = work(
                json!([{"op": "dither", "gray": true}]),
                vec![input("a", damaged.clone())],
            );
            if let Some((_, bytes)) = done.files.first() {
                let said = header(&damaged[..]).expect("a header");
                let out = decoded(bytes);
                assert_eq!((out.width, out.height), (said.width, said.height));
            }
        }
    }
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let convert = || json!([{"op": "convert", "format": "png"}]);
    assert_eq!(
        code(convert(), claimed(100_000, 100_000)),
        "too-many-pixels"
    );
    assert_eq!(code(convert(), claimed(65_535, 65_535)), "too-many-pixels");
    assert_eq!(code(convert(), claimed(20_000, 5_001)), "too-many-pixels");
    assert_eq!(code(convert(), claimed(0, 5)), "damaged-picture");
    assert_eq!(code(convert(), claimed(9_000, 9_000)), "damaged-picture");
}

#[test]
fn a_picture_over_its_byte_limit_is_not_read() {
    let limits = Limits {
        picture_bytes: 500,
        ..Limits::default()
    };
    let file = png(64, 48, ColorType::Rgb, &scene(64, 48, 3));
    let done =
        work_within(&limits, json!([{"op": "dither"}]), vec![input("a", file)]).expect("a run");
    assert_eq!(done.codes(), ["picture-too-large"]);
    assert_eq!(done.reports[0].bytes_in, 0);
}

#[test]
fn a_picture_is_not_scaled_over_the_pixel_limit() {
    let file = png(8, 8, ColorType::Rgb, &scene(8, 8, 3));
    let grow = json!([{"op": "resize", "width": 20_000, "upscale": true}]);
    assert_eq!(code(grow, file), "too-many-pixels");
}

#[test]
fn every_kind_of_png_is_read() {
    for (color, channels) in [
        (ColorType::Grayscale, 1),
        (ColorType::GrayscaleAlpha, 2),
        (ColorType::Rgb, 3),
        (ColorType::Rgba, 4),
    ] {
        let data = scene(31, 17, channels);
        let file = png(31, 17, color, &data);
        let out = decoded(&one(
            json!([{"op": "convert", "format": "png"}]),
            "a.png",
            file.clone(),
        ));
        assert_eq!((out.color, out.width, out.height), (color, 31, 17));
        assert_eq!(out.pixels, decoded(&file).pixels);
        let out = one(json!([{"op": "convert", "format": "jpeg"}]), "a.png", file);
        assert_eq!(header(&out[..]).expect("a header").width, 31);
    }
}

#[test]
fn convert_names_the_result_by_its_format() {
    let file = png(8, 8, ColorType::Rgb, &scene(8, 8, 3));
    let inputs = || {
        ["a.png", "b.JPEG", "c", "v1.2"]
            .map(|name| input(name, file.clone()))
            .into()
    };
    let done = work(json!([{"op": "convert", "format": "jpeg"}]), inputs());
    assert_eq!(done.names(), ["a.jpg", "b.JPEG", "c.jpg", "v1.2.jpg"]);
    assert_eq!(done.files[0].0.media_type, "image/jpeg");
}

#[test]
fn resize_keeps_the_format_of_the_input() {
    let inputs = vec![
        input("a.jpg", jpeg(64, 48, false)),
        input("b.png", png(64, 48, ColorType::Rgba, &scene(64, 48, 4))),
    ];
    let done = work(json!([{"op": "resize", "width": 32}]), inputs);
    assert_eq!(done.names(), ["a.jpg", "b.png"]);
    let small = header(&done.files[0].1[..]).expect("a header");
    assert_eq!(
        (small.format, small.width, small.height),
        (PictureFormat::Jpeg, 32, 24)
    );
    assert_eq!(decoded(&done.files[1].1).color, ColorType::Rgba);
}

#[test]
fn contain_pads_with_black_evenly() {
    let white = png(40, 20, ColorType::Rgb, &[255; 2400]);
    let step = json!([{"op": "resize", "width": 20, "height": 20, "fit": "contain"}]);
    let out = decoded(&one(step, "a.png", white));
    assert_eq!((out.width, out.height), (20, 20));
    let white_rows = out.pixels.chunks(20).map(|row| row == [[255; 3]; 20]);
    assert!(white_rows.eq((0..20).map(|y| (5..15).contains(&y))));
}

#[test]
fn the_orientation_of_exif_is_applied() {
    let mut turned = jpeg(32, 16, false);
    let exif =
        b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    turned.splice(2..2, exif.iter().copied());
    let out = decoded(&one(
        json!([{"op": "convert", "format": "png"}]),
        "a.jpg",
        turned,
    ));
    assert_eq!((out.width, out.height), (16, 32));
}

#[test]
fn jpeg_pixels_come_close_to_what_was_encoded() {
    for progressive in [false, true] {
        let out = one(
            json!([{"op": "convert", "format": "png"}]),
            "a.jpg",
            jpeg(64, 48, progressive),
        );
        let (out, data) = (decoded(&out), scene(64, 48, 3));
        let far: u64 = out
            .pixels
            .as_flattened()
            .iter()
            .zip(&data)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        assert!(far / (data.len() as u64) < 12, "{far}");
    }
}

#[test]
fn memory_is_known_from_the_header() {
    let list = steps(json!([{"op": "dither"}]));
    let mut said = header(Cursor::new(jpeg(64, 48, true))).expect("a header");
    (said.width, said.height) = (5640, 3172);
    let progressive = memory_needed(&list, Some(&said), 16 << 20, &Limits::default()) >> 20;
    said.progressive = false;
    let baseline = memory_needed(&list, Some(&said), 5 << 20, &Limits::default()) >> 20;
    assert!((100..200).contains(&progressive), "{progressive}");
    assert!(baseline < progressive, "{baseline}");
    assert!(
        memory_needed(
            &steps(json!([{"op": "compress"}])),
            None,
            5 << 30,
            &Limits::default()
        ) < 32 << 20
    );
}

#[test]
fn a_wide_picture_becomes_a_high_one_without_a_huge_one_between() {
    // In the other order there would be 4 GiB in between.
    let list =
        json!([{"op": "resize", "width": 2, "height": 65_535, "fit": "fill", "upscale": true}]);
    let wide = png(65_535, 2, ColorType::Grayscale, &vec![77; 131_070]);
    let out = decoded(&one(list, "a.png", wide));
    assert_eq!((out.width, out.height), (2, 65_535));
    assert!(out.pixels.iter().all(|pixel| *pixel == [77; 3]));
}
