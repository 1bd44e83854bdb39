//! What the fuzzer begins with, and what it found, tried in each run of the tests.

#[path = "../fuzz/promises.rs"]
mod promises;

use std::{fs, path::Path};

/// The seeds of a target, which are small.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let files = fs::read_dir(&folder).expect("a folder of seeds");
    let seeds: Vec<_> = files
        .map(|file| fs::read(file.expect("a seed").path()).expect("a readable seed"))
        .collect();
    assert!(!seeds.is_empty(), "no seeds in {}", folder.display());
    assert!(seeds.iter().all(|seed| seed.len() <= 2048));
    seeds
}

/// Each seed, cut off after each of its bytes, and with each of its bytes turned.
fn try_around(seeds: Vec<Vec<u8>>, promise: fn(&[u8])) {
    for mut seed in seeds {
        promise(&seed);
        for at in 0..seed.len() {
            promise(&seed[..at]);
            seed[at] ^= 0x55;
            promise(&seed);
            seed[at] ^= 0x55;
        }
    }
}

#[test]
fn palette_files_keep_their_promises_around_each_seed() {
    try_around(seeds("palette_file"), promises::palette_file);
}

#[test]
fn devices_keep_their_promises_around_each_seed() {
    try_around(seeds("device"), promises::device);
}
