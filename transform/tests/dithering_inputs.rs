//! Whatever a picture is stored as, it is dithered like the upright one of 8 bits a channel.
#![cfg(feature = "codecs")]
#![expect(clippy::cast_possible_truncation, reason = "small pictures")]

mod kit;

use ::png::{BitDepth, ColorType};
use kit::{Decoded, decoded, one, png, scene};
use serde_json::{Value, json};

const WIDTH: u32 = 37;
const HEIGHT: u32 = 23;

/// With two levels, with some colours, and in order.
fn ways() -> [Value; 3] {
    [
        json!([{"op": "dither", "levels": 2}]),
        json!([{"op": "dither", "colors": ["000000", "ffffff", "e02020", "2040c0"]}]),
        json!([{"op": "dither", "levels": 4, "algorithm": "bayer"}]),
    ]
}

/// A picture and a plain one are the same when they are dithered.
fn same(file: &[u8], plain: &[u8], what: &str) {
    for way in ways() {
        let [ours, right] = [file, plain].map(|file| decoded(&one(way.clone(), "a", file)));
        assert_eq!(
            (ours.width, ours.height),
            (right.width, right.height),
            "{what}"
        );
        assert!(ours.pixels == right.pixels, "{what}: {way}");
    }
}

/// A PNG of any depth, with a palette and its alphas if it has them.
fn png_of(
    color: ColorType,
    depth: BitDepth,
    data: &[u8],
    palette: Option<(&[u8], &[u8])>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, WIDTH, HEIGHT);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some((colors, alphas)) = palette {
        encoder.set_palette(colors.to_vec());
        encoder.set_trns(alphas.to_vec());
    }
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(data).expect("data");
    writer.finish().expect("an end");
    bytes
}

#[test]
fn sixteen_bits_are_as_their_eight() {
    for (color, channels) in [
        (ColorType::Grayscale, 1),
        (ColorType::GrayscaleAlpha, 2),
        (ColorType::Rgb, 3),
        (ColorType::Rgba, 4),
    ] {
        let data = scene(WIDTH, HEIGHT, channels);
        let wide: Vec<u8> = data.iter().flat_map(|tone| [*tone; 2]).collect();
        let file = png_of(color, BitDepth::Sixteen, &wide, None);
        same(
            &file,
            &png(WIDTH, HEIGHT, color, &data),
            &format!("{color:?}"),
        );
    }
}

#[test]
fn grey_is_as_equal_channels() {
    let tones = scene(WIDTH, HEIGHT, 1);
    let equal: Vec<u8> = tones.iter().flat_map(|tone| [*tone; 3]).collect();
    let plain = png(WIDTH, HEIGHT, ColorType::Rgb, &equal);
    same(
        &png(WIDTH, HEIGHT, ColorType::Grayscale, &tones),
        &plain,
        "grey",
    );
    let with_alpha: Vec<u8> = tones.iter().flat_map(|tone| [*tone, 255]).collect();
    let file = png(WIDTH, HEIGHT, ColorType::GrayscaleAlpha, &with_alpha);
    same(&file, &plain, "grey with alpha");
}

#[test]
fn grey_with_alpha_is_as_it_looks_on_white() {
    let pixels = scene(WIDTH, HEIGHT, 2);
    let laid: Vec<u8> = (pixels.as_chunks::<2>().0.iter())
        .flat_map(|[tone, alpha]| {
            let (tone, alpha) = (u32::from(*tone), u32::from(*alpha));
            [((tone * alpha + 255 * (255 - alpha) + 127) / 255) as u8; 3]
        })
        .collect();
    let file = png(WIDTH, HEIGHT, ColorType::GrayscaleAlpha, &pixels);
    same(
        &file,
        &png(WIDTH, HEIGHT, ColorType::Rgb, &laid),
        "grey with alpha",
    );
}

#[test]
fn indexed_with_transparency_is_as_its_colours() {
    let colors: Vec<[u8; 4]> = (0..16_u8)
        .map(|n| [n * 16, 255 - n * 7, n * n, if n < 5 { n * 60 } else { 255 }])
        .collect();
    let indices: Vec<u8> = scene(WIDTH, HEIGHT, 1)
        .iter()
        .map(|tone| tone >> 4)
        .collect();
    let flat: Vec<u8> = indices
        .iter()
        .flat_map(|n| colors[usize::from(*n)])
        .collect();
    let palette: Vec<u8> = colors.iter().flat_map(|c| [c[0], c[1], c[2]]).collect();
    // Alphas of the first five only: the others are opaque.
    let alphas: Vec<u8> = colors[..5].iter().map(|color| color[3]).collect();
    let file = png_of(
        ColorType::Indexed,
        BitDepth::Eight,
        &indices,
        Some((&palette, &alphas)),
    );
    same(
        &file,
        &png(WIDTH, HEIGHT, ColorType::Rgba, &flat),
        "indexed",
    );
}

