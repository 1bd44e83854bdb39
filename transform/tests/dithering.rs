//! What comes out of `dither`.
#![cfg(feature = "codecs")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

mod kit;

use ::png::ColorType;
use filittle_transform::{Limits, Monitor, run};
use kit::{Counted, code, decoded, input, one, png, scene, steps, work, work_within};
use serde_json::json;

/// Floyd–Steinberg as in the paper, with whole pictures of sums and a search through all tones.
fn reference(
    width: usize,
    height: usize,
    wanted: &[[u8; 3]],
    choose: impl Fn([i32; 3]) -> ([i32; 3], [u8; 3]),
) -> Vec<[u8; 3]> {
    let mut sums = vec![[0i32; 3]; width * height];
    let mut out = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            let tones =
                [0, 1, 2].map(|c| i32::from(wanted[at][c]) + (sums[at][c] + 8).div_euclid(16));
            let (from, chosen) = choose(tones);
            out.push(chosen);
            for c in 0..3 {
                let error = from[c] - i32::from(chosen[c]);
                let mut spread = |dx: isize, dy: usize, share: i32| {
                    let (Some(x), y) = (x.checked_add_signed(dx), y + dy) else {
                        return;
                    };
                    if x < width && y < height {
                        sums[y * width + x][c] += share * error;
                    }
                };
                spread(1, 0, 7);
                spread(-1, 1, 3);
                spread(0, 1, 5);
                spread(1, 1, 1);
            }
        }
    }
    out
}

/// Evenly spaced before they are rounded; what is beyond the ends is held by them.
fn by_levels(count: u32) -> impl Fn([i32; 3]) -> ([i32; 3], [u8; 3]) {
    move |wanted| {
        let last = f64::from(count - 1);
        let nearest = |w: i32| {
            let level = (f64::from(w.clamp(0, 255)) * last / 255.0).round();
            (level * 255.0 / last).round() as u8
        };
        (wanted, wanted.map(nearest))
    }
}

fn by_colors(palette: Vec<[u8; 3]>) -> impl Fn([i32; 3]) -> ([i32; 3], [u8; 3]) {
    move |wanted| {
        let clamped = wanted.map(|tone| tone.clamp(0, 255));
        let far = |color: &&[u8; 3]| {
            (0..3)
                .map(|c| (i32::from(color[c]) - clamped[c]).pow(2))
                .sum::<i32>()
        };
        (clamped, *palette.iter().min_by_key(far).expect("a color"))
    }
}

const PALETTE: [&str; 5] = ["000", "fff", "e02020", "20a040", "2040c0"];

fn palette() -> Vec<[u8; 3]> {
    vec![
        [0; 3],
        [255; 3],
        [0xe0, 0x20, 0x20],
        [0x20, 0xa0, 0x40],
        [0x20, 0x40, 0xc0],
    ]
}

#[test]
fn levels_agree_with_a_slow_reference_to_the_pixel() {
    let data = scene(97, 61, 3);
    let file = png(97, 61, ColorType::Rgb, &data);
    for count in [2u32, 3, 4, 5, 6, 7, 16, 100, 256] {
        let out = decoded(&one(
            json!([{"op": "dither", "levels": count}]),
            "a.png",
            file.clone(),
        ));
        assert!(
            out.pixels == reference(97, 61, data.as_chunks().0, by_levels(count)),
            "{count}"
        );
    }
}

#[test]
fn greys_agree_with_a_slow_reference_to_the_pixel() {
    let data = scene(50, 40, 1);
    let gray: Vec<[u8; 3]> = data.iter().map(|tone| [*tone; 3]).collect();
    let file = png(50, 40, ColorType::Grayscale, &data);
    for count in [2u32, 3, 4, 7, 15, 16, 17, 255, 256] {
        let out = decoded(&one(
            json!([{"op": "dither", "levels": count}]),
            "a.png",
            file.clone(),
        ));
        assert!(
            out.pixels == reference(50, 40, &gray, by_levels(count)),
            "{count}"
        );
    }
}

#[test]
fn colors_agree_with_a_slow_reference_to_the_pixel() {
    let data = scene(97, 61, 3);
    let file = png(97, 61, ColorType::Rgb, &data);
    let out = decoded(&one(
        json!([{"op": "dither", "colors": PALETTE}]),
        "a.png",
        file,
    ));
    assert!(out.pixels == reference(97, 61, data.as_chunks().0, by_colors(palette())));
}

#[test]
fn only_the_asked_colors_come_out_in_the_asked_order() {
    let file = png(64, 64, ColorType::Rgb, &scene(64, 64, 3));
    let out = decoded(&one(
        json!([{"op": "dither", "colors": PALETTE}]),
        "a.png",
        file,
    ));
    assert_eq!(out.palette, palette());
    assert!(out.pixels.iter().all(|pixel| palette().contains(pixel)));
}

