//! Each colour becomes the nearest of a palette: the very nearest where whole numbers can tell, and
//! in OKLab none that is much farther.

mod kit;
mod reference;

use filittle_dither::{Algorithm, ColorSpace, Options, Pixels, Search, Tones, palettes::palettes};
use kit::raw;
use reference::Numbers;

/// Pixels that are all different in kind, the same each time.
fn random(count: usize) -> Vec<[u8; 3]> {
    let mut state = 1_u64;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let [.., r, g, b] = (state >> 40).to_be_bytes();
            [r, g, b]
        })
        .collect()
}

fn chosen(space: ColorSpace, colors: &[[u8; 3]], pixels: &[[u8; 3]], width: u32) -> Vec<u8> {
    let options = Options {
        color_space: space,
        ..Options::new(Algorithm::None, Tones::Colors(colors.to_vec()))
    };
    let height = u32::try_from(pixels.len()).expect("few") / width;
    raw(
        &options,
        Pixels::Rgb,
        (width, height),
        pixels.as_flattened(),
        1,
    )
    .1
}

#[test]
fn of_a_million_colours_each_becomes_the_very_nearest_and_the_first_of_equals() {
    let pixels = random(1_000_000);
    for space in [ColorSpace::Srgb, ColorSpace::Linear] {
        let numbers = Numbers::of(space);
        let tones: Vec<i32> = (0..=255)
            .map(|tone| i32::try_from(numbers.tone(tone)).expect("14 bits"))
            .collect();
        let place = |color: [u8; 3]| color.map(|tone| tones[usize::from(tone)]);
        for palette in palettes() {
            let colors: Vec<_> = palette.colors.iter().map(|color| place(*color)).collect();
            let chosen = chosen(space, &palette.colors, &pixels, 1000);
            for (pixel, index) in pixels.iter().zip(chosen) {
                let at = place(*pixel);
                let far = |color: &[i32; 3]| -> i32 {
                    (0..3)
                        .map(|c| (at[c] - color[c]) * (at[c] - color[c]))
                        .sum()
                };
                let least = colors.iter().map(far).fold(i32::MAX, i32::min);
                let (before, rest) = colors.split_at(usize::from(index));
                let is_right = far(&rest[0]) == least && before.iter().all(|c| far(c) > least);
                assert!(is_right, "{} {space:?} {pixel:?}", palette.name);
            }
        }
    }
}

#[test]
fn fast_chooses_one_that_is_at_most_14_farther_than_the_nearest() {
    let pixels = random(200_000);
    let colors: Vec<[u8; 3]> = random(256 + 7).split_off(7);
    let options = Options {
        search: Search::Fast,
        ..Options::new(Algorithm::None, Tones::Colors(colors.clone()))
    };
    let chosen = raw(&options, Pixels::Rgb, (1000, 200), pixels.as_flattened(), 1).1;
    let mut others = 0;
    for (pixel, index) in pixels.iter().zip(chosen) {
        let far = |color: &[u8; 3]| -> f64 {
            let side = |c: usize| f64::from(pixel[c]) - f64::from(color[c]);
            (0..3).map(|c| side(c).powi(2)).sum::<f64>().sqrt()
        };
        let least = colors.iter().map(far).fold(f64::MAX, f64::min);
        let most = far(&colors[usize::from(index)]);
        assert!(most <= least + 14.0, "{pixel:?}");
        others += u32::from(most > least);
    }
    assert!(others > 0, "it is not the exact search");
}

#[test]
fn few_colours_are_found_exactly_also_when_fast_is_enough() {
    let pixels = random(50_000);
    let colors = random(64);
    let [exact, fast] = [Search::Exact, Search::Fast].map(|search| {
        let options = Options {
            search,
            ..Options::new(Algorithm::FloydSteinberg, Tones::Colors(colors.clone()))
        };
        raw(&options, Pixels::Rgb, (250, 200), pixels.as_flattened(), 1).1
    });
    assert!(exact == fast);
}

/// The matrices as B. Ottosson publishes them.
fn oklab(color: [u8; 3]) -> [f64; 3] {
    let light = color.map(|tone| {
        let part = f64::from(tone) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    let dot = |row: [f64; 3], v: [f64; 3]| row[0] * v[0] + row[1] * v[1] + row[2] * v[2];
    let roots = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ]
    .map(|row| dot(row, light).cbrt());
    [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ]
    .map(|row| dot(row, roots))
}

/// Of black and white, which are 1 apart.
const FARTHER: f64 = 0.01;

#[test]
fn in_oklab_none_is_farther_than_the_nearest_by_more_than_a_hundredth_of_black_to_white() {
    let pixels = random(200_000);
    let places: Vec<[f64; 3]> = pixels.iter().map(|pixel| oklab(*pixel)).collect();
    let mut worst = 0.0_f64;
    for palette in palettes() {
        let colors: Vec<_> = palette.colors.iter().map(|color| oklab(*color)).collect();
        let chosen = chosen(ColorSpace::Oklab, &palette.colors, &pixels, 1000);
        for (place, index) in places.iter().zip(chosen) {
            let far =
                |color: &[f64; 3]| -> f64 { (0..3).map(|c| (place[c] - color[c]).powi(2)).sum() };
            let least = colors.iter().map(far).fold(f64::INFINITY, f64::min);
            let farther = far(&colors[usize::from(index)]).sqrt() - least.sqrt();
            worst = worst.max(farther);
        }
    }
    assert!(worst < FARTHER, "{worst}");
}
