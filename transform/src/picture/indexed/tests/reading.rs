use std::io::Cursor;

use filittle_dither::raw::{BitOrder, Layout, Packing};

use super::kit::{Sample, raw};
use crate::{
    Monitor,
    picture::{Source, indexed::IndexedFormat},
    value::{Stream, with_work},
};

/// Widths and heights: all that end within a byte, one row, one column, and more than a block.
fn sizes() -> impl Iterator<Item = (u32, u32)> {
    let narrow = (1..=17).map(|width| (width, 5));
    narrow.chain([(1, 1), (300, 1), (1, 300), (1000, 333)])
}

/// A picture as a reader of its format shows it.
struct Shown {
    size: (u32, u32),
    pixels: Vec<Option<[u8; 3]>>,
}

impl Shown {
    fn is_of(&self, sample: &Sample) -> bool {
        self.size == (sample.width, sample.height) && self.pixels == sample.pixels()
    }
}

fn rgba(pixels: &[u8]) -> Vec<Option<[u8; 3]>> {
    let shown = |&[r, g, b, alpha]: &[u8; 4]| (alpha > 0).then_some([r, g, b]);
    pixels.as_chunks().0.iter().map(shown).collect()
}

/// With colour type and depth.
fn png(file: &[u8]) -> (Shown, png::ColorType, u8) {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let mut reader = decoder.read_info().expect("a PNG");
    let (color, depth) = (reader.info().color_type, reader.info().bit_depth as u8);
    let mut data = vec![0; reader.output_buffer_size().expect("small")];
    let info = reader.next_frame(&mut data).expect("pixels");
    reader.finish().expect("an end");
    let pixels = match info.color_type {
        png::ColorType::GrayscaleAlpha => {
            let shown = |&[tone, alpha]: &[u8; 2]| (alpha > 0).then_some([tone; 3]);
            data.as_chunks().0.iter().map(shown).collect()
        }
        _ => rgba(&data),
    };
    let size = (info.width, info.height);
    (Shown { size, pixels }, color, depth)
}

/// With the number of colours in the table.
fn gif(file: &[u8]) -> (Shown, usize) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.check_frame_consistency(true);
    let mut decoder = options.read_info(file).expect("a GIF");
    let size = (decoder.width().into(), decoder.height().into());
    let table = decoder.global_palette().expect("a table").len() / 3;
    let frame = decoder.read_next_frame().expect("a frame").expect("one");
    assert_eq!((u32::from(frame.width), u32::from(frame.height)), size);
    assert!(!frame.interlaced && frame.palette.is_none());
    let pixels = rgba(&frame.buffer);
    assert!(decoder.read_next_frame().expect("an end").is_none());
    (Shown { size, pixels }, table)
}

fn bmp(file: &[u8]) -> Shown {
    let format = image::ImageFormat::Bmp;
    let picture = image::load_from_memory_with_format(file, format).expect("a BMP");
    let picture = picture.into_rgba8();
    Shown {
        size: picture.dimensions(),
        pixels: rgba(picture.as_raw()),
    }
}

#[test]
fn a_png_shows_each_pixel_in_as_few_bits_as_its_colors_need() {
    for (colors, depth) in [
        (1, 1),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 4),
        (16, 4),
        (17, 8),
        (256, 8),
    ] {
        for (width, height) in sizes() {
            let sample = Sample::new(width, height, colors);
            let file = sample.written(&IndexedFormat::Png).expect("written");
            let (shown, color, bits) = png(&file);
            assert!(shown.is_of(&sample), "{colors} {width}×{height}");
            assert_eq!((color, bits), (png::ColorType::Indexed, depth));
        }
    }
}

#[test]
fn greys_that_png_knows_need_no_palette() {
    for bits in [1, 2, 4, 8] {
        for (width, height) in sizes() {
            let sample = Sample::gray(width, height, bits);
            let (shown, color, depth) = png(&sample.written(&IndexedFormat::Png).expect("written"));
            assert!(shown.is_of(&sample), "{bits} {width}×{height}");
            assert_eq!((color, depth), (png::ColorType::Grayscale, bits));
        }
    }
}