#[test]
fn a_pixel_takes_no_more_bits_than_the_colors_need() {
    let rgb = png(9, 9, ColorType::Rgb, &scene(9, 9, 3));
    let depth = |step| {
        let out = decoded(&one(json!([step]), "a.png", rgb.clone()));
        (out.color, out.depth)
    };
    let gray = |levels| depth(json!({"op": "dither", "gray": true, "levels": levels}));
    let color = |levels| depth(json!({"op": "dither", "levels": levels}));
    assert_eq!(gray(2), (ColorType::Grayscale, 1));
    assert_eq!(gray(3), (ColorType::Indexed, 2));
    assert_eq!(gray(4), (ColorType::Grayscale, 2));
    assert_eq!(gray(5), (ColorType::Indexed, 4));
    assert_eq!(gray(16), (ColorType::Grayscale, 4));
    assert_eq!(gray(17), (ColorType::Grayscale, 8));
    assert_eq!(color(2), (ColorType::Indexed, 4));
    assert_eq!(color(3), (ColorType::Indexed, 8));
    assert_eq!(color(6), (ColorType::Indexed, 8));
    assert_eq!(color(7), (ColorType::Rgb, 8));
    assert_eq!(
        depth(json!({"op": "dither", "colors": ["000", "f00"]})),
        (ColorType::Indexed, 1)
    );
    assert_eq!(
        depth(json!({"op": "dither", "colors": PALETTE})),
        (ColorType::Indexed, 4)
    );
}

#[test]
fn the_mean_tone_is_kept_within_half_a_level() {
    let data = scene(200, 150, 3);
    let file = png(200, 150, ColorType::Rgb, &data);
    let mean = |pixels: &[[u8; 3]], c: usize| {
        pixels.iter().map(|p| f64::from(p[c])).sum::<f64>() / pixels.len() as f64
    };
    for levels in [2, 4, 6, 16] {
        let out = decoded(&one(
            json!([{"op": "dither", "levels": levels}]),
            "a.png",
            file.clone(),
        ));
        for channel in 0..3 {
            let off = mean(&out.pixels, channel) - mean(data.as_chunks().0, channel);
            assert!(
                off.abs() < 127.5 / f64::from(levels - 1),
                "{levels} levels: {off}"
            );
            assert!(off.abs() < 1.5, "{levels} levels: {off}");
        }
    }
}

#[test]
fn a_picture_of_the_asked_colors_is_unchanged() {
    let colors = palette();
    let data: Vec<u8> = (0..400).flat_map(|n| colors[n * 7 % 5]).collect();
    let file = png(20, 20, ColorType::Rgb, &data);
    let out = decoded(&one(
        json!([{"op": "dither", "colors": PALETTE}]),
        "a.png",
        file.clone(),
    ));
    assert_eq!(out.pixels, data.as_chunks().0);
    let out = decoded(&one(
        json!([{"op": "dither", "levels": 256}]),
        "a.png",
        file,
    ));
    assert_eq!(out.pixels, data.as_chunks().0);
}

#[test]
fn the_thinnest_pictures_work() {
    for (width, height) in [(1, 1), (1, 37), (37, 1), (2, 2)] {
        let data = scene(width, height, 3);
        let file = png(width, height, ColorType::Rgb, &data);
        let out = decoded(&one(json!([{"op": "dither"}]), "a.png", file));
        assert_eq!((out.width, out.height), (width, height));
        let (w, h) = (width as usize, height as usize);
        assert_eq!(
            out.pixels,
            reference(w, h, data.as_chunks().0, by_levels(2))
        );
    }
}

#[test]
fn transparency_is_laid_on_white() {
    let clear = png(8, 8, ColorType::Rgba, &[0; 256]);
    let out = decoded(&one(json!([{"op": "dither"}]), "a.png", clear));
    assert!(out.pixels.iter().all(|pixel| *pixel == [255; 3]));
    let clear = png(8, 8, ColorType::GrayscaleAlpha, &[0; 128]);
    let out = decoded(&one(json!([{"op": "dither"}]), "a.png", clear));
    assert!(out.pixels.iter().all(|pixel| *pixel == [255; 3]));
}

#[test]
fn colors_far_from_the_picture_do_not_let_the_error_run_away() {
    let data: Vec<u8> = (0..64 * 64)
        .flat_map(|n| if n % 64 < 60 { [255; 3] } else { [20; 3] })
        .collect();
    let file = png(64, 64, ColorType::Rgb, &data);
    let out = decoded(&one(
        json!([{"op": "dither", "colors": ["000", "202020"]}]),
        "a.png",
        file,
    ));
    let dark = out.pixels.iter().filter(|pixel| **pixel == [0; 3]).count();
    assert!(out.pixels[0] == [0x20; 3] && dark < 300, "{dark}");
}

