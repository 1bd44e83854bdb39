use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::*;
use crate::{Monitor, value::with_work};

const SAMPLINGS: [SamplingFactor; 4] = [
    SamplingFactor::F_1_1,
    SamplingFactor::F_2_1,
    SamplingFactor::F_1_2,
    SamplingFactor::F_2_2,
];

/// A picture of edges and slopes in all channels.
fn encoded(size: (u16, u16), sampling: SamplingFactor, progressive: bool) -> Vec<u8> {
    let pixels = (0..size.1).flat_map(|y| {
        (0..size.0).flat_map(move |x| {
            let square = if (x / 5 + y / 7) % 2 == 0 { 200 } else { 0 };
            [x * 5 + square, y * 9, x * y + 255 - square].map(|n| n.to_be_bytes()[1])
        })
    });
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 93);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    if size.0.is_multiple_of(2) {
        encoder.set_restart_interval(3);
    }
    let pixels: Vec<u8> = pixels.collect();
    encoder
        .encode(&pixels, size.0, size.1, ColorType::Rgb)
        .expect("encodes");
    file
}

/// As it is read here, which is by rows for most.
fn by_rows(file: &[u8]) -> Picture {
    with_work(&Monitor::new(0), |work| {
        let header = crate::header(file).expect("a header");
        let source = open(file.to_vec(), &header, work).expect("it opens");
        source.whole().expect("it is read")
    })
}

fn at_once(file: &[u8]) -> Picture {
    with_work(&Monitor::new(0), |work| {
        let header = crate::header(file).expect("a header");
        let reader = Watched::new(file.to_vec(), Rc::clone(&work.watch));
        let mut decoder = JpegDecoder::new_with_options(reader, options(work, Channels::Rgb));
        decoder.decode_headers().expect("a header");
        let size = (header.width, header.height);
        whole(decoder, size, Channels::Rgb, work).expect("it is read")
    })
}

/// As the crate `jpeg_decoder` has it, which has another author.
fn by_others(file: &[u8]) -> Vec<u8> {
    let decoded = jpeg_decoder::Decoder::new(file).decode();
    decoded.expect("it is read")
}

/// All kinds that are read by rows, of sizes that end anywhere in their blocks.
fn files() -> impl Iterator<Item = Vec<u8>> {
    let sizes = [
        (1, 1),
        (2, 1),
        (1, 33),
        (16, 16),
        (17, 31),
        (64, 50),
        (161, 99),
    ];
    SAMPLINGS.into_iter().flat_map(move |sampling| {
        let each =
            move |size| [false, true].map(|progressive| encoded(size, sampling, progressive));
        sizes.into_iter().flat_map(each)
    })
}

/// The last row is left out: where chroma ends within a block, the codec mixes into it what is
/// behind the end of the picture.
#[test]
fn rows_are_what_the_codec_makes_of_the_whole() {
    for file in files() {
        let (rows, whole) = (by_rows(&file), at_once(&file));
        assert_eq!(rows.size(), whole.size());
        let shown = rows.data.len() - if rows.height > 1 { rows.stride() } else { 0 };
        assert!(
            rows.data[..shown] == whole.data[..shown],
            "{:?}",
            rows.size()
        );
    }
}

#[test]
fn rows_look_as_other_decoders_show_them_to_the_last() {
    for file in files() {
        let (rows, others) = (by_rows(&file), by_others(&file));
        let far = rows.data.iter().zip(&others).map(|(a, b)| a.abs_diff(*b));
        // Chroma is rounded twice or once, and counts up to 1.8 times.
        assert!(
            far.clone().max() <= Some(6),
            "{:?} of {:?}",
            far.clone().max(),
            rows.size()
        );
    }
}

#[test]
fn baseline_is_read_by_rows_and_progressive_where_that_takes_less_memory() {
    let is_by_rows = |sampling, progressive| {
        let file = encoded((40, 40), sampling, progressive);
        with_work(&Monitor::new(0), |work| {
            let header = crate::header(&file[..]).expect("a header");
            let source = open(file.clone(), &header, work).expect("it opens");
            matches!(source, Source::Rows(_))
        })
    };
    assert!(
        SAMPLINGS
            .iter()
            .all(|sampling| is_by_rows(*sampling, false))
    );
    let progressive = SAMPLINGS.map(|sampling| is_by_rows(sampling, true));
    assert_eq!(progressive, [false, false, true, true]);
}

#[test]
fn grey_is_what_its_only_channel_says() {
    let tones: Vec<u8> = (0..39 * 25_u32).map(|n| (n * 7).to_be_bytes()[3]).collect();
    for progressive in [false, true] {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 95);
        encoder.set_progressive(progressive);
        encoder
            .encode(&tones, 39, 25, ColorType::Luma)
            .expect("encodes");
        let (ours, others) = (by_rows(&file), by_others(&file));
        assert_eq!((ours.size(), ours.channels), ((39, 25), Channels::Gray));
        let mut far = ours.data.iter().zip(&others).map(|(a, b)| a.abs_diff(*b));
        assert!(far.all(|far| far <= 1));
    }
}

/// A grey picture whose channels have these sampling factors. All its blocks are the same, so that
/// any number of them can be made: no difference, and no more, by the first tables of ITU-T T.81,
/// K.3.
fn with_factors(factors: [u8; 3], (width, height): (u16, u16)) -> Vec<u8> {
    let mut file = encoded((8, 8), SamplingFactor::F_1_1, false);
    let find = |file: &[u8], marker: u8| {
        let at = file.windows(2).position(|pair| pair == [0xff, marker]);
        at.expect("it is there") + 2
    };
    let frame = find(&file, 0xc0);
    file[frame + 3..][..4].copy_from_slice(&[height.to_be_bytes(), width.to_be_bytes()].concat());
    for (component, factors) in factors.into_iter().enumerate() {
        file[frame + 9 + 3 * component] = factors;
    }
    let scan = find(&file, 0xda);
    for component in 0..3 {
        file[scan + 4 + 2 * component] = 0;
    }
    file.truncate(scan + 12);
    file.extend([0x28, 0xa2, 0x8a].repeat(2_000));
    file.extend([0xff, 0xd9]);
    // Restarts are not what is looked at here.
    let interval = find(&file, 0xdd);
    file[interval + 2..interval + 4].fill(0);
    file
}

#[test]
fn any_factors_that_a_frame_may_have_are_read_or_refused() {
    let sides = [0x11, 0x12, 0x21, 0x22];
    let mut read = 0;
    for luma in sides {
        for blue in sides {
            for red in sides {
                for size in [(1, 1), (2, 3), (17, 9), (40, 40)] {
                    let file = with_factors([luma, blue, red], size);
                    let pixels = with_work(&Monitor::new(0), |work| {
                        let header = crate::header(&file[..]).expect("a header");
                        let source = open(file.clone(), &header, work)?;
                        source.whole()
                    });
                    if let Ok(pixels) = pixels {
                        assert!(pixels.data.iter().all(|tone| *tone == 128));
                        read += 1;
                    }
                }
            }
        }
    }
    // Those at least whose channels of chroma are alike and no larger than luma.
    assert!(read >= 9 * 4, "{read}");
}
