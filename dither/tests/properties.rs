//! What holds for every method, whatever the picture.
#![expect(clippy::cast_possible_truncation, reason = "small pictures")]

mod kit;
mod reference;

use std::ops::ControlFlow;

use filittle_dither::{
    Algorithm, BadOptions, ColorSpace, Ditherer, Options, Pixels, Tones,
    palettes::{palette, palettes},
};
use kit::{chance, colors, raw};
use reference::{Picture, dithered};

const SPACES: [ColorSpace; 3] = [ColorSpace::Srgb, ColorSpace::Linear, ColorSpace::Oklab];

fn named(name: &str) -> Tones {
    Tones::Colors(palette(name).expect("a palette").colors.clone())
}

/// The corners of the cube of colours.
fn corners() -> Tones {
    let corner = |n: u8| [4, 2, 1].map(|bit| if n & bit == 0 { 0 } else { 255 });
    Tones::Colors((0..8).map(corner).collect())
}

fn kinds() -> Vec<Tones> {
    let levels = [2, 4, 6, 7, 16].map(Tones::Levels);
    let palettes = [named("black-white"), corners(), named("gray-16")];
    levels.into_iter().chain(palettes).collect()
}

/// Every method in every space to every kind of tones.
fn each(mut with: impl FnMut(Options)) {
    for algorithm in Algorithm::ALL {
        for color_space in SPACES {
            for tones in kinds() {
                with(Options {
                    color_space,
                    ..Options::new(algorithm, tones)
                });
            }
        }
    }
}

/// The tone of a level of so many, rounded, halves up.
fn level_tone(level: u16, count: u16) -> u8 {
    let (level, last) = (u32::from(level), u32::from(count) - 1);
    ((level * 510 + last) / (2 * last)) as u8
}

fn size(picture: &Picture) -> (u32, u32) {
    (picture.width as u32, picture.height as u32)
}

fn of(options: &Options, picture: &Picture) -> Vec<[u8; 3]> {
    colors(options, Pixels::Rgb, size(picture), picture.bytes())
}

#[test]
fn only_the_asked_colours_come_out() {
    let picture = Picture::scene(67, 37);
    each(|options| {
        let out = of(&options, &picture);
        let is_asked = |color: &[u8; 3]| match &options.tones {
            Tones::Colors(colors) => colors.contains(color),
            Tones::Levels(count) => (color.iter())
                .all(|tone| (0..*count).any(|level| level_tone(level, *count) == *tone)),
        };
        assert!(out.iter().all(is_asked), "{options:?}");
    });
}

#[test]
fn a_picture_of_the_asked_colours_is_unchanged() {
    for palette in palettes() {
        let count = palette.colors.len();
        let mut picture = Picture::scene(32, 24);
        for ((at, pixel), chance) in picture.pixels.iter_mut().enumerate().zip(chance(32 * 24)) {
            let n = if at < count { at } else { usize::from(chance) };
            *pixel = palette.colors[n % count];
        }
        for algorithm in Algorithm::ALL {
            for color_space in SPACES {
                let options = Options {
                    color_space,
                    ..Options::new(algorithm, Tones::Colors(palette.colors.clone()))
                };
                let out = of(&options, &picture);
                assert!(
                    out == picture.pixels,
                    "{}: {algorithm:?} {color_space:?}",
                    palette.name
                );
            }
        }
    }
}

#[test]
fn a_picture_of_the_asked_levels_is_unchanged() {
    for count in (2..=32).chain([63, 64, 100, 128, 200, 255, 256]) {
        let mut picture = Picture::scene(32, 16);
        for (pixel, chance) in picture.pixels.iter_mut().zip(chance(32 * 16)) {
            *pixel = [1, 2, 3].map(|c| level_tone(u16::from(chance) * c % count, count));
        }
        for algorithm in Algorithm::ALL {
            for color_space in SPACES {
                let options = Options {
                    color_space,
                    ..Options::new(algorithm, Tones::Levels(count))
                };
                let out = of(&options, &picture);
                assert!(
                    out == picture.pixels,
                    "{count}: {algorithm:?} {color_space:?}"
                );
            }
        }
    }
}

#[test]
fn bands_and_runs_make_no_difference() {
    let picture = Picture::scene(75, 45);
    each(|options| {
        let serpentine = Options {
            serpentine: true,
            ..options.clone()
        };
        for options in [options, serpentine] {
            let whole = raw(&options, Pixels::Rgb, size(&picture), picture.bytes(), 99);
            for bands in [1, 2, 3, 99] {
                let cut = raw(
                    &options,
                    Pixels::Rgb,
                    size(&picture),
                    picture.bytes(),
                    bands,
                );
                assert!(cut == whole, "{bands}: {options:?}");
            }
        }
    });
}

