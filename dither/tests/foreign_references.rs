//! What DitherPunk.jl makes of a gradient, as text in Braille, a dot a pixel: `FILITTLE_TEST_DATA`
//! names the folder with `dither-references`.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a small picture"
)]

mod kit;
mod reference;

use std::{fs, path::Path};

use filittle_dither::{Algorithm, Options, Pixels, ThresholdMap, Tones};
use kit::colors;
use reference::floats::{apart, white};

/// Its gradient: from black on the left to white on the right.
const WIDTH: usize = 200;
const HEIGHT: usize = 16;

fn light(x: usize) -> f64 {
    x as f64 / (WIDTH - 1) as f64
}

/// Which pixels are white, row by row. In a sign of Braille there are two columns of four dots, of
/// which the lowest came last.
fn theirs(name: &str) -> Vec<bool> {
    const BITS: [[u32; 2]; 4] = [[0, 3], [1, 4], [2, 5], [6, 7]];
    let root = std::env::var_os("FILITTLE_TEST_DATA").expect("FILITTLE_TEST_DATA is not set");
    let folder = Path::new(&root).join("dither-references/test/references/gradient");
    let text = fs::read_to_string(folder.join(format!("{name}.txt"))).expect("a reference");
    let signs: Vec<Vec<u32>> = text
        .lines()
        .map(|line| line.chars().map(|sign| u32::from(sign) - 0x2800).collect())
        .collect();
    let pixels = (0..WIDTH * HEIGHT).map(|at| (at % WIDTH, at / WIDTH));
    pixels
        .map(|(x, y)| signs[y / 4][x / 2] >> BITS[y % 4][x % 2] & 1 == 1)
        .collect()
}

/// Rows for columns.
fn turned(pixels: &[bool]) -> Vec<bool> {
    (0..WIDTH * HEIGHT)
        .map(|at| pixels[at % HEIGHT * WIDTH + at / HEIGHT])
        .collect()
}

const KERNELS: [(&str, Algorithm); 9] = [
    ("FloydSteinberg", Algorithm::FloydSteinberg),
    ("FalseFloydSteinberg", Algorithm::FalseFloydSteinberg),
    ("Atkinson", Algorithm::Atkinson),
    ("JarvisJudice", Algorithm::JarvisJudiceNinke),
    ("Stucki", Algorithm::Stucki),
    ("Burkes", Algorithm::Burkes),
    ("Sierra", Algorithm::Sierra),
    ("TwoRowSierra", Algorithm::SierraTwoRow),
    ("SierraLite", Algorithm::SierraLite),
];

fn maps() -> [(&'static str, Algorithm, u16); 7] {
    [
        ("Bayer", Algorithm::Bayer, 4),
        ("Bayer_l2", Algorithm::Bayer, 8),
        ("Bayer_l3", Algorithm::Bayer, 16),
        ("Bayer_l4", Algorithm::Bayer, 32),
        ("IM_h4x4a", Algorithm::ClusterDot, 4),
        ("IM_h6x6a", Algorithm::ClusterDot, 6),
        ("IM_h8x8a", Algorithm::ClusterDot, 8),
    ]
}

/// It goes column by column, with kernels turned likewise, and clamps what is wanted.
#[test]
fn kernels_in_floats_are_theirs_to_the_pixel() {
    let gradient: Vec<f64> = (0..WIDTH * HEIGHT).map(|at| light(at / HEIGHT)).collect();
    for (name, algorithm) in KERNELS {
        let floats = white(algorithm, &gradient, HEIGHT, (false, true));
        assert!(floats == turned(&theirs(name)), "{name}");
    }
    let free = white(Algorithm::FloydSteinberg, &gradient, HEIGHT, (false, false));
    assert!(free == turned(&theirs("FloydSteinberg_clamp_error")));
}

/// Its thresholds are (r + 1) / (count + 1).
#[test]
fn maps_with_their_thresholds_are_theirs_to_the_pixel() {
    for (name, algorithm, side) in maps() {
        let map = match algorithm {
            Algorithm::Bayer => ThresholdMap::bayer(Some(side)),
            _ => ThresholdMap::cluster_dot(Some(side)),
        }
        .expect("a map");
        let ours: Vec<bool> = (0..WIDTH * HEIGHT)
            .map(|at| {
                let (x, y) = (at % WIDTH, at / WIDTH);
                let rank = map.ranks()[y % map.side() * map.side() + x % map.side()];
                light(x) > f64::from(rank + 1) / f64::from(map.count() + 1)
            })
            .collect();
        assert!(ours == theirs(name), "{name}");
    }
}

/// Which pixels we make white, of the gradient as it lies or turned, in 8 bits.
fn ours(algorithm: Algorithm, side: Option<u16>, is_turned: bool) -> Vec<bool> {
    let options = Options {
        matrix_size: side,
        ..Options::new(algorithm, Tones::Levels(2))
    };
    let width = if is_turned { HEIGHT } else { WIDTH };
    let tone = |at: usize| {
        let x = if is_turned { at / HEIGHT } else { at % WIDTH };
        (light(x) * 255.0).round() as u8
    };
    let source: Vec<u8> = (0..WIDTH * HEIGHT).map(tone).collect();
    let size = (width as u32, (WIDTH * HEIGHT / width) as u32);
    let out = colors(&options, Pixels::Gray, size, &source);
    out.iter().map(|color| color[0] == 255).collect()
}

#[test]
fn ours_are_theirs_on_average() {
    for (name, algorithm) in KERNELS {
        let theirs = turned(&theirs(name));
        let (block, all) = apart(&ours(algorithm, None, true), &theirs, HEIGHT);
        assert!(block <= 4.0 / 64.0 && all <= 0.002, "{name}: {block} {all}");
    }
}

#[test]
fn ours_differ_from_theirs_only_by_the_thresholds() {
    for (name, algorithm, side) in maps() {
        let theirs = theirs(name);
        let ours = ours(algorithm, Some(side), false);
        let other = ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
        assert!(other <= WIDTH * HEIGHT / 30, "{name}: {other}");
    }
}