#[test]
fn what_is_transparent_shows_nothing_in_png_and_gif() {
    for (colors, transparent) in [(2, 0), (3, 2), (16, 7), (256, 255), (5, 0)] {
        let sample = Sample {
            transparent: Some(transparent),
            ..Sample::new(33, 21, colors)
        };
        let of_png = png(&sample.written(&IndexedFormat::Png).expect("written")).0;
        let of_gif = gif(&sample.written(&IndexedFormat::Gif).expect("written")).0;
        assert!(of_png.is_of(&sample) && of_gif.is_of(&sample), "{colors}");
        assert!(of_png.pixels.contains(&None));
    }
    for bits in [1, 2, 4, 8] {
        let sample = Sample {
            transparent: Some(1),
            ..Sample::gray(33, 21, bits)
        };
        let (shown, color, _) = png(&sample.written(&IndexedFormat::Png).expect("written"));
        assert!(shown.is_of(&sample), "{bits}");
        assert_eq!(color, png::ColorType::Grayscale);
    }
}

#[test]
fn the_transparent_index_may_follow_the_colors_and_counts_for_the_bits() {
    for (colors, depth, table) in [(2, 2, 4), (4, 4, 8), (16, 8, 32), (255, 8, 256)] {
        let mut sample = Sample::new(40, 30, colors + 1);
        sample.colors.pop();
        sample.transparent = u8::try_from(colors).ok();
        let (of_png, _, bits) = png(&sample.written(&IndexedFormat::Png).expect("written"));
        let (of_gif, count) = gif(&sample.written(&IndexedFormat::Gif).expect("written"));
        assert!(of_png.is_of(&sample) && of_gif.is_of(&sample), "{colors}");
        assert_eq!((bits, count), (depth, table));
    }
}

#[test]
fn a_gif_shows_each_pixel_with_a_table_of_a_power_of_two() {
    for (colors, table) in [
        (1, 2),
        (2, 2),
        (3, 4),
        (5, 8),
        (16, 16),
        (17, 32),
        (100, 128),
        (256, 256),
    ] {
        for (width, height) in sizes() {
            let sample = Sample::new(width, height, colors);
            let file = sample.written(&IndexedFormat::Gif).expect("written");
            let (shown, count) = gif(&file);
            assert!(shown.is_of(&sample), "{colors} {width}×{height}");
            assert_eq!(
                (count, &file[..6], file.last()),
                (table, &b"GIF89a"[..], Some(&0x3b))
            );
        }
    }
}

#[test]
fn the_pixels_of_a_gif_end_with_the_code_for_it() {
    for (width, height) in sizes() {
        let sample = Sample::new(width, height, 200);
        let file = sample.written(&IndexedFormat::Gif).expect("written");
        // Behind the screen, its table, the image and the size of codes come the sub-blocks.
        let mut rest = &file[13 + 3 * 256 + 10 + 1..];
        let mut codes = Vec::new();
        while let Some((&len, behind)) = rest.split_first().filter(|(len, _)| **len > 0) {
            let (block, behind) = behind.split_at(len.into());
            codes.extend_from_slice(block);
            rest = behind;
        }
        assert_eq!(rest, [0, 0x3b]);
        let mut decoder = weezl::decode::Decoder::new(weezl::BitOrder::Lsb, 8);
        let mut pixels = Vec::new();
        let ended = decoder.into_vec(&mut pixels).decode_all(&codes);
        assert!(ended.status.is_ok() && pixels == sample.indices);
        assert!(decoder.has_ended() && ended.consumed_in == codes.len());
    }
}

#[test]
fn a_bmp_shows_each_pixel_in_1_4_or_8_bits() {
    for (colors, bits) in [(1, 1), (2, 1), (3, 4), (16, 4), (17, 8), (256, 8)] {
        for (width, height) in sizes() {
            let sample = Sample::new(width, height, colors);
            let file = sample.written(&IndexedFormat::Bmp).expect("written");
            assert!(bmp(&file).is_of(&sample), "{colors} {width}×{height}");
            assert_eq!(file[28], bits);
            let said = u32::from_le_bytes([file[2], file[3], file[4], file[5]]);
            assert_eq!(said as usize, file.len());
        }
    }
}

#[test]
fn a_bmp_over_a_megabyte_keeps_its_rows_in_order() {
    let sample = Sample::new(1501, 1400, 200);
    let file = sample.written(&IndexedFormat::Bmp).expect("written");
    assert!(bmp(&file).is_of(&sample));
}

