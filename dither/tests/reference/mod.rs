//! The methods once more, slowly and plainly: whole pictures of sums, a search through all colours,
//! kernels and maps as their sources print them. Nothing here is shared with what is tested.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::missing_panics_doc,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    reason = "each test binary uses another part; small numbers"
)]

pub mod floats;
pub mod maps;
mod ordered;

use filittle_dither::{Algorithm, ColorSpace, Options, Tones};

/// Width, height, three bytes a pixel, and which of them are there.
#[derive(Clone)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<[u8; 3]>,
    pub seen: Vec<bool>,
}

impl Picture {
    /// Slopes and some noise, the same each time.
    pub fn scene(width: usize, height: usize) -> Self {
        let mut state = 1_u32;
        let mut noise = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 27) as usize
        };
        let pixels = (0..width * height).map(|at| {
            let (x, y) = (at % width, at / width);
            [1, 2, 3].map(|c| {
                let tone = (x * c * 255 / width + y * 200 / height) % 256;
                (tone + noise()).min(255) as u8
            })
        });
        Self {
            width,
            height,
            pixels: pixels.collect(),
            seen: vec![true; width * height],
        }
    }

    pub fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }
}

/// `[x, y, share]` for each neighbour, and what the shares are parts of.
pub fn kernel(algorithm: Algorithm) -> Option<(&'static [[i64; 3]], i64)> {
    Some(match algorithm {
        Algorithm::FloydSteinberg => (&[[1, 0, 7], [-1, 1, 3], [0, 1, 5], [1, 1, 1]], 16),
        Algorithm::FalseFloydSteinberg => (&[[1, 0, 3], [0, 1, 3], [1, 1, 2]], 8),
        Algorithm::Atkinson => (
            &[
                [1, 0, 1],
                [2, 0, 1],
                [-1, 1, 1],
                [0, 1, 1],
                [1, 1, 1],
                [0, 2, 1],
            ],
            8,
        ),
        Algorithm::JarvisJudiceNinke => (
            &[
                [1, 0, 7],
                [2, 0, 5],
                [-2, 1, 3],
                [-1, 1, 5],
                [0, 1, 7],
                [1, 1, 5],
                [2, 1, 3],
                [-2, 2, 1],
                [-1, 2, 3],
                [0, 2, 5],
                [1, 2, 3],
                [2, 2, 1],
            ],
            48,
        ),
        Algorithm::Stucki => (
            &[
                [1, 0, 8],
                [2, 0, 4],
                [-2, 1, 2],
                [-1, 1, 4],
                [0, 1, 8],
                [1, 1, 4],
                [2, 1, 2],
                [-2, 2, 1],
                [-1, 2, 2],
                [0, 2, 4],
                [1, 2, 2],
                [2, 2, 1],
            ],
            42,
        ),
        Algorithm::Burkes => (
            &[
                [1, 0, 8],
                [2, 0, 4],
                [-2, 1, 2],
                [-1, 1, 4],
                [0, 1, 8],
                [1, 1, 4],
                [2, 1, 2],
            ],
            32,
        ),
        Algorithm::Sierra => (
            &[
                [1, 0, 5],
                [2, 0, 3],
                [-2, 1, 2],
                [-1, 1, 4],
                [0, 1, 5],
                [1, 1, 4],
                [2, 1, 2],
                [-1, 2, 2],
                [0, 2, 3],
                [1, 2, 2],
            ],
            32,
        ),
        Algorithm::SierraTwoRow => (
            &[
                [1, 0, 4],
                [2, 0, 3],
                [-2, 1, 1],
                [-1, 1, 2],
                [0, 1, 3],
                [1, 1, 2],
                [2, 1, 1],
            ],
            16,
        ),
        Algorithm::SierraLite => (&[[1, 0, 2], [-1, 1, 1], [0, 1, 1]], 4),
        _ => return None,
    })
}

/// Numbers that errors are counted in.
pub struct Numbers {
    pub max: i64,
    is_linear: bool,
}

impl Numbers {
    pub fn of(space: ColorSpace) -> Self {
        let is_linear = space != ColorSpace::Srgb;
        Self {
            max: if is_linear { 16_383 } else { 255 },
            is_linear,
        }
    }

