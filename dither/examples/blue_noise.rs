//! Makes the maps of blue noise that are shipped: `cargo run -p filittle-dither --release --example
//! blue_noise`. Takes some minutes.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    for side in [64, 128] {
        let ranks = filittle_dither::void_and_cluster::ranks(side, 1);
        let bytes: Vec<u8> = ranks.iter().flat_map(|rank| rank.to_le_bytes()).collect();
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/blue-noise-{side}.bin"));
        fs::write(path, bytes)?;
    }
    Ok(())
}
