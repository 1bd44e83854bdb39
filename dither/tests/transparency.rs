//! What becomes of transparent pixels, and of those beside them.
#![expect(clippy::cast_possible_truncation, reason = "small pictures")]

mod kit;
mod reference;

use filittle_dither::{
    Algorithm, BadOptions, ColorSpace, Ditherer, Options, Output, Pixels, Tones, Transparency,
    palettes::palette,
};
use kit::{chance, colors, raw};
use reference::{Picture, dithered};

fn named(name: &str) -> Tones {
    Tones::Colors(palette(name).expect("a palette").colors.clone())
}

fn size(picture: &Picture) -> (u32, u32) {
    (picture.width as u32, picture.height as u32)
}

/// A scene with holes, and as red, green, blue and alpha.
fn with_holes(width: usize, height: usize, under: u8) -> (Picture, Vec<u8>) {
    let mut picture = Picture::scene(width, height);
    let alphas: Vec<u8> = chance(width * height).collect();
    picture.seen = alphas.iter().map(|alpha| *alpha >= 100).collect();
    let pixels = picture
        .pixels
        .iter()
        .zip(&alphas)
        .flat_map(|(pixel, alpha)| {
            let [r, g, b] = if *alpha < 100 { [under; 3] } else { *pixel };
            [r, g, b, *alpha]
        });
    let source = pixels.collect();
    (picture, source)
}

#[test]
fn nothing_comes_out_of_transparent_pixels() {
    for (under, serpentine) in [(0, false), (255, true)] {
        let (picture, source) = with_holes(83, 35, under);
        for algorithm in Algorithm::ALL {
            for color_space in [ColorSpace::Srgb, ColorSpace::Linear] {
                for tones in [Tones::Levels(2), Tones::Levels(4), named("spectra-6")] {
                    let options = Options {
                        color_space,
                        serpentine,
                        transparency: Transparency::Threshold(100),
                        ..Options::new(algorithm, tones)
                    };
                    let (output, out) = raw(&options, Pixels::Rgba, size(&picture), &source, 1);
                    let Output::Indices {
                        colors,
                        transparent: Some(transparent),
                    } = output
                    else {
                        panic!("no transparent index: {options:?}");
                    };
                    let right = dithered(&options, &picture);
                    for ((index, seen), color) in out.into_iter().zip(&picture.seen).zip(right) {
                        assert_eq!(index == transparent, !seen, "{options:?}");
                        assert!(!seen || colors[usize::from(index)] == color, "{options:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn on_a_background_a_picture_is_as_if_it_had_been_laid_on_it_before() {
    let back = [250, 20, 130];
    let (mut picture, source) = with_holes(43, 27, 77);
    for (pixel, source) in picture.pixels.iter_mut().zip(source.as_chunks::<4>().0) {
        *pixel = [0, 1, 2].map(|c| {
            let alpha = f64::from(source[3]) / 255.0;
            let sum = f64::from(source[c]) * alpha + f64::from(back[c]) * (1.0 - alpha);
            #[expect(clippy::cast_sign_loss, reason = "a tone")]
            let tone = sum.round() as u8;
            tone
        });
    }
    for algorithm in Algorithm::ALL {
        for color_space in [ColorSpace::Srgb, ColorSpace::Linear, ColorSpace::Oklab] {
            for tones in [Tones::Levels(2), Tones::Levels(7), named("spectra-6")] {
                let options = Options {
                    color_space,
                    transparency: Transparency::Background(back),
                    ..Options::new(algorithm, tones)
                };
                let ours = colors(&options, Pixels::Rgba, size(&picture), &source);
                let right = colors(&options, Pixels::Rgb, size(&picture), picture.bytes());
                assert!(ours == right, "{options:?}");
            }
        }
    }
}

#[test]
fn a_transparent_index_needs_a_place_among_256() {
    let hiding = |tones| Options {
        transparency: Transparency::Threshold(1),
        ..Options::new(Algorithm::None, tones)
    };
    let many = hiding(Tones::Colors(vec![[0; 3]; 256]));
    let refused = |options: &Options| {
        Ditherer::new(options, Pixels::Rgba, 9, 9)
            .err()
            .expect("a refusal")
    };
    assert_eq!(refused(&many), BadOptions::NoPlaceForTransparent(256));
    let levels = hiding(Tones::Levels(7));
    assert!(matches!(
        refused(&levels),
        BadOptions::NoPlaceForTransparent(_)
    ));
    assert!(Ditherer::new(&many, Pixels::Rgb, 9, 9).is_ok());
    let fewer = hiding(Tones::Colors(vec![[0; 3]; 255]));
    assert!(Ditherer::new(&fewer, Pixels::Rgba, 9, 9).is_ok());
}
