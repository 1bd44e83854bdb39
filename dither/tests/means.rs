//! Tones are kept on average, in the space where errors are counted.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "small pictures"
)]

mod kit;
mod reference;

use filittle_dither::{Algorithm, ColorSpace, Options, Pixels, Tones, palettes::palette};
use kit::colors;
use reference::{Numbers, Picture};

const SPACES: [ColorSpace; 3] = [ColorSpace::Srgb, ColorSpace::Linear, ColorSpace::Oklab];
/// A multiple of the sides of all maps that are used without being asked for.
const SIDE: usize = 128;

/// The greatest distance of two neighbouring tones of a channel, of 0 to 1.
fn gap(tones: &Tones, space: ColorSpace) -> f64 {
    let mut levels: Vec<u8> = match tones {
        Tones::Levels(count) => (0..*count)
            .map(|k| (k * 510 / (count - 1)).div_ceil(2) as u8)
            .collect(),
        Tones::Colors(colors) => colors.iter().map(|color| color[0]).collect(),
    };
    levels.sort_unstable();
    let numbers = Numbers::of(space);
    let gaps = (levels.windows(2)).map(|pair| numbers.tone(pair[1]) - numbers.tone(pair[0]));
    gaps.max().expect("two levels") as f64 / numbers.max as f64
}

fn means(pixels: &[[u8; 3]], space: ColorSpace) -> [f64; 3] {
    let numbers = Numbers::of(space);
    [0, 1, 2].map(|c| {
        let sum: i64 = pixels.iter().map(|pixel| numbers.tone(pixel[c])).sum();
        sum as f64 / numbers.max as f64 / pixels.len() as f64
    })
}

/// By how much the mean of a channel is off at most, in steps from a tone to the next.
fn off(options: &Options, picture: &Picture) -> f64 {
    let size = (picture.width as u32, picture.height as u32);
    let out = colors(options, Pixels::Rgb, size, picture.bytes());
    let [was, is] = [&picture.pixels, &out].map(|pixels| means(pixels, options.color_space));
    let off = (0..3).map(|c| (was[c] - is[c]).abs()).fold(0.0, f64::max);
    off / gap(&options.tones, options.color_space)
}

/// A scene in colours, a gradient, and greys.
fn pictures() -> Vec<Picture> {
    let scene = Picture::scene(SIDE, SIDE);
    let with = |tone: &dyn Fn(usize) -> u8| Picture {
        pixels: (0..SIDE * SIDE).map(|at| [tone(at); 3]).collect(),
        ..scene.clone()
    };
    let gradient = with(&|at| (at % SIDE * 2) as u8);
    let greys = [1, 20, 64, 100, 127, 128, 190, 250].map(|tone| with(&|_| tone));
    [scene.clone(), gradient].into_iter().chain(greys).collect()
}

const LEVELS: [u16; 4] = [2, 4, 6, 16];

fn named(name: &str) -> Tones {
    Tones::Colors(palette(name).expect("a palette").colors.clone())
}

/// The corners of the cube of colours, sixteen greys, and two.
fn palettes() -> [Tones; 3] {
    let corner = |n: u8| [4, 2, 1].map(|bit| if n & bit == 0 { 0 } else { 255 });
    let corners = Tones::Colors((0..8).map(corner).collect());
    [corners, named("gray-16"), named("black-white")]
}

/// Shows that no picture is off by more than `most` steps.
fn within(
    most: f64,
    algorithm: Algorithm,
    color_space: ColorSpace,
    tones: &Tones,
    pictures: &[Picture],
) {
    let options = Options {
        color_space,
        ..Options::new(algorithm, tones.clone())
    };
    for (n, picture) in pictures.iter().enumerate() {
        let off = off(&options, picture);
        assert!(off <= most, "{off} steps in picture {n}: {options:?}");
    }
}

fn diffusing() -> impl Iterator<Item = Algorithm> {
    (Algorithm::ALL.into_iter())
        .filter(|algorithm| algorithm.kernel().is_some() || *algorithm == Algorithm::Riemersma)
        .filter(|algorithm| *algorithm != Algorithm::Atkinson)
}

