//! Contents made of a seed.

use std::fmt::Write;
use std::hash::{BuildHasher, Hasher, RandomState};

/// SplitMix64 (Steele, Lea and Flood, 2014): enough for tests, and the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }
}

/// The seed of this run: that of `FILITTLE_TEST_SEED`, or another one each time.
pub(crate) fn seed() -> u64 {
    match std::env::var("FILITTLE_TEST_SEED") {
        Ok(text) => text.parse().expect("FILITTLE_TEST_SEED is a number"),
        Err(_) => RandomState::new().build_hasher().finish(),
    }
}

/// Bytes that nothing makes smaller.
pub(crate) fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut noise: Vec<u8> = std::iter::repeat_with(|| dice.next().to_le_bytes())
        .take(bytes.div_ceil(8))
        .flatten()
        .collect();
    noise.truncate(bytes);
    noise
}

/// Text that gets smaller as text does, and is work for a compressor that tries hard.
pub(crate) fn text(seed: u64, bytes: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut text = String::with_capacity(bytes + 32);
    while text.len() < bytes {
        let word = dice.between(1, 5000);
        let end = if word.is_multiple_of(11) { ".\n" } else { " " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{:x}{end}", word * word * 7919);
    }
    text.truncate(bytes);
    text.into_bytes()
}
