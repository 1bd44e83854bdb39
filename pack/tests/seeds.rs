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
    assert!(seeds.iter().all(|seed| seed.len() <= 4096));
    seeds
}

/// Each seed, cut off after each of its bytes, and with each of its bytes turned.
fn try_around(target: &str, promise: fn(&[u8])) {
    for mut seed in seeds(target) {
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
fn streams_keep_their_promises_around_each_seed() {
    try_around("stream", promises::stream);
}

#[test]
fn zips_keep_their_promises_around_each_seed() {
    try_around("zip", promises::zip);
}

#[test]
fn tars_keep_their_promises_around_each_seed() {
    try_around("tar", promises::tar);
}

#[test]
fn all_streams_are_seeds_of_round_trips() {
    for seed in seeds("stream") {
        promises::round_trip(&seed);
    }
}
