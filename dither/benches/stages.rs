//! Each method on one core, in pixels a second: `cargo bench -p filittle-dither`.
//!
//! The picture is `FILITTLE_BENCH_PHOTO`, a PPM (P6) of 8 bits, or else made here.
#![expect(clippy::cast_possible_truncation, reason = "parts of colours")]

use std::{env, fs, ops::ControlFlow, sync::OnceLock};

use divan::{Bencher, counter::ItemsCount};
use filittle_dither::{Algorithm, ColorSpace, Ditherer, Options, Pixels, Search, Tones};

fn main() {
    divan::main();
}

struct Photo {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

fn photo() -> &'static Photo {
    static PHOTO: OnceLock<Photo> = OnceLock::new();
    PHOTO.get_or_init(|| match env::var_os("FILITTLE_BENCH_PHOTO") {
        Some(path) => read(&fs::read(path).expect("a file")),
        None => made(),
    })
}

fn read(ppm: &[u8]) -> Photo {
    let mut fields = ppm.splitn(4, u8::is_ascii_whitespace);
    let mut next = || std::str::from_utf8(fields.next().expect("a header")).expect("ASCII");
    assert_eq!(next(), "P6");
    let (width, height) = (
        next().parse().expect("width"),
        next().parse().expect("height"),
    );
    let pixels = width as usize * height as usize * 3;
    let rgb = ppm[ppm.len() - pixels..].to_vec();
    Photo { width, height, rgb }
}

/// Slopes of different lengths with a grain of some tones.
fn made() -> Photo {
    let (width, height) = (2048_u32, 1024_u32);
    let mut state = 1_u32;
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for channel in 1..=3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let slope = (x * channel / 3 + y * (4 - channel) / 2) % 480;
                let tone = slope.min(480 - slope) + (state >> 28);
                rgb.push(u8::try_from(tone.min(255)).expect("a tone"));
            }
        }
    }
    Photo { width, height, rgb }
}

const SIXTEEN: &[u32] = &[
    0x00_0000, 0x1d_2b53, 0x7e_2553, 0x00_8751, 0xab_5236, 0x5f_574f, 0xc2_c3c7, 0xff_f1e8,
    0xff_004d, 0xff_a300, 0xff_ec27, 0x00_e436, 0x29_adff, 0x83_769c, 0xff_77a8, 0xff_ccaa,
];

fn sixteen() -> Tones {
    Tones::Colors(
        SIXTEEN
            .iter()
            .map(|rgb| [(rgb >> 16) as u8, (rgb >> 8) as u8, *rgb as u8])
            .collect(),
    )
}

/// Spread over the cube, at no regular places.
fn many() -> Tones {
    let colors = (0..256_u32).map(|n| [(n * 67) as u8, (n * 151) as u8, (n * 29) as u8]);
    Tones::Colors(colors.collect())
}

fn run(bencher: Bencher<'_, '_>, options: &Options) {
    let Photo { width, height, rgb } = photo();
    let mut out = vec![0; rgb.len()];
    bencher
        .counter(ItemsCount::new(u64::from(*width) * u64::from(*height)))
        .bench_local(|| {
            let mut ditherer =
                Ditherer::new(options, Pixels::Rgb, *width, *height).expect("right options");
            let bytes = ditherer.output().bytes();
            let row = *width as usize;
            let rows = ditherer.band();
            for (source, out) in rgb
                .chunks(rows * row * 3)
                .zip(out.chunks_mut(rows * row * bytes))
            {
                let _ = ditherer.dither(source, out, &mut |_| ControlFlow::Continue(()));
            }
            divan::black_box(&out);
        });
}

#[divan::bench(args = Algorithm::ALL)]
fn two_levels(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    run(bencher, &Options::new(algorithm, Tones::Levels(2)));
}

#[divan::bench(args = [4, 6, 16, 256])]
fn levels(bencher: Bencher<'_, '_>, count: u16) {
    run(
        bencher,
        &Options::new(Algorithm::FloydSteinberg, Tones::Levels(count)),
    );
}

#[divan::bench(args = Algorithm::ALL)]
fn sixteen_colors(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    run(bencher, &Options::new(algorithm, sixteen()));
}

#[divan::bench(args = [
    (ColorSpace::Srgb, Search::Exact),
    (ColorSpace::Srgb, Search::Fast),
    (ColorSpace::Linear, Search::Exact),
    (ColorSpace::Oklab, Search::Exact),
])]
fn many_colors(bencher: Bencher<'_, '_>, (color_space, search): (ColorSpace, Search)) {
    let options = Options {
        color_space,
        search,
        ..Options::new(Algorithm::FloydSteinberg, many())
    };
    run(bencher, &options);
}

#[divan::bench(sample_count = 5)]
fn many_colors_ordered(bencher: Bencher<'_, '_>) {
    run(bencher, &Options::new(Algorithm::Bayer, many()));
}

#[divan::bench(args = [ColorSpace::Srgb, ColorSpace::Linear, ColorSpace::Oklab])]
fn spaces(bencher: Bencher<'_, '_>, color_space: ColorSpace) {
    let options = Options {
        color_space,
        ..Options::new(Algorithm::FloydSteinberg, sixteen())
    };
    run(bencher, &options);
}

#[divan::bench(args = [false, true])]
fn gray(bencher: Bencher<'_, '_>, serpentine: bool) {
    let options = Options {
        gray: true,
        serpentine,
        ..Options::new(Algorithm::FloydSteinberg, Tones::Levels(2))
    };
    run(bencher, &options);
}