    pub fn tone(&self, tone: u8) -> i64 {
        if !self.is_linear {
            return tone.into();
        }
        let part = f64::from(tone) / 255.0;
        let light = if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        };
        (light * 16_383.0).round() as i64
    }

    /// By weights of parts of 65,536.
    pub fn gray(&self, color: [u8; 3]) -> i64 {
        let weights = if self.is_linear {
            [0.2126, 0.7152, 0.0722]
        } else {
            [0.299, 0.587, 0.114]
        };
        let sum: f64 = (0..3)
            .map(|c| (weights[c] * 65_536.0_f64).round() / 65_536.0 * self.tone(color[c]) as f64)
            .sum();
        sum.round() as i64
    }
}

/// What comes out: the colours of all pixels, black where there is none.
pub fn dithered(options: &Options, picture: &Picture) -> Vec<[u8; 3]> {
    let numbers = Numbers::of(options.color_space);
    let source: Vec<[i64; 3]> = (picture.pixels.iter())
        .map(|color| {
            if options.gray {
                [numbers.gray(*color); 3]
            } else {
                color.map(|tone| numbers.tone(tone))
            }
        })
        .collect();
    let choose = chooser(options);
    let mut out = match (kernel(options.algorithm), &options.tones) {
        (Some(kernel), _) => diffused(options, kernel, &source, picture, choose),
        (None, _) if options.algorithm == Algorithm::None => {
            source.iter().map(|wanted| choose(*wanted).1).collect()
        }
        (None, _) if options.algorithm == Algorithm::Riemersma => {
            along_the_curve(options, &source, picture, choose)
        }
        (None, Tones::Levels(count)) => ordered::levels(options, *count, &source, picture.width),
        (None, Tones::Colors(colors)) => {
            ordered::pattern(options, colors, &source, picture.width, choose)
        }
    };
    let pixels = out.iter_mut().zip(&picture.seen);
    pixels
        .filter(|(_, seen)| !**seen)
        .for_each(|(color, _)| *color = [0; 3]);
    out
}

/// What counts for the error, and the colour that comes out with its numbers.
pub type Choice = ([i64; 3], [u8; 3], [i64; 3]);

fn chooser(options: &Options) -> impl Fn([i64; 3]) -> Choice + use<> {
    let numbers = Numbers::of(options.color_space);
    let tones = options.tones.clone();
    move |wanted| match &tones {
        Tones::Levels(count) => {
            let levels: Vec<u8> = (0..*count)
                .map(|k| (f64::from(k) * 255.0 / f64::from(count - 1)).round() as u8)
                .collect();
            let near = |wanted: i64| {
                let within = wanted.clamp(0, numbers.max);
                if !numbers.is_linear {
                    // Evenly spaced before they are rounded.
                    let level = within as f64 * f64::from(count - 1) / 255.0;
                    return levels[level.round() as usize];
                }
                let far = |tone: &&u8| (numbers.tone(**tone) - within).abs();
                *levels.iter().min_by_key(far).expect("a level")
            };
            let chosen = wanted.map(near);
            (wanted, chosen, chosen.map(|tone| numbers.tone(tone)))
        }
        Tones::Colors(colors) => {
            let within = wanted.map(|number| number.clamp(0, numbers.max));
            let far = |color: &&[u8; 3]| -> i64 {
                (0..3)
                    .map(|c| (numbers.tone(color[c]) - within[c]).pow(2))
                    .sum()
            };
            let chosen = *colors.iter().min_by_key(far).expect("a colour");
            (within, chosen, chosen.map(|tone| numbers.tone(tone)))
        }
    }
}

fn diffused(
    options: &Options,
    (kernel, divisor): (&[[i64; 3]], i64),
    source: &[[i64; 3]],
    picture: &Picture,
    choose: impl Fn([i64; 3]) -> Choice,
) -> Vec<[u8; 3]> {
    let (width, height) = (picture.width, picture.height);
    let mut sums = vec![[0_i64; 3]; width * height];
    let mut out = vec![[0; 3]; width * height];
    for y in 0..height {
        let mirrored = options.serpentine && y % 2 == 1;
        for step in 0..width {
            let x = if mirrored { width - 1 - step } else { step };
            let at = y * width + x;
            if !picture.seen[at] {
                continue;
            }
            let share = |sum: i64| (sum as f64 / divisor as f64 + 0.5).floor() as i64;
            let (from, color, chosen) =
                choose([0, 1, 2].map(|c| source[at][c] + share(sums[at][c])));
            out[at] = color;
            for [dx, dy, share] in kernel {
                let dx = if mirrored { -dx } else { *dx };
                let (x, y) = (x as i64 + dx, y as i64 + dy);
                if (0..width as i64).contains(&x) && y < height as i64 {
                    let to = &mut sums[y as usize * width + x as usize];
                    for c in 0..3 {
                        to[c] += share * strong(options, from[c] - chosen[c]);
                    }
                }
            }
        }
    }
    out
}

