//! What the demo works on when nobody gives it anything.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use jpeg_encoder::{ColorType, Encoder};

use super::picture;

const WIDTH: u16 = 1600;
const HEIGHT: u16 = 1067;
const TEXT_BYTES: usize = 4 << 20;

/// A picture and a text in `folder`.
pub(super) fn write(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn std::error::Error>> {
    let (photo, text) = (folder.join("landscape.jpg"), folder.join("words.txt"));
    let pixels = picture::draw(WIDTH.into(), HEIGHT.into());
    Encoder::new_file(&photo, 90)?.encode(&pixels, WIDTH, HEIGHT, ColorType::Rgb)?;
    std::fs::write(&text, words())?;
    Ok(vec![photo, text])
}

/// Text that shrinks like text: few words, in no order.
fn words() -> String {
    const WORDS: [&str; 24] = [
        "river", "of", "and", "small", "files", "the", "light", "a", "stone", "under", "morning",
        "every", "grain", "shore", "to", "wind", "over", "paper", "in", "ink", "left", "quiet",
        "two", "or",
    ];
    let mut seed = 1_u64;
    let mut text = String::with_capacity(TEXT_BYTES + 32);
    while text.len() < TEXT_BYTES {
        // The constants of Knuth's MMIX: any generator would do.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let index = usize::try_from(seed >> 33).unwrap_or(0) % WORDS.len();
        let end = if (seed >> 20).is_multiple_of(17) {
            ".\n"
        } else {
            " "
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{end}", WORDS[index]);
    }
    text
}
