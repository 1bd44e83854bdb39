//! Small pictures as text, to be looked at: what each method makes of a gradient with a disc.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a small picture"
)]

mod kit;

use std::{fs, path::Path};

use filittle_dither::{Algorithm, Options, Output, Pixels, Tones};
use kit::{COLORS, raw};

const SIZE: (u32, u32) = (48, 24);
const ANEW: &str = "FILITTLE_GOLDEN";

/// From dark on the left to light on the right, greyish above and reddish below; in the disc the
/// other way.
fn picture() -> Vec<u8> {
    let pixels = (0..SIZE.1 as i32).flat_map(|y| (0..SIZE.0 as i32).map(move |x| (x, y)));
    pixels
        .flat_map(|(x, y)| {
            let is_disc = (x - 24).pow(2) + (y - 12).pow(2) < 80;
            let light = x * 255 / 47;
            let tone = if is_disc { 255 - light } else { light };
            [tone, tone * (36 - y) / 36, tone * (30 - y) / 30].map(|tone| tone as u8)
        })
        .collect()
}

/// A line of text for each row.
fn drawn(options: &Options, signs: &[u8]) -> String {
    let (Output::Indices { .. }, out) = raw(options, Pixels::Rgb, SIZE, &picture(), 1) else {
        panic!("few colours have indices");
    };
    let lines = out.chunks(SIZE.0 as usize).map(|row| {
        let signs = row
            .iter()
            .map(|index| char::from(signs[usize::from(*index)]));
        signs.chain(['\n']).collect::<String>()
    });
    lines.collect()
}

fn name(algorithm: Algorithm) -> String {
    let mut name = String::new();
    for sign in format!("{algorithm:?}").chars() {
        if sign.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(sign.to_ascii_lowercase());
    }
    name
}

/// Compares with the file, or writes it when that was asked for.
fn compare(name: &str, drawn: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let path = folder.join(format!("{name}.txt"));
    if std::env::var_os(ANEW).is_some() {
        fs::create_dir_all(folder).expect("a folder");
        fs::write(&path, drawn).expect("a written file");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == drawn,
        "{name} is not as in {}; was that meant, write it anew with {ANEW}=1 and look at what \
         changed. It is now\n{drawn}",
        path.display()
    );
}

#[test]
fn two_greys_are_as_they_were() {
    for algorithm in Algorithm::ALL {
        let options = Options {
            gray: true,
            ..Options::new(algorithm, Tones::Levels(2))
        };
        compare(&name(algorithm), &drawn(&options, b"#."));
    }
}

#[test]
fn five_colours_are_as_they_were() {
    for algorithm in Algorithm::ALL {
        let options = Options::new(algorithm, Tones::Colors(COLORS.to_vec()));
        compare(
            &format!("{}-colours", name(algorithm)),
            &drawn(&options, b"01234"),
        );
    }
}
