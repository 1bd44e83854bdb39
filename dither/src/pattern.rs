//! Ordered dithering to any colours: T. Knoll's pattern dithering (US patent 6,606,166, 1999, which
//! has run out).
//!
//! What a pixel should be is made up of a row of colours, each chosen as by error diffusion with
//! the error of those before it. Sorted by light, the threshold of the place takes one of them.

use crate::{ThresholdMap, choose::Choose, load::Load, working::Working};

/// The most colours in a row.
const MOST: usize = 64;
/// Rows of colours that are remembered, by their pixel; a power of two.
const REMEMBERED: usize = 1 << 12;

/// What rows go through.
pub(crate) struct Pattern<Q> {
    width: usize,
    load: Load,
    choose: Q,
    /// How bright each colour is.
    light: Vec<u16>,
    map: ThresholdMap,
    length: usize,
    strength: i32,
    transparent: u8,
    y: usize,
    numbers: Vec<u16>,
    seen: Vec<bool>,
    memory: Vec<Row>,
}

#[derive(Clone, Copy)]
struct Row {
    pixel: [u16; 3],
    is_made: bool,
    colors: [u8; MOST],
}

impl<Q: Choose<3, 1, 1>> Pattern<Q> {
    pub(crate) fn new(
        width: usize,
        load: Load,
        choose: Q,
        colors: &[[u8; 3]],
        map: ThresholdMap,
        strength: u16,
    ) -> Self {
        let working = Working::of(crate::ColorSpace::Linear);
        let row = Row {
            pixel: [0; 3],
            is_made: false,
            colors: [0; MOST],
        };
        Self {
            width,
            load,
            choose,
            light: colors.iter().map(|color| working.gray(*color)).collect(),
            length: MOST.min(usize::try_from(map.count()).unwrap_or(MOST)),
            map,
            strength: strength.into(),
            transparent: u8::try_from(colors.len()).unwrap_or(u8::MAX),
            y: 0,
            numbers: vec![0; width * 3],
            seen: vec![true; width],
            memory: vec![row; REMEMBERED],
        }
    }

    pub(crate) fn rows(&mut self, source: &[u8], out: &mut [u8]) {
        let stride = self.width * self.load.bytes();
        for (source, out) in source
            .chunks_exact(stride)
            .zip(out.chunks_exact_mut(self.width))
        {
            self.load.row::<3>(source, &mut self.numbers);
            self.load.seen(source, &mut self.seen);
            self.row(out);
            self.y += 1;
        }
    }

    fn row(&mut self, out: &mut [u8]) {
        let count = usize::try_from(self.map.count()).unwrap_or(1);
        let places: Vec<usize> = (self.map.row(self.y).iter())
            .map(|rank| usize::from(*rank) * self.length / count)
            .collect();
        for x in 0..self.width {
            if !self.seen[x] {
                out[x] = self.transparent;
                continue;
            }
            let pixel = [0, 1, 2].map(|c| self.numbers[3 * x + c]);
            let place = places[x % places.len()];
            out[x] = self.colors(pixel)[place];
        }
    }

    /// From the brightest to the darkest.
    fn colors(&mut self, pixel: [u16; 3]) -> &[u8; MOST] {
        let key = pixel
            .iter()
            .fold(0_u64, |key, number| key << 14 | u64::from(*number));
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - REMEMBERED.trailing_zeros());
        let at = usize::try_from(hash).unwrap_or_default();
        if !self.memory[at].is_made || self.memory[at].pixel != pixel {
            let colors = self.make(pixel);
            self.memory[at] = Row {
                pixel,
                is_made: true,
                colors,
            };
        }
        &self.memory[at].colors
    }

    fn make(&mut self, pixel: [u16; 3]) -> [u8; MOST] {
        let pixel = pixel.map(i32::from);
        let mut colors = [0; MOST];
        let mut errors = [[0]; 3];
        for color in &mut colors[..self.length] {
            let wanted = [0, 1, 2].map(|c| [pixel[c] + errors[c][0]]);
            let mut out = [[0]];
            errors = self.choose.choose(&wanted, &mut out);
            for [error] in &mut errors {
                *error = (*error * self.strength + 128) >> 8;
            }
            *color = out[0][0];
        }
        let light = &self.light;
        let darker = |color: &u8| std::cmp::Reverse((light[usize::from(*color)], *color));
        colors[..self.length].sort_by_key(darker);
        colors
    }
}
