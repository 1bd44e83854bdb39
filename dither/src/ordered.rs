//! Ordered dithering to levels: a channel lies some part of the way from one level to the next, and
//! becomes the next where that part is more than the threshold of its place.

use crate::{ThresholdMap, levels::Levels, load::Load};

/// A level, and how far a number lies on the way to the next one, of [`WHOLE`].
#[derive(Clone, Copy, Debug, Default)]
struct Between {
    level: u8,
    part: u32,
}

/// Fine enough that no two parts of 255 and ranks of the largest map are mistaken for each other.
const WHOLE: u64 = 1 << 31;

/// What rows go through.
pub(crate) struct Ordered<const C: usize, const O: usize> {
    width: usize,
    load: Load,
    levels: Levels,
    /// Of each working number.
    between: Vec<Between>,
    map: ThresholdMap,
    /// Of each rank.
    thresholds: Vec<u32>,
    transparent: u8,
    y: usize,
    numbers: Vec<u16>,
    seen: Vec<bool>,
}

impl<const C: usize, const O: usize> Ordered<C, O> {
    pub(crate) fn new(
        width: usize,
        load: Load,
        levels: Levels,
        map: ThresholdMap,
        strength: u16,
        transparent: u8,
    ) -> Self {
        Self {
            width,
            load,
            transparent,
            between: between(&levels),
            thresholds: thresholds(map.count(), strength),
            levels,
            map,
            y: 0,
            numbers: vec![0; width * C],
            seen: vec![true; width],
        }
    }

    /// Works rows off: of one channel or combined into an index when `O` is 1, else the tones.
    #[inline(always)]
    pub(crate) fn rows(&mut self, source: &[u8], out: &mut [u8]) {
        let stride = self.width * self.load.bytes();
        for (source, out) in source
            .chunks_exact(stride)
            .zip(out.chunks_exact_mut(self.width * O))
        {
            self.load.row::<C>(source, &mut self.numbers);
            self.row(out);
            if self.load.may_hide() && O == 1 {
                self.load.seen(source, &mut self.seen);
                for (seen, out) in self.seen.iter().zip(out) {
                    if !seen {
                        *out = self.transparent;
                    }
                }
            }
            self.y += 1;
        }
    }

    #[inline(always)]
    fn row(&self, out: &mut [u8]) {
        let thresholds: Vec<u32> = (self.map.row(self.y).iter())
            .map(|rank| self.thresholds[usize::from(*rank)])
            .collect();
        let side = self.levels.count();
        let pixels = self.numbers.as_chunks::<C>().0.chunks(thresholds.len());
        let outs = out.as_chunks_mut::<O>().0.chunks_mut(thresholds.len());
        for (pixels, outs) in pixels.zip(outs) {
            for ((pixel, out), threshold) in pixels.iter().zip(outs).zip(&thresholds) {
                let levels = pixel.map(|number| {
                    let Between { level, part } = self.between[usize::from(number)];
                    usize::from(level) + usize::from(part > *threshold)
                });
                *out = std::array::from_fn(|o| {
                    if O == 1 {
                        let index = levels.iter().fold(0, |index, level| index * side + level);
                        u8::try_from(index).unwrap_or(u8::MAX)
                    } else {
                        self.levels.tones[levels[o]]
                    }
                });
            }
        }
    }
}

fn between(levels: &Levels) -> Vec<Between> {
    let values = &levels.values[..levels.count()];
    let mut level = 0;
    let last = values[values.len() - 1];
    (0..=last)
        .map(|number| {
            while level + 2 < values.len() && values[level + 1] <= number {
                level += 1;
            }
            let (low, high) = (values[level], values[level + 1]);
            let part = u64::from((number - low).unsigned_abs()) * WHOLE
                / u64::from((high - low).unsigned_abs());
            Between {
                level: u8::try_from(level).unwrap_or(u8::MAX),
                part: u32::try_from(part).unwrap_or(u32::MAX),
            }
        })
        .collect()
}

/// (r + ½) / count for rank r, drawn towards ½ by a strength of less than 256.
pub(crate) fn thresholds(count: u32, strength: u16) -> Vec<u32> {
    let (count, strength) = (u64::from(count), u64::from(strength));
    (0..count)
        .map(|rank| {
            let part = strength * (2 * rank + 1) + (256 - strength) * count;
            u32::try_from(part * WHOLE / (512 * count)).unwrap_or(u32::MAX)
        })
        .collect()
}
