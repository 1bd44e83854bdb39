//! Whole numbers stay near to floats without any rounding.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small pictures"
)]

mod kit;
mod reference;

use filittle_dither::{Algorithm, ColorSpace, Options, Pixels, Tones};
use kit::colors;
use reference::{
    Numbers, Picture,
    floats::{apart, white},
};

const SIDE: usize = 128;
/// How far the means of 8×8 pixels may be apart, of black to white: ten of their 64 dots.
const BLOCK: f64 = 10.0 / 64.0;
/// And those of a picture.
const ALL: f64 = 0.003;

fn pictures() -> Vec<(&'static str, Vec<u8>)> {
    let with = |tone: &dyn Fn(usize) -> u8| (0..SIDE * SIDE).map(tone).collect();
    let waves = |at: usize| {
        let (x, y) = ((at % SIDE) as f64, (at / SIDE) as f64);
        (127.5 + 80.0 * (x / 17.0).sin() * (y / 23.0).cos() + 40.0 * (y / 9.0).sin()) as u8
    };
    let scene = Picture::scene(SIDE, SIDE);
    let mut pictures = vec![
        ("across", with(&|at| (at % SIDE * 2) as u8)),
        ("down", with(&|at| (at / SIDE * 2) as u8)),
        ("waves", with(&waves)),
        ("scene", with(&|at| scene.pixels[at][1])),
    ];
    for tone in [1, 3, 20, 64, 85, 100, 127, 128, 170, 190, 250, 254] {
        pictures.push(("grey", with(&move |_| tone)));
    }
    pictures
}

fn ours(options: &Options, tones: &[u8]) -> Vec<bool> {
    let out = colors(options, Pixels::Gray, (SIDE as u32, SIDE as u32), tones);
    out.iter().map(|color| color[0] == 255).collect()
}

#[test]
fn means_of_blocks_and_of_all_are_those_of_floats() {
    for algorithm in (Algorithm::ALL.into_iter()).filter(|a| a.kernel().is_some()) {
        for (color_space, serpentine) in [ColorSpace::Srgb, ColorSpace::Linear]
            .into_iter()
            .flat_map(|space| [false, true].map(|s| (space, s)))
        {
            let numbers = Numbers::of(color_space);
            let options = Options {
                color_space,
                serpentine,
                ..Options::new(algorithm, Tones::Levels(2))
            };
            for (name, tones) in pictures() {
                let part = |tone: &u8| numbers.tone(*tone) as f64 / numbers.max as f64;
                let light: Vec<f64> = tones.iter().map(part).collect();
                let floats = white(algorithm, &light, SIDE, (serpentine, false));
                let (block, all) = apart(&ours(&options, &tones), &floats, SIDE);
                assert!(block <= BLOCK, "a block of {name} by {block}: {options:?}");
                assert!(all <= ALL, "{name} by {all}: {options:?}");
            }
        }
    }
}
