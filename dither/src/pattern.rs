//! Ordered dithering to any colours: T. Knoll's pattern dithering (US patent 6,606,166, 1999, which
//! has run out).
//!
//! What a pixel should be is made up of a row of colours, each chosen as by error diffusion with
//! the error of those before it. Sorted by light, the threshold of the place takes one of them.

use crate::{ThresholdMap, choose::Choose, flat::LANES, frame::Frame, working::Working};

/// The most colours in a row.
const MOST: usize = 64;
/// At most so many rows of colours are remembered, by their pixel; 12 MiB.
const REMEMBERED: usize = 1 << 19;
/// Rows of more different colours are not.
const KINDS: usize = 8;

/// What rows go through.
pub(crate) struct Pattern<Q> {
    frame: Frame,
    choose: Q,
    /// The colours from the brightest to the darkest, and the place of each in that order.
    order: Vec<u8>,
    ranks: Box<[u8; 256]>,
    map: ThresholdMap,
    length: usize,
    y: usize,
    numbers: Vec<u16>,
    seen: Vec<bool>,
    memory: Vec<Row>,
    /// How often the colour of each place was chosen; zeroes between two uses.
    counts: Box<[[u8; LANES]; 256]>,
}

/// The colours that make up a pixel, from the brightest to the darkest.
#[derive(Clone, Copy)]
struct Row {
    pixel: [u16; 3],
    is_made: bool,
    colors: [u8; KINDS],
    /// The place at which each of them ends. What is not used ends beyond all.
    ends: [u8; KINDS],
}

const _: () = assert!(REMEMBERED * size_of::<Row>() == 12 << 20);

impl Row {
    const NONE: Self = Self {
        pixel: [0; 3],
        is_made: false,
        colors: [0; KINDS],
        ends: [u8::MAX; KINDS],
    };

    #[inline(always)]
    fn at(&self, place: u8) -> u8 {
        let before: u8 = self.ends.iter().map(|end| u8::from(*end <= place)).sum();
        self.colors[usize::from(before) % KINDS]
    }
}

/// Pixels whose colours must be found, and where they stand.
#[derive(Default)]
struct Waiting {
    pixels: [[i32; LANES]; 3],
    at: [usize; LANES],
    count: usize,
}

impl<Q: Choose<3, LANES, 1>> Pattern<Q> {
    pub(crate) fn new(frame: Frame, choose: Q, colors: &[[u8; 3]], map: ThresholdMap) -> Self {
        let working = Working::of(crate::ColorSpace::Linear);
        let pixels = frame.width.saturating_mul(frame.height);
        let remembered = REMEMBERED.min(pixels.next_power_of_two());
        let mut order: Vec<u8> = (0..=u8::MAX).take(colors.len()).collect();
        let light = |index: &u8| (working.gray(colors[usize::from(*index)]), *index);
        order.sort_by_key(|index| std::cmp::Reverse(light(index)));
        let mut ranks = Box::new([0; 256]);
        for (rank, index) in (0..=u8::MAX).zip(&order) {
            ranks[usize::from(*index)] = rank;
        }
        Self {
            choose,
            ranks,
            order,
            length: MOST.min(usize::try_from(map.count()).unwrap_or(MOST)),
            map,
            y: 0,
            numbers: vec![0; frame.width * 3],
            seen: vec![true; frame.width],
            frame,
            memory: vec![Row::NONE; remembered],
            counts: Box::new([[0; LANES]; 256]),
        }
    }

    #[inline(always)]
    pub(crate) fn rows(&mut self, source: &[u8], out: &mut [u8]) {
        let stride = self.frame.width * self.frame.load.bytes();
        let outs = out.chunks_exact_mut(self.frame.width);
        for (source, out) in source.chunks_exact(stride).zip(outs) {
            self.frame.load.row::<3>(source, &mut self.numbers);
            self.frame.load.seen(source, &mut self.seen);
            self.row(out);
            self.y += 1;
        }
    }

    #[inline(always)]
    fn row(&mut self, out: &mut [u8]) {
        let count = usize::try_from(self.map.count()).unwrap_or(1);
        #[expect(clippy::cast_possible_truncation, reason = "less than the length")]
        let places: Vec<u8> = (self.map.row(self.y).iter())
            .map(|rank| (usize::from(*rank) * self.length / count) as u8)
            .collect();
        let mut waiting = Waiting::default();
        for x in 0..self.frame.width {
            if !self.seen[x] {
                out[x] = self.frame.transparent;
                continue;
            }
            let pixel = [0, 1, 2].map(|c| self.numbers[3 * x + c]);
            let row = &self.memory[self.slot(pixel)];
            if row.is_made && row.pixel == pixel {
                out[x] = row.at(places[x % places.len()]);
                continue;
            }
            waiting.push(pixel, x);
            if waiting.count == LANES {
                self.make(&mut waiting, &places, out);
            }
        }
        if waiting.count > 0 {
            self.make(&mut waiting, &places, out);
        }
    }

    /// Where a pixel is remembered.
    #[inline(always)]
    fn slot(&self, pixel: [u16; 3]) -> usize {
        let key = pixel
            .iter()
            .fold(0_u64, |key, number| key << 14 | u64::from(*number));
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        usize::try_from(hash).unwrap_or_default() & (self.memory.len() - 1)
    }

    /// Finds the colours of those that wait, and remembers them.
    #[inline(always)]
    fn make(&mut self, waiting: &mut Waiting, places: &[u8], out: &mut [u8]) {
        let mut errors = [[0; LANES]; 3];
        let mut used = [[0_u64; 4]; LANES];
        let strength = i32::from(self.frame.strength);
        for _ in 0..self.length {
            let mut wanted = waiting.pixels;
            for c in 0..3 {
                for n in 0..LANES {
                    wanted[c][n] += (errors[c][n] * strength + 128) >> 8;
                }
            }
            let mut chosen = [[0; LANES]];
            errors = self.choose.choose(&wanted, &mut chosen);
            for n in 0..LANES {
                let rank = usize::from(self.ranks[usize::from(chosen[0][n])]);
                self.counts[rank][n] += 1;
                used[n][rank / 64] |= 1 << (rank % 64);
            }
        }
        // Those that wait no more go along, so that nothing of them is left.
        for n in 0..LANES {
            let mut row = Row::NONE;
            let (mut kinds, mut end) = (0, 0);
            let wanted = places[waiting.at[n] % places.len()];
            let mut color = None;
            for (word, mut bits) in used[n].into_iter().enumerate() {
                while bits != 0 {
                    let rank = 64 * word + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    end += std::mem::take(&mut self.counts[rank][n]);
                    if kinds < KINDS {
                        row.colors[kinds] = self.order[rank];
                        row.ends[kinds] = end;
                    }
                    kinds += 1;
                    if end > wanted && color.is_none() {
                        color = Some(self.order[rank]);
                    }
                }
            }
            if n < waiting.count {
                let x = waiting.at[n];
                out[x] = color.unwrap_or_default();
                if kinds <= KINDS {
                    row.pixel = [0, 1, 2].map(|c| self.numbers[3 * x + c]);
                    row.is_made = true;
                    let slot = self.slot(row.pixel);
                    self.memory[slot] = row;
                }
            }
        }
        waiting.count = 0;
    }
}

impl Waiting {
    #[inline(always)]
    fn push(&mut self, pixel: [u16; 3], x: usize) {
        for c in 0..3 {
            self.pixels[c][self.count] = pixel[c].into();
        }
        self.at[self.count] = x;
        self.count += 1;
    }
}