fn jpeg(data: &[u8], color: jpeg_encoder::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    encoder
        .encode(data, WIDTH as u16, HEIGHT as u16, color)
        .expect("a JPEG");
    bytes
}

/// What a file shows, upright and in colours, as a PNG.
fn converted(file: &[u8]) -> Decoded {
    decoded(&one(json!([{"op": "convert", "format": "png"}]), "a", file))
}

#[test]
fn a_jpeg_of_four_inks_is_as_its_colours() {
    let inks = [
        [255, 0, 0, 0],
        [0, 255, 0, 0],
        [0, 0, 255, 0],
        [0, 0, 0, 255],
        [0; 4],
    ];
    let data: Vec<u8> = (0..WIDTH * HEIGHT)
        .flat_map(|at| inks[(at % WIDTH / 8) as usize])
        .collect();
    let file = jpeg(&data, jpeg_encoder::ColorType::Cmyk);
    let shown = converted(&file);
    let right = [
        [0, 255, 255],
        [255, 0, 255],
        [255, 255, 0],
        [0; 3],
        [255; 3],
    ];
    for (n, right) in right.iter().enumerate() {
        let pixel = shown.pixels[10 * WIDTH as usize + 8 * n + 4];
        let off = pixel.iter().zip(right).map(|(a, b)| a.abs_diff(*b));
        assert!(off.max() < Some(12), "{pixel:?} is not {right:?}");
    }
    let plain = png(WIDTH, HEIGHT, ColorType::Rgb, shown.pixels.as_flattened());
    same(&file, &plain, "four inks");
}

/// EXIF may stand behind the pixels (PNG, third edition, 5.6).
#[test]
fn an_orientation_behind_the_pixels_counts() {
    let data = scene(WIDTH, HEIGHT, 3);
    let mut file = png(WIDTH, HEIGHT, ColorType::Rgb, &data);
    let mut exif = b"eXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0".to_vec();
    let len = u32::try_from(exif.len() - 4).expect("short").to_be_bytes();
    let sum = crc32fast::hash(&exif).to_be_bytes();
    exif.splice(0..0, len);
    exif.extend(sum);
    let end = file.len() - 12;
    file.splice(end..end, exif);
    let turned: Vec<u8> = data.rchunks(3).flatten().copied().collect();
    let plain = png(WIDTH, HEIGHT, ColorType::Rgb, &turned);
    same(&file, &plain, "turned by half");
}

/// Where the pixel at (x, y) of the upright picture is stored, by the orientation of EXIF
/// (JEITA CP-3451, tag 274).
fn stored(orientation: u8, (x, y): (u32, u32)) -> (u32, u32) {
    let (right, below) = (WIDTH - 1, HEIGHT - 1);
    match orientation {
        1 => (x, y),
        2 => (right - x, y),
        3 => (right - x, below - y),
        4 => (x, below - y),
        5 => (y, x),
        6 => (y, below - x),
        7 => (right - y, below - x),
        _ => (right - y, x),
    }
}

#[test]
fn every_orientation_is_as_upright() {
    let plain = jpeg(&scene(WIDTH, HEIGHT, 3), jpeg_encoder::ColorType::Rgb);
    let flat = converted(&plain);
    for orientation in 1..=8 {
        let mut exif =
            *b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
        exif[28] = orientation;
        let mut file = plain.clone();
        file.splice(2..2, exif);
        let (width, height) = if orientation < 5 {
            (WIDTH, HEIGHT)
        } else {
            (HEIGHT, WIDTH)
        };
        let upright: Vec<u8> = (0..width * height)
            .flat_map(|at| {
                let (x, y) = stored(orientation, (at % width, at / width));
                flat.pixels[(y * WIDTH + x) as usize]
            })
            .collect();
        let upright = png(width, height, ColorType::Rgb, &upright);
        same(&file, &upright, &format!("orientation {orientation}"));
    }
}