/// The codes of a raw picture, read pixel by pixel.
fn codes_of(file: &[u8], packing: Packing, width: usize, height: usize) -> Vec<u8> {
    let (bits, planes, stride) = match packing.layout {
        Layout::Rows => (
            packing.bits,
            1,
            (width * usize::from(packing.bits)).div_ceil(8),
        ),
        Layout::Planes => (1, packing.bits, width.div_ceil(8)),
        Layout::Pages => (1, 1, width),
    };
    let shift = |place: u8| match packing.order {
        BitOrder::Msb => 8 - bits - place,
        BitOrder::Lsb => place,
    };
    let of_plane = |plane: u8, x: usize, y: usize| {
        let bit = x * usize::from(bits);
        let (at, place) = if packing.layout == Layout::Pages {
            (y / 8 * stride + x, y % 8)
        } else {
            let row = usize::from(plane) * height + y;
            (row * stride + bit / 8, bit % 8)
        };
        let place = u8::try_from(place).expect("below 8");
        (file[at] >> shift(place) & (u8::MAX >> (8 - bits))) << plane
    };
    let code = |at: usize| {
        (0..planes).fold(0, |code, plane| {
            code | of_plane(plane, at % width, at / width)
        })
    };
    (0..width * height).map(code).collect()
}

#[test]
fn a_raw_picture_holds_each_code_where_its_packing_says_and_nothing_else() {
    let rows = [1, 2, 4, 8].map(|bits| (Layout::Rows, bits));
    let planes = [1, 2, 3, 8].map(|bits| (Layout::Planes, bits));
    let all = rows.into_iter().chain(planes).chain([(Layout::Pages, 1)]);
    for (layout, bits) in all {
        for order in [BitOrder::Msb, BitOrder::Lsb] {
            let packing = Packing {
                bits,
                order,
                layout,
            };
            for (width, height) in sizes() {
                let sample = Sample::new(width, height, 1 << bits);
                let file = sample.written(&raw(packing)).expect("written");
                let (across, down) = (width as usize, height as usize);
                assert_eq!(file.len() as u64, packing.bytes(width, height));
                assert!(
                    codes_of(&file, packing, across, down) == sample.indices,
                    "{packing:?} {width}×{height}"
                );
                let set = |bytes: &[u8]| bytes.iter().map(|byte| byte.count_ones()).sum::<u32>();
                assert_eq!(
                    set(&file),
                    set(&sample.indices),
                    "what fills bytes is zeroes"
                );
            }
        }
    }
}

#[test]
fn planes_over_a_megabyte_follow_one_another_whole() {
    let packing = Packing {
        bits: 2,
        order: BitOrder::Msb,
        layout: Layout::Planes,
    };
    let sample = Sample::new(4001, 2200, 4);
    let file = sample.written(&raw(packing)).expect("written");
    assert!(codes_of(&file, packing, 4001, 2200) == sample.indices);
}

#[test]
fn codes_stand_for_indices() {
    let packing = Packing {
        bits: 4,
        order: BitOrder::Msb,
        layout: Layout::Rows,
    };
    let sample = Sample::new(21, 9, 3);
    let codes = vec![7, 0, 12];
    let wanted: Vec<u8> = sample
        .indices
        .iter()
        .map(|index| codes[usize::from(*index)])
        .collect();
    let format = IndexedFormat::Raw {
        packing,
        codes: Some(codes),
    };
    let file = sample.written(&format).expect("written");
    assert_eq!(codes_of(&file, packing, 21, 9), wanted);
}

#[test]
fn of_what_is_written_here_only_png_is_a_picture_for_the_next_step() {
    let packing = Packing {
        bits: 8,
        order: BitOrder::Msb,
        layout: Layout::Rows,
    };
    let formats = [
        IndexedFormat::Png,
        IndexedFormat::Gif,
        IndexedFormat::Bmp,
        raw(packing),
    ];
    let ended = formats.map(|format| {
        let file = Sample::new(9, 9, 9).written(&format).expect("written");
        let stream = Stream {
            len: Some(file.len() as u64),
            reader: Box::new(Cursor::new(file)),
            media_type: Some(format.output().media_type()),
        };
        let decoded = with_work(&Monitor::new(0), |work| Source::open(stream, work));
        decoded.err().map(|error| error.code())
    });
    let refused = Some("unsupported-media-type");
    assert_eq!(ended, [None, refused, refused, refused]);
}
