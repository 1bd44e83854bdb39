//! Ordered dithering to levels: a channel lies some part of the way from one level to the next, and
//! becomes the next where that part is more than the threshold of its place.

mod cuts;

use self::cuts::Cuts;
use crate::{ThresholdMap, frame::Frame, levels::Levels};

/// A level, and how far a number lies on the way to the next one, of [`WHOLE`].
#[derive(Clone, Copy, Debug, Default)]
struct Between {
    level: u8,
    part: u32,
}

/// Fine enough that no two parts of 255 and ranks of the largest map are mistaken for each other.
const WHOLE: u64 = 1 << 31;

/// What rows go through.
#[derive(Clone, Debug)]
pub(crate) struct Ordered<const C: usize, const O: usize> {
    frame: Frame,
    levels: Levels,
    /// Of each working number.
    between: Vec<Between>,
    map: ThresholdMap,
    /// Of each rank.
    thresholds: Vec<u32>,
    y: usize,
    numbers: Vec<u16>,
    /// The faster way, where it can be gone.
    cuts: Option<Cuts>,
    tones: Vec<u8>,
    chosen: Vec<u8>,
}

impl<const C: usize, const O: usize> Ordered<C, O> {
    pub(crate) fn new(frame: Frame, levels: Levels, map: ThresholdMap) -> Self {
        let numbers = frame.width * C;
        let mut ordered = Self {
            between: between(&levels),
            thresholds: thresholds(map.count(), frame.strength),
            frame,
            levels,
            map,
            y: 0,
            numbers: vec![0; numbers],
            cuts: None,
            tones: vec![0; numbers],
            chosen: vec![0; numbers],
        };
        ordered.cuts = ordered.cuts();
        ordered
    }

    fn cuts(&self) -> Option<Cuts> {
        let count = self.levels.count();
        if count > cuts::MOST
            || !(self.frame.load.is_plain() || self.frame.load.are_tones_of::<C>())
        {
            return None;
        }
        let tones = &self.levels.tones;
        let parts: Vec<u32> = (0..=u8::MAX)
            .map(|tone| self.between[usize::from(self.frame.load.of_tone(tone))].part)
            .collect();
        // From a level on parts rise up to the next, of which the part is none.
        let cut = |level: usize, rank: u16| {
            let threshold = self.thresholds[usize::from(rank)];
            let way = &parts[tones[level].into()..tones[level + 1].into()];
            let within = way.partition_point(|part| *part <= threshold);
            tones[level] + u8::try_from(within - 1).unwrap_or(u8::MAX)
        };
        let rows = self.map.side().min(self.frame.height);
        if O == C && C == 3 {
            return Cuts::new(&self.map, rows, tones, C, cut);
        }
        let indices: Vec<u8> = (0..=u8::MAX).take(count).collect();
        Cuts::new(&self.map, rows, &indices, C, cut)
    }

    /// Works rows off: of one channel or combined into an index when `O` is 1, else the tones.
    #[inline(always)]
    pub(crate) fn rows(&mut self, source: &[u8], out: &mut [u8]) {
        let stride = self.frame.width * self.frame.load.bytes();
        let outs = out.chunks_exact_mut(self.frame.width * O);
        for (source, out) in source.chunks_exact(stride).zip(outs) {
            if self.cuts.is_some() {
                self.cut(source, out);
            } else {
                self.frame.load.row::<C>(source, &mut self.numbers);
                self.row(out);
            }
            if O == 1 {
                let Frame {
                    load, transparent, ..
                } = &self.frame;
                load.hide(source, out, *transparent);
            }
            self.y += 1;
        }
    }

    #[inline(always)]
    fn cut(&mut self, source: &[u8], out: &mut [u8]) {
        let Some(cuts) = &self.cuts else { return };
        let tones = if self.frame.load.are_tones_of::<C>() {
            source
        } else {
            self.frame.load.row::<C>(source, &mut self.numbers);
            #[expect(clippy::cast_possible_truncation, reason = "they are tones")]
            for (tone, number) in self.tones.iter_mut().zip(&self.numbers) {
                *tone = *number as u8;
            }
            &self.tones
        };
        if O == C {
            return cuts.row(self.y, tones, out);
        }
        cuts.row(self.y, tones, &mut self.chosen);
        #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
        let count = self.levels.count() as u8;
        for (out, chosen) in out.iter_mut().zip(self.chosen.as_chunks::<C>().0) {
            let mut index = 0_u8;
            for level in chosen {
                index = index.wrapping_mul(count).wrapping_add(*level);
            }
            *out = index;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ColorSpace, Pixels, Transparency,
        load::{Load, Range},
        working::Working,
    };

    fn agree<const C: usize, const O: usize>(space: ColorSpace, pixels: Pixels, count: u16) {
        let (width, height) = (301, 11);
        let source: Vec<u8> = (0..width * height * pixels.bytes())
            .map(|n| u8::try_from(n * 7 / 3 % 256).unwrap_or_default())
            .collect();
        let maps = [
            ThresholdMap::bayer(Some(2)),
            ThresholdMap::cluster_dot(Some(6)),
            ThresholdMap::blue_noise(None),
        ];
        for (map, strength) in maps.into_iter().zip([256, 77, 1]) {
            let working = Working::of(space);
            let range = Range::whole(&working);
            let back = Transparency::Background([9; 3]);
            let load = Load::new(pixels, working, false, back, range);
            let frame = Frame {
                width,
                height,
                load,
                strength,
                transparent: 0,
            };
            let levels = Levels::new(count, space);
            let mut fast = Ordered::<C, O>::new(frame, levels, map.expect("there is one"));
            assert!(fast.cuts.is_some());
            let mut slow = Ordered::<C, O> {
                cuts: None,
                ..fast.clone()
            };
            let [mut some, mut others] = [vec![0; width * height * O], vec![1; width * height * O]];
            fast.rows(&source, &mut some);
            slow.rows(&source, &mut others);
            assert!(some == others, "{space:?} {pixels:?} {count} {strength}");
        }
    }

    #[test]
    fn comparing_with_cuts_is_what_looking_up_is() {
        for space in [ColorSpace::Srgb, ColorSpace::Linear, ColorSpace::Oklab] {
            for count in 2..=16 {
                agree::<1, 1>(space, Pixels::Gray, count);
                agree::<3, 3>(space, Pixels::Rgb, count);
            }
            for count in 2..=6 {
                agree::<3, 1>(space, Pixels::Rgb, count);
            }
        }
        agree::<1, 1>(ColorSpace::Srgb, Pixels::Rgb, 16);
        agree::<3, 3>(ColorSpace::Srgb, Pixels::Rgba, 5);
    }
}
