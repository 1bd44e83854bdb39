//! Ordered methods are to the pixel what fractions of whole numbers say, with the maps that were
//! published.
#![expect(clippy::cast_possible_truncation, reason = "small pictures")]

mod kit;
mod reference;

use std::collections::HashSet;

use filittle_dither::{Algorithm, ColorSpace, Options, Pixels, ThresholdMap, Tones};
use kit::{COLORS, colors};
use reference::{
    Picture, dithered,
    maps::{H4X4A, H6X6A, H8X8A, O2X2, O4X4, O8X8},
};

const SPACES: [ColorSpace; 2] = [ColorSpace::Srgb, ColorSpace::Linear];

fn sizes(algorithm: Algorithm) -> &'static [u16] {
    match algorithm {
        Algorithm::Bayer => &[2, 4, 8, 16, 32, 64, 128, 256],
        Algorithm::ClusterDot => &[4, 6, 8],
        _ => &[64, 128],
    }
}

/// All methods in all sizes, in two spaces, with other strengths.
fn each(tones: &Tones, strengths: &[u16], mut with: impl FnMut(Options)) {
    for algorithm in Algorithm::ALL.into_iter().filter(|a| a.is_ordered()) {
        for size in sizes(algorithm) {
            for (color_space, strength) in
                (SPACES.into_iter()).flat_map(|space| strengths.iter().map(move |s| (space, *s)))
            {
                with(Options {
                    color_space,
                    strength,
                    matrix_size: Some(*size),
                    ..Options::new(algorithm, tones.clone())
                });
            }
        }
    }
}

fn same(options: &Options, picture: &Picture) {
    let size = (picture.width as u32, picture.height as u32);
    let ours = colors(options, Pixels::Rgb, size, picture.bytes());
    assert!(ours == dithered(options, picture), "{options:?} {size:?}");
}

#[test]
fn levels_of_colour() {
    let picture = Picture::scene(97, 31);
    for count in [2, 3, 4, 6, 7, 16, 256] {
        each(&Tones::Levels(count), &[256, 100], |options| {
            same(&options, &picture);
        });
    }
}

#[test]
fn levels_of_grey() {
    let picture = Picture::scene(97, 31);
    for count in [2, 3, 4, 6, 7, 16, 256] {
        each(&Tones::Levels(count), &[256, 100], |options| {
            same(
                &Options {
                    gray: true,
                    ..options
                },
                &picture,
            );
        });
    }
}

#[test]
fn every_tone_at_every_rank() {
    for (side, algorithm) in [(8, Algorithm::Bayer), (64, Algorithm::BlueNoise)] {
        let mut picture = Picture::scene(256 * side, side);
        for (at, pixel) in picture.pixels.iter_mut().enumerate() {
            *pixel = [(at % (256 * side) / side) as u8; 3];
        }
        for (count, color_space) in [2, 5, 16].into_iter().flat_map(|n| SPACES.map(|s| (n, s))) {
            let options = Options {
                color_space,
                gray: true,
                ..Options::new(algorithm, Tones::Levels(count))
            };
            same(&options, &picture);
        }
    }
}

#[test]
fn patterns_of_colours() {
    let picture = Picture::scene(41, 17);
    each(&Tones::Colors(COLORS.to_vec()), &[256, 100, 0], |options| {
        same(&options, &picture);
    });
}

#[test]
fn patterns_of_few_and_of_many_colours() {
    const BLOCKS: usize = 160;
    // Blocks of one colour each, in which all ranks are to be seen.
    let scene = Picture::scene(BLOCKS, 1);
    let picture = Picture {
        width: 8 * BLOCKS,
        height: 8,
        pixels: (0..64 * BLOCKS)
            .map(|at| scene.pixels[at % (8 * BLOCKS) / 8])
            .collect(),
        seen: vec![true; 64 * BLOCKS],
    };
    let many = (0..256_u32).map(|n| [(n * 67) as u8, (n * 151) as u8, (n * 29) as u8]);
    let options = Options::new(Algorithm::Bayer, Tones::Colors(many.collect()));
    same(&options, &picture);
    let out = dithered(&options, &picture);
    let kinds = (0..BLOCKS).map(|block| {
        let of_block = |at: &usize| at % (8 * BLOCKS) / 8 == block;
        let colors = (0..out.len()).filter(of_block).map(|at| out[at]);
        colors.collect::<HashSet<_>>().len()
    });
    let kinds: HashSet<usize> = kinds.collect();
    // Up to eight are remembered.
    assert!(
        [7, 8, 9].iter().all(|count| kinds.contains(count)),
        "{kinds:?}"
    );
}

#[test]
fn patterns_of_pixels_that_are_remembered_in_the_same_place() {
    let picture = Picture::scene(200, 120);
    for algorithm in Algorithm::ALL.into_iter().filter(|a| a.is_ordered()) {
        for gray in [false, true] {
            let options = Options {
                gray,
                ..Options::new(algorithm, Tones::Colors(COLORS.to_vec()))
            };
            same(&options, &picture);
        }
    }
}

#[test]
fn every_small_size() {
    for (width, height) in (1..=10).flat_map(|w| [1, 2, 7, 9].map(|h| (w, h))) {
        let picture = Picture::scene(width, height);
        for tones in [Tones::Levels(2), Tones::Colors(COLORS.to_vec())] {
            for algorithm in Algorithm::ALL.into_iter().filter(|a| a.is_ordered()) {
                same(&Options::new(algorithm, tones.clone()), &picture);
            }
        }
    }
}

/// Published numbers are counted from 1.
fn is(map: Result<ThresholdMap, filittle_dither::BadOptions>, published: &[u16]) {
    let map = map.expect("a map");
    let ranks: Vec<u16> = published.iter().map(|number| number - 1).collect();
    assert_eq!(map.ranks(), ranks, "{}", map.side());
}

#[test]
fn cluster_dots_are_imagemagicks() {
    is(ThresholdMap::cluster_dot(Some(4)), &H4X4A);
    is(ThresholdMap::cluster_dot(Some(6)), &H6X6A);
    is(ThresholdMap::cluster_dot(Some(8)), &H8X8A);
    assert_eq!(
        ThresholdMap::cluster_dot(None),
        ThresholdMap::cluster_dot(Some(8))
    );
}

#[test]
fn bayers_maps_are_imagemagicks_but_for_the_largest_which_lies_on_its_side_there() {
    is(ThresholdMap::bayer(Some(2)), &O2X2);
    is(ThresholdMap::bayer(Some(4)), &O4X4);
    let turned: Vec<u16> = (0..64).map(|at| O8X8[at % 8 * 8 + at / 8]).collect();
    is(ThresholdMap::bayer(Some(8)), &turned);
}
