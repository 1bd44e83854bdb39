//! What the kit promises about its pictures and its bad files.

use std::io::Cursor;

use filittle_testkit::{hostile, pictures};
use image::GenericImageView;

#[test]
fn the_picture_is_the_same_everywhere() {
    let rgb = pictures::photo_like(64, 48);
    assert_eq!(rgb.len(), 64 * 48 * 3);
    assert_eq!(crc32fast::hash(&rgb), 336_250_779);
}

#[test]
fn a_png_file_has_exactly_the_pixels_it_was_made_of() {
    let rgb = pictures::photo_like(61, 47);
    let decoded = image::load_from_memory(&pictures::png(61, 47, &rgb)).expect("it is a PNG");
    assert_eq!(decoded.dimensions(), (61, 47));
    assert_eq!(decoded.into_rgb8().into_raw(), rgb);
}

#[test]
fn a_jpeg_file_looks_like_the_pixels_it_was_made_of() {
    let rgb = pictures::photo_like(61, 47);
    let file = pictures::jpeg(61, 47, &rgb);
    let decoded = jpeg_decoder::Decoder::new(&file[..]).decode();
    let decoded = decoded.expect("it is a JPEG");
    let difference: u32 = decoded
        .iter()
        .zip(&rgb)
        .map(|(a, b)| u32::from(a.abs_diff(*b)))
        .sum();
    let pixels = 61 * 47 * 3;
    assert!(
        difference / pixels < 10,
        "{difference} over {pixels} values"
    );
}

#[test]
fn a_header_claims_any_size_and_its_checksums_are_right() {
    let file = hostile::png_header(65_000, 60_000);
    let reader = png::Decoder::new(Cursor::new(&file))
        .read_info()
        .expect("the header is valid");
    assert_eq!(reader.info().size(), (65_000, 60_000));
}

#[test]
fn the_bomb_is_small_valid_and_half_a_gigabyte_of_pixels() {
    let file = hostile::png_bomb();
    assert!(file.len() < 70_000, "it has {} bytes", file.len());
    let mut reader = png::Decoder::new(Cursor::new(&file))
        .read_info()
        .expect("it is a PNG");
    let (width, height) = reader.info().size();
    assert_eq!((width, height), hostile::BOMB_SIZE);
    assert!(u64::from(width) * u64::from(height) > 500_000_000);
    let mut rows = 0;
    while reader.next_row().expect("every row is there").is_some() {
        rows += 1;
    }
    assert_eq!(rows, height);
}

#[test]
fn half_a_jpeg_begins_well_and_does_not_end() {
    let file = hostile::truncated_jpeg();
    assert!(file.starts_with(&[0xFF, 0xD8, 0xFF]));
    assert!(!file.ends_with(&[0xFF, 0xD9]));
    let mut decoder = jpeg_decoder::Decoder::new(&file[..]);
    decoder
        .read_info()
        .expect("the header is in the first half");
    let size = decoder.info().map(|info| (info.width, info.height));
    assert_eq!(size, Some((640, 480)));
}

#[test]
fn text_is_no_picture() {
    assert!(image::guess_format(&hostile::text_as_jpeg()).is_err());
}