#[test]
fn error_diffusion_to_levels_is_within_a_fiftieth_of_a_step() {
    let pictures = pictures();
    for algorithm in diffusing() {
        for (color_space, count) in SPACES.into_iter().flat_map(|s| LEVELS.map(|n| (s, n))) {
            let levels = Tones::Levels(count);
            within(0.02, algorithm, color_space, &levels, &pictures);
        }
    }
}

#[test]
fn error_diffusion_to_colours_is_within_a_fiftieth_of_a_step() {
    let pictures = pictures();
    for algorithm in diffusing() {
        for color_space in SPACES {
            // No palette of greys has the mean of a scene of colours.
            let [corners, greys @ ..] = palettes();
            within(0.02, algorithm, color_space, &corners, &pictures);
            for greys in greys {
                within(0.02, algorithm, color_space, &greys, &pictures[1..]);
            }
        }
    }
}

/// A quarter of an error of at most half a step is lost at each pixel.
#[test]
fn atkinson_is_within_an_eighth_of_a_step() {
    let pictures = pictures();
    for color_space in [ColorSpace::Srgb, ColorSpace::Linear] {
        for count in LEVELS {
            let levels = Tones::Levels(count);
            within(0.13, Algorithm::Atkinson, color_space, &levels, &pictures);
        }
    }
}

#[test]
fn ordered_greys_are_within_half_a_rank_of_a_step() {
    let greys = &pictures()[2..];
    for (algorithm, ranks) in [
        (Algorithm::Bayer, 64.0),
        (Algorithm::ClusterDot, 32.0),
        (Algorithm::BlueNoise, 4096.0),
    ] {
        for (color_space, count) in SPACES.into_iter().flat_map(|s| LEVELS.map(|n| (s, n))) {
            let levels = Tones::Levels(count);
            within(0.501 / ranks, algorithm, color_space, &levels, greys);
        }
    }
}

#[test]
fn ordered_pictures_are_within_a_fiftieth_of_a_step() {
    let pictures = pictures();
    for algorithm in Algorithm::ALL.into_iter().filter(|a| a.is_ordered()) {
        for (color_space, count) in SPACES.into_iter().flat_map(|s| LEVELS.map(|n| (s, n))) {
            let levels = Tones::Levels(count);
            within(0.02, algorithm, color_space, &levels, &pictures);
        }
    }
}

#[test]
fn patterns_are_within_a_tenth_of_a_step_in_srgb_and_linear_light() {
    let pictures = pictures();
    for algorithm in Algorithm::ALL.into_iter().filter(|a| a.is_ordered()) {
        for color_space in [ColorSpace::Srgb, ColorSpace::Linear] {
            for tones in palettes() {
                within(0.1, algorithm, color_space, &tones, &pictures[1..]);
            }
        }
    }
}

#[test]
fn a_fitted_grey_lies_between_the_inks_as_it_lay_between_black_and_white() {
    let inks = [[0x1f, 0x18, 0x29], [0xa8, 0xb4, 0xb6]];
    for color_space in SPACES {
        let options = Options {
            color_space,
            fit_range: true,
            ..Options::new(Algorithm::FloydSteinberg, Tones::Colors(inks.to_vec()))
        };
        let [dark, bright] = inks.map(|ink| means(&[ink], color_space));
        for tone in [0, 20, 64, 127, 190, 250, 255] {
            let grey = vec![[tone; 3]; SIDE * SIDE];
            let [part, ..] = means(&grey[..1], color_space);
            let size = (SIDE as u32, SIDE as u32);
            let out = colors(&options, Pixels::Rgb, size, grey.as_flattened());
            let is = means(&out, color_space);
            for c in 0..3 {
                let wanted = dark[c] + part * (bright[c] - dark[c]);
                let step = bright[c] - dark[c];
                let off = (is[c] - wanted).abs() / step;
                assert!(
                    off <= 0.02,
                    "{off} of {tone} in {color_space:?}, channel {c}"
                );
            }
        }
    }
}
