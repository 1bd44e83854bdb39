//! What comes out is to the pixel what a slow reference makes.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small pictures"
)]

mod kit;
mod reference;

use filittle_dither::{Algorithm, ColorSpace, Options, Pixels, Tones};
use kit::{COLORS, colors};
use reference::{Picture, dithered};

const SPACES: [ColorSpace; 2] = [ColorSpace::Srgb, ColorSpace::Linear];

fn unordered() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL
        .into_iter()
        .filter(|algorithm| !algorithm.is_ordered())
}

fn same(options: &Options, picture: &Picture) {
    let size = (picture.width as u32, picture.height as u32);
    let ours = colors(options, Pixels::Rgb, size, picture.bytes());
    assert!(ours == dithered(options, picture), "{options:?} {size:?}");
}

#[test]
fn levels_of_colour() {
    let picture = Picture::scene(97, 31);
    for algorithm in unordered() {
        for (levels, color_space) in [2, 3, 6, 7, 256]
            .into_iter()
            .flat_map(|n| SPACES.map(|s| (n, s)))
        {
            let options = Options {
                color_space,
                ..Options::new(algorithm, Tones::Levels(levels))
            };
            same(&options, &picture);
        }
    }
}

#[test]
fn levels_of_grey() {
    let picture = Picture::scene(97, 31);
    for algorithm in unordered() {
        for (levels, color_space) in [2, 5, 256].into_iter().flat_map(|n| SPACES.map(|s| (n, s))) {
            let options = Options {
                color_space,
                gray: true,
                ..Options::new(algorithm, Tones::Levels(levels))
            };
            same(&options, &picture);
        }
    }
}

#[test]
fn colours() {
    let picture = Picture::scene(97, 31);
    for algorithm in unordered() {
        for (gray, color_space) in [false, true]
            .into_iter()
            .flat_map(|g| SPACES.map(|s| (g, s)))
        {
            let options = Options {
                color_space,
                gray,
                ..Options::new(algorithm, Tones::Colors(COLORS.to_vec()))
            };
            same(&options, &picture);
        }
    }
}

#[test]
fn serpentine_and_strength() {
    let picture = Picture::scene(97, 31);
    for algorithm in unordered() {
        for (serpentine, strength) in [(true, 256), (true, 100), (false, 200), (false, 0)] {
            for tones in [Tones::Levels(2), Tones::Colors(COLORS.to_vec())] {
                let options = Options {
                    serpentine,
                    strength,
                    ..Options::new(algorithm, tones)
                };
                same(&options, &picture);
            }
        }
    }
}

#[test]
fn every_small_size() {
    for width in 1..=20 {
        for height in [1, 2, 7, 8, 9, 17] {
            let picture = Picture::scene(width, height);
            for algorithm in unordered() {
                for serpentine in [false, true] {
                    let options = Options {
                        serpentine,
                        ..Options::new(algorithm, Tones::Levels(2))
                    };
                    same(&options, &picture);
                }
            }
        }
    }
}

#[test]
fn widths_around_where_the_work_is_cut() {
    for width in [63, 64, 65, 78, 79, 127, 128, 129, 192, 200] {
        let picture = Picture::scene(width, 19);
        for algorithm in [Algorithm::FloydSteinberg, Algorithm::JarvisJudiceNinke] {
            for serpentine in [false, true] {
                let colors = Tones::Colors(COLORS.to_vec());
                same(
                    &Options {
                        serpentine,
                        ..Options::new(algorithm, colors)
                    },
                    &picture,
                );
            }
        }
    }
}

#[test]
fn the_longest_sides() {
    for (width, height) in [(65_535, 2), (2, 65_535)] {
        let picture = Picture::scene(width, height);
        for algorithm in [Algorithm::Stucki, Algorithm::Riemersma] {
            same(&Options::new(algorithm, Tones::Levels(2)), &picture);
        }
    }
}

#[test]
fn a_picture_is_fitted_into_the_range_of_the_inks_before_all_else() {
    const INKS: [[u8; 3]; 3] = [[0xa8, 0xb4, 0xb6], [0x1f, 0x18, 0x29], [0x71, 0x18, 0x13]];
    let [bright, dark, _] = INKS.map(|ink| ink.map(i32::from));
    let picture = Picture::scene(97, 31);
    let fitted = Picture {
        pixels: (picture.pixels.iter())
            .map(|pixel| {
                std::array::from_fn(|c| {
                    // In sRGB the numbers that are worked with are the tones.
                    let moved = i32::from(pixel[c]) * (bright[c] - dark[c]) + 127;
                    (dark[c] + moved.div_euclid(255)) as u8
                })
            })
            .collect(),
        ..picture.clone()
    };
    for algorithm in Algorithm::ALL {
        let plain = Options::new(algorithm, Tones::Colors(INKS.to_vec()));
        let options = Options {
            fit_range: true,
            ..plain.clone()
        };
        let of = |options: &Options, picture: &Picture| {
            let size = (picture.width as u32, picture.height as u32);
            colors(options, Pixels::Rgb, size, picture.bytes())
        };
        assert!(
            of(&options, &picture) == of(&plain, &fitted),
            "{algorithm:?}"
        );
    }
}
