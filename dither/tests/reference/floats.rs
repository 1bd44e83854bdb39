//! Error diffusion to black and white without any rounding.

use filittle_dither::Algorithm;

use super::kernel;

/// Which pixels become white, of pixels from 0 to 1. Some clamp what is wanted to that range, and
/// so lose what lies beyond.
pub fn white(
    algorithm: Algorithm,
    light: &[f64],
    width: usize,
    (serpentine, clamped): (bool, bool),
) -> Vec<bool> {
    let (shares, divisor) = kernel(algorithm).expect("a kernel");
    let mut wanted = light.to_vec();
    let mut out = vec![false; light.len()];
    for y in 0..light.len() / width {
        let mirrored = serpentine && y % 2 == 1;
        for step in 0..width {
            let x = if mirrored { width - 1 - step } else { step };
            let at = y * width + x;
            let from = if clamped {
                wanted[at].clamp(0.0, 1.0)
            } else {
                wanted[at]
            };
            out[at] = from > 0.5;
            let error = from - f64::from(u8::from(out[at]));
            for [dx, dy, share] in shares {
                let x = x as i64 + if mirrored { -dx } else { *dx };
                if (0..width as i64).contains(&x) {
                    let to = (y as i64 + dy) as usize * width + x as usize;
                    if let Some(to) = wanted.get_mut(to) {
                        *to += error * *share as f64 / divisor as f64;
                    }
                }
            }
        }
    }
    out
}

/// How far means of blocks of 8×8 and of all are apart at most, of black to white.
pub fn apart(a: &[bool], b: &[bool], width: usize) -> (f64, f64) {
    const BLOCK: usize = 8;
    let (across, down) = (width / BLOCK, a.len() / width / BLOCK);
    let sums = (0..across * down).map(|block| -> i32 {
        let corner = block / across * BLOCK * width + block % across * BLOCK;
        let pixels = (0..BLOCK * BLOCK).map(|n| corner + n / BLOCK * width + n % BLOCK);
        pixels.map(|at| i32::from(a[at]) - i32::from(b[at])).sum()
    });
    let (mut worst, mut all) = (0, 0);
    for sum in sums {
        worst = worst.max(sum.abs());
        all += sum;
    }
    let mean = |sum: i32, count: usize| f64::from(sum.abs()) / count as f64;
    (
        mean(worst, BLOCK * BLOCK),
        mean(all, across * down * BLOCK * BLOCK),
    )
}