#[test]
fn without_strength_every_pixel_becomes_the_nearest_colour() {
    let picture = Picture::scene(75, 33);
    each(|options| {
        let alone = Options {
            algorithm: Algorithm::None,
            ..options.clone()
        };
        let weak = Options {
            strength: 0,
            ..options
        };
        assert!(of(&weak, &picture) == of(&alone, &picture), "{weak:?}");
    });
}

#[test]
fn grey_is_the_same_in_whatever_pixels_it_comes() {
    let picture = Picture::scene(41, 29);
    let tones: Vec<u8> = picture.pixels.iter().map(|pixel| pixel[1]).collect();
    let with = |kind: fn(u8) -> Vec<u8>| tones.iter().flat_map(|t| kind(*t)).collect::<Vec<u8>>();
    let sources = [
        (Pixels::Gray, with(|t| vec![t])),
        (Pixels::GrayAlpha, with(|t| vec![t, 255])),
        (Pixels::Rgb, with(|t| vec![t; 3])),
        (Pixels::Rgba, with(|t| vec![t, t, t, 255])),
    ];
    each(|options| {
        for gray in [false, true] {
            let options = Options {
                gray,
                ..options.clone()
            };
            let mut outs = sources
                .iter()
                .map(|(pixels, source)| colors(&options, *pixels, size(&picture), source));
            let first = outs.next().expect("grey");
            assert!(outs.all(|out| out == first), "{options:?}");
        }
    });
}

#[test]
fn the_thinnest_pictures_are_as_the_reference_has_them() {
    for (width, height) in [(1, 1), (1, 200), (200, 1), (65_535, 1), (1, 65_535)] {
        let picture = Picture::scene(width, height);
        for (algorithm, serpentine) in
            (Algorithm::ALL.into_iter()).flat_map(|a| [false, true].map(|s| (a, s)))
        {
            let tones = [Tones::Levels(2), named("pico-8")];
            // The reference is too slow for more of the longest.
            let count = if width * height > 200 { 1 } else { 2 };
            for tones in tones.into_iter().take(count) {
                let options = Options {
                    serpentine,
                    ..Options::new(algorithm, tones)
                };
                let ours = of(&options, &picture);
                assert!(
                    ours == dithered(&options, &picture),
                    "{options:?} {width}×{height}"
                );
            }
        }
    }
}

#[test]
fn who_does_not_want_to_go_on_is_heard() {
    let picture = Picture::scene(20, 20);
    for algorithm in Algorithm::ALL {
        let options = Options::new(algorithm, Tones::Levels(2));
        let (width, height) = size(&picture);
        let mut ditherer = Ditherer::new(&options, Pixels::Rgb, width, height).expect("options");
        let mut out = vec![0; 20 * 20];
        let done = ditherer.dither(picture.bytes(), &mut out, &mut |_| ControlFlow::Break(()));
        assert!(done.is_break(), "{algorithm:?}");
    }
}

fn refusal(options: &Options, pixels: Pixels, (width, height): (u32, u32)) -> BadOptions {
    Ditherer::new(options, pixels, width, height)
        .err()
        .expect("a refusal")
}

#[test]
fn what_there_is_not_is_refused_by_its_name() {
    let plain = |algorithm, tones| Options::new(algorithm, tones);
    let refused = |options: &Options| refusal(options, Pixels::Rgb, (9, 9));
    for algorithm in Algorithm::ALL {
        for count in [0, 1, 257, u16::MAX] {
            let options = plain(algorithm, Tones::Levels(count));
            assert_eq!(refused(&options), BadOptions::Levels(count));
        }
        for count in [0, 257] {
            let options = plain(algorithm, Tones::Colors(vec![[0; 3]; count]));
            assert_eq!(refused(&options), BadOptions::Colors(count));
        }
        let options = plain(algorithm, Tones::Levels(2));
        let strong = Options {
            strength: 257,
            ..options.clone()
        };
        assert_eq!(refused(&strong), BadOptions::Strength(257));
        for size in [(0, 1), (1, 0), (65_536, 1), (1, 65_536)] {
            let refusal = refusal(&options, Pixels::Rgb, size);
            assert_eq!(refusal, BadOptions::Size(size.0, size.1));
        }
        if algorithm.is_ordered() {
            for strength in [0, 256] {
                let odd = Options {
                    matrix_size: Some(5),
                    strength,
                    ..options.clone()
                };
                let is_right = matches!(refused(&odd), BadOptions::MatrixSize { size: 5, .. });
                assert!(is_right, "{algorithm:?}");
            }
        }
    }
}