fn strong(options: &Options, error: i64) -> i64 {
    (error as f64 * f64::from(options.strength) / 256.0 + 0.5).floor() as i64
}

fn along_the_curve(
    options: &Options,
    source: &[[i64; 3]],
    picture: &Picture,
    choose: impl Fn([i64; 3]) -> Choice,
) -> Vec<[u8; 3]> {
    let (width, height) = (picture.width, picture.height);
    let weights: Vec<f64> = (0..16).map(|n| 16_f64.powf(-f64::from(n) / 15.0)).collect();
    let all: f64 = weights.iter().sum();
    // Rounded to parts of 4,096, the newest holding what is left.
    let mut weights: Vec<i64> = weights
        .iter()
        .map(|w| (w / all * 4096.0).round() as i64)
        .collect();
    weights[0] += 4096 - weights.iter().sum::<i64>();
    let mut out = vec![[0; 3]; width * height];
    let mut past: Vec<[i64; 3]> = Vec::new();
    for (x, y) in curve(width as i64, height as i64) {
        let at = y as usize * width + x as usize;
        if !picture.seen[at] {
            continue;
        }
        let wanted = [0, 1, 2].map(|c| {
            let newest = past.iter().rev().zip(&weights);
            let sum: i64 = newest.map(|(errors, weight)| errors[c] * weight).sum();
            source[at][c] + (sum as f64 / 4096.0 + 0.5).floor() as i64
        });
        let (from, color, chosen) = choose(wanted);
        out[at] = color;
        past.push([0, 1, 2].map(|c| strong(options, from[c] - chosen[c])));
    }
    out
}

/// J. Červený's curve as he gives it, by recursion.
fn curve(width: i64, height: i64) -> Vec<(i64, i64)> {
    let mut points = Vec::new();
    if width >= height {
        walk(&mut points, (0, 0), (width, 0), (0, height));
    } else {
        walk(&mut points, (0, 0), (0, height), (width, 0));
    }
    points
}

fn walk(points: &mut Vec<(i64, i64)>, (x, y): (i64, i64), a: (i64, i64), b: (i64, i64)) {
    let (w, h) = ((a.0 + a.1).abs(), (b.0 + b.1).abs());
    let (da, db) = ((a.0.signum(), a.1.signum()), (b.0.signum(), b.1.signum()));
    if h == 1 {
        points.extend((0..w).map(|n| (x + n * da.0, y + n * da.1)));
        return;
    }
    if w == 1 {
        points.extend((0..h).map(|n| (x + n * db.0, y + n * db.1)));
        return;
    }
    let (mut a2, mut b2) = ((a.0 / 2, a.1 / 2), (b.0 / 2, b.1 / 2));
    if 2 * w > 3 * h {
        if (a2.0 + a2.1) % 2 != 0 && w > 2 {
            a2 = (a2.0 + da.0, a2.1 + da.1);
        }
        walk(points, (x, y), a2, b);
        walk(points, (x + a2.0, y + a2.1), (a.0 - a2.0, a.1 - a2.1), b);
    } else {
        if (b2.0 + b2.1) % 2 != 0 && h > 2 {
            b2 = (b2.0 + db.0, b2.1 + db.1);
        }
        walk(points, (x, y), b2, a2);
        walk(points, (x + b2.0, y + b2.1), a, (b.0 - b2.0, b.1 - b2.1));
        walk(
            points,
            (
                x + (a.0 - da.0) + (b2.0 - db.0),
                y + (a.1 - da.1) + (b2.1 - db.1),
            ),
            (-b2.0, -b2.1),
            (-(a.0 - a2.0), -(a.1 - a2.1)),
        );
    }
}