#[test]
fn gray_with_colors_chooses_by_the_grey() {
    let red = png(4, 4, ColorType::Rgb, &[255, 0, 0].repeat(16));
    let step = json!([{"op": "dither", "gray": true, "colors": ["4c4c4c", "f00"]}]);
    let out = decoded(&one(step, "a.png", red));
    assert!(out.pixels.iter().all(|pixel| *pixel == [0x4c; 3]));
}

#[test]
fn scaling_before_dithering_keeps_only_the_asked_colors() {
    let file = png(64, 48, ColorType::Rgb, &scene(64, 48, 3));
    let steps = json!([{"op": "resize", "width": 32}, {"op": "dither", "gray": true}]);
    let out = decoded(&one(steps, "a.png", file));
    assert_eq!((out.width, out.height, out.depth), (32, 24, 1));
}

#[test]
fn a_dithered_picture_can_be_worked_on_further() {
    let file = png(64, 48, ColorType::Rgb, &scene(64, 48, 3));
    let steps = json!([{"op": "dither"}, {"op": "resize", "width": 32}, {"op": "convert", "format": "jpeg"}]);
    let done = work(steps, vec![kit::input("a.png", file)]);
    assert_eq!(done.names(), ["a.jpg"]);
}

#[test]
fn what_is_no_picture_is_refused() {
    assert_eq!(
        code(json!([{"op": "dither"}]), "just text"),
        "unsupported-media-type"
    );
    assert_eq!(code(json!([{"op": "dither"}]), ""), "empty-file");
}

/// Pictures that are read by rows and not, higher than what one thread gives another at a time.
fn tall() -> [Vec<u8>; 3] {
    let (width, height) = (900, 700);
    let data = scene(width, height, 3);
    let encoded = |progressive| {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
        encoder.set_progressive(progressive);
        let color = jpeg_encoder::ColorType::Rgb;
        let (width, height) = (width as u16, height as u16);
        let done = encoder.encode(&data, width, height, color);
        done.expect("a JPEG");
        file
    };
    let plain = png(width, height, ColorType::Rgb, &data);
    [plain, encoded(false), encoded(true)]
}

#[test]
fn more_threads_write_the_same_bytes() {
    let ways = [
        json!([{"op": "dither", "palette": "pico-8"}]),
        json!([{"op": "dither", "extract": 16}]),
        json!([{"op": "dither", "levels": 9}]),
        json!([{"op": "dither", "levels": 4, "gray": true, "format": "gif"}]),
        json!([{"op": "dither", "levels": 4, "algorithm": "riemersma"}]),
        json!([{"op": "resize", "width": 500}, {"op": "dither", "format": "bmp"}]),
    ];
    for file in tall() {
        for way in &ways {
            let [one, three] = [1, 3].map(|threads| {
                let limits = Limits {
                    threads,
                    ..Limits::default()
                };
                let inputs = vec![input("a", file.clone())];
                let done = work_within(&limits, way.clone(), inputs).expect("the run ends well");
                done.files.into_iter().next().expect("an output").1
            });
            assert!(one == three, "{way}");
        }
    }
}

#[test]
fn what_is_damaged_far_within_is_found_with_any_number_of_threads() {
    let [mut file, ..] = tall();
    let sum = file.len() - 13;
    file[sum] ^= 1;
    for threads in [1, 2] {
        let limits = Limits {
            threads,
            ..Limits::default()
        };
        let inputs = vec![input("a", file.clone())];
        let done = work_within(&limits, json!([{"op": "dither"}]), inputs).expect("the run ends");
        assert_eq!(
            (done.codes(), done.files.len()),
            (vec!["damaged-picture"], 0)
        );
    }
}

#[test]
fn the_progress_of_a_picture_goes_on_while_it_is_dithered() {
    let side = 1024;
    let png = png(side, side, ColorType::Rgb, &scene(side, side, 3));
    let jpeg = one(
        json!([{"op": "convert", "format": "jpeg"}]),
        "a",
        png.clone(),
    );
    // A byte a pixel: sixteen pieces and more, in bands of half a mebibyte.
    let list = steps(json!([{"op": "dither", "levels": 6, "format": "raw"}]));
    for (picture, threads) in [(&png, 1), (&png, 2), (&jpeg, 1), (&jpeg, 2)] {
        let size = picture.len() as u64;
        let monitor = Monitor::new(size);
        let mut outputs = Counted {
            watched: Some(monitor.clone()),
            ..Counted::default()
        };
        let limits = Limits {
            threads,
            ..Limits::default()
        };
        let mut inputs = [input("a", picture.clone())];
        run(&list, &mut inputs, &mut outputs, &limits, &monitor).expect("a run");
        let reached = outputs.reached;
        assert!(reached.len() >= 16, "{reached:?}");
        assert!(reached[0] < size / 2, "{reached:?} of {size}");
        let steps = reached.windows(2).filter(|pair| pair[0] < pair[1]);
        assert!(steps.count() >= 4, "{reached:?}");
    }
}
