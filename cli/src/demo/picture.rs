//! A picture that is hard to dither: wide gradients, sharp edges, fine texture.

/// RGB, row by row, three bytes a pixel.
pub(super) fn draw(width: u32, height: u32) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (
                f64::from(x) / f64::from(width),
                f64::from(y) / f64::from(height),
            );
            pixels.extend(colour(u, v, grain(x, y)).map(byte));
        }
    }
    pixels
}

/// The colour at a place, each part from 0 to 1. Origin is the upper left, 1 the other side.
fn colour(u: f64, v: f64, grain: f64) -> [f64; 3] {
    let ridges = [
        (0.86, 5.0, 0.5, 0.035),
        (0.72, 3.0, 2.0, 0.06),
        (0.58, 2.0, 4.0, 0.09),
    ];
    for (depth, (base, waves, shift, height)) in ridges.into_iter().enumerate() {
        let ridge = base
            + height * (u * waves * 6.3 + shift).sin()
            + 0.012 * (u * waves * 41.0 + shift * 3.0).sin();
        if v > ridge {
            return hill(depth, v - ridge, grain);
        }
    }
    sky(u, v, grain)
}

fn hill(depth: usize, below: f64, grain: f64) -> [f64; 3] {
    let near = [[0.09, 0.16, 0.12], [0.17, 0.30, 0.24], [0.33, 0.42, 0.45]][depth];
    let texture = (grain - 0.5) * [0.30, 0.16, 0.06][depth];
    let shade = (1.0 - below * 1.4).max(0.35) + texture;
    near.map(|part| part * shade + texture * 0.15)
}

fn sky(u: f64, v: f64, grain: f64) -> [f64; 3] {
    let distance = ((u - 0.68).powi(2) * 2.2 + (v - 0.34).powi(2)).sqrt();
    if distance < 0.075 {
        return [1.0, 0.95, 0.80];
    }
    let glow = (-distance * 4.5).exp();
    let haze = (grain - 0.5) * 0.012;
    let low = (v * 1.5).min(1.0);
    [
        0.16 + 0.62 * low + 0.45 * glow + haze,
        0.30 + 0.34 * low + 0.30 * glow + haze,
        0.56 + 0.06 * low + 0.02 * glow + haze,
    ]
}

/// A number from 0 to 1 that looks random, the same for a place each time.
fn grain(x: u32, y: u32) -> f64 {
    let mut hash = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77);
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(0x2C1B_3C6D);
    hash ^= hash >> 12;
    f64::from(hash) / f64::from(u32::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a byte holds"
)]
fn byte(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}
