//! Ordered dithering in fractions of whole numbers, and pattern dithering without memory.

use filittle_dither::{Algorithm, Options, ThresholdMap};

use super::{Choice, Numbers, strong};

fn map(options: &Options) -> ThresholdMap {
    let side = options.matrix_size;
    match options.algorithm {
        Algorithm::Bayer => ThresholdMap::bayer(side),
        Algorithm::ClusterDot => ThresholdMap::cluster_dot(side),
        _ => ThresholdMap::blue_noise(side),
    }
    .expect("a map")
}

/// The rank of a pixel.
fn rank(map: &ThresholdMap, at: usize, width: usize) -> i64 {
    let (x, y) = (at % width % map.side(), at / width % map.side());
    map.ranks()[y * map.side() + x].into()
}

pub fn levels(options: &Options, count: u16, source: &[[i64; 3]], width: usize) -> Vec<[u8; 3]> {
    let map = map(options);
    let numbers = Numbers::of(options.color_space);
    let tones: Vec<u8> = (0..count)
        .map(|k| (f64::from(k) * 255.0 / f64::from(count - 1)).round() as u8)
        .collect();
    let values: Vec<i64> = tones.iter().map(|tone| numbers.tone(*tone)).collect();
    let pixels = source.iter().enumerate().map(|(at, pixel)| {
        // (r + ½) / ranks, drawn towards ½: a fraction of whole numbers, as is the part of the way.
        let (ranks, strength) = (i64::from(map.count()), i64::from(options.strength));
        let threshold = strength * (2 * rank(&map, at, width) + 1) + (256 - strength) * ranks;
        pixel.map(|number| {
            let above = 1 + values[1..].iter().take_while(|v| **v < number).count();
            let (low, high) = (values[above - 1], values[above]);
            let is_high = (number - low) * 512 * ranks > (high - low) * threshold;
            tones[above - usize::from(!is_high)]
        })
    });
    pixels.collect()
}

pub fn pattern(
    options: &Options,
    colors: &[[u8; 3]],
    source: &[[i64; 3]],
    width: usize,
    choose: impl Fn([i64; 3]) -> Choice,
) -> Vec<[u8; 3]> {
    let map = map(options);
    let light = Numbers::of(filittle_dither::ColorSpace::Linear);
    let ranks = map.count() as usize;
    let length = ranks.min(64);
    let pixels = source.iter().enumerate().map(|(at, pixel)| {
        let mut error = [0; 3];
        let mut row: Vec<[u8; 3]> = (0..length)
            .map(|_| {
                let (from, color, chosen) = choose([0, 1, 2].map(|c| pixel[c] + error[c]));
                error = [0, 1, 2].map(|c| strong(options, from[c] - chosen[c]));
                color
            })
            .collect();
        let place = |color: &[u8; 3]| colors.iter().position(|other| other == color);
        row.sort_by_key(|color| (light.gray(*color), place(color)));
        row.reverse();
        row[rank(&map, at, width) as usize * length / ranks]
    });
    pixels.collect()
}
